"""What the tests of the Claims360 tab share: rows, a page's text, and a repairer that is linked without Claims360."""

from django.test import Client

from claims360_link import credentials
from claims360_link.models import SyncRun, SyncState
from dossiers.models import Mission, MissionState
from dossiers.normalise import key
from repairers.models import Repairer
from tests.dossiers.factories import NOW, DossierFactory, MissionFactory
from tests.link.world import DEMO

TAB = "/claims360/"
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/claims360/"}
LIST, FRAME = ({**HTMX, "HX-Target": name} for name in ("list", "frame"))


def mission(repairer: Repairer, state: str = MissionState.WAITING, **more: object) -> Mission:
    plate = str(more.pop("plate", "1-ABC-234"))
    dossier = DossierFactory(repairer=repairer) if state == MissionState.DOSSIER else None
    known = {"plate": plate, "plate_key": key(plate), "reason": "queueing", "dossier": dossier, **more}
    return MissionFactory(repairer=repairer, state=state, **known)


def text(browser: Client, query: str = "", **headers: str) -> str:
    response = browser.get(f"{TAB}{query}", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def ran(repairer: Repairer, **more: object) -> SyncRun:
    known = {"trigger": "round", "started_at": NOW, "ended_at": NOW, "outcome": "ok", **more}
    return SyncRun.objects.create(repairer=repairer, bodyshop_id=DEMO, **known)


def link(repairer: Repairer) -> None:
    """Configured, and synchronised once."""
    credentials.configure(repairer.pk, DEMO, "b" * 53, "p" * 53, None, unchecked=True)
    SyncState.objects.create(repairer=repairer, bodyshop_id=DEMO)
    ran(repairer)


def shown(browser: Client, query: str = "") -> list[str]:
    return [row.mission.external_id for row in browser.get(f"{TAB}{query}").context["tab"].rows]

"""The page of components, shown in DEBUG only: samples, most of them through the templates that the pages use."""

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from claims360_link.failures import Failure, OfKind
from claims360_link.information import Telling
from claims360_link.mission_page import Compared, Fit
from claims360_link.models import SyncRun
from claims360_link.rows import Progress, Row
from claims360_link.sparkline import sparkline
from claims360_link.timeline import Moment
from dossiers.models import Dossier, Mission, MissionState, Quote
from repairers.models import Repairer, Site

NOW = dt.datetime(2026, 3, 12, 9, 44, tzinfo=dt.UTC)
SITE = Site(pk=1, name="Namur")
REPAIRER = Repairer(pk=1, name="Carrosserie Lambert", site=SITE)
LONG = "Vereniging van Mede-eigenaars Residentie Zilverberkenlaan-Wezembeek-Oppem"


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Each component and each of its states; its words are samples, not texts of the screen."""
    return render(
        request,
        "style/page.html",
        {
            "icons": re.findall(r'symbol id="(\w+)"', (settings.BASE_DIR / "static/icons.svg").read_text()),
            "tab": SimpleNamespace(repairers=[REPAIRER]),
            "rows": rows(),
            "lines": lines(),
            "drawing": sparkline(runs()),
            "glances": glances(),
            "page": SimpleNamespace(
                mission=mission(90),
                candidates=[Dossier(pk=20418), Dossier(pk=20377)],
                can_link=False,
                compared=compared(),
                timeline=timeline(),
                first_index=1,
                last_index=50,
                count=114,
                number=2,
                pages=3,
                previous=1,
                next=3,
            ),
        },
    )


def runs() -> list[SyncRun]:
    """The last synchronisations: one partly, one failed, one under way."""
    outcomes = ["ok", "ok", "partial", "failed", "ok", "running"]
    known = {"started_at": NOW, "ended_at": NOW + dt.timedelta(seconds=2)}
    tallies = [{"missions": {"new": came}} for came in (0, 4, 30, 0, 12, 0)]
    return [SyncRun(outcome=one, tally=tally, **known) for one, tally in zip(outcomes, tallies, strict=True)]


def mission(pk: int, state: str = MissionState.WAITING, reason: str = "queueing", **more: Any) -> Mission:
    told: dict[str, Any] = {"number": f"2026/{12_300 + pk:07}", "external_id": f"sample-{pk}"}
    told |= {"plate": "1-ABC-234", "make": "Peugeot", "model": "308", "facts": {"power_kw": 92}}
    told |= {"owner_name": "Carlier Anne", "owner_number": "10482", "insurer_name": "Ethias"}
    told |= {"updated_at": NOW, "received_at": NOW, **more}
    return Mission(pk=pk, repairer=REPAIRER, state=state, reason=reason, **told)


def row(mission: Mission, gross: str = "", previous: Decimal | None = None, **more: Any) -> Row:
    told: dict[str, Any] = {
        "mission": mission,
        "version": 3,
        "status": "approved",
        "previous_gross": previous,
    }
    quote = Quote(pk=mission.pk, gross=Decimal(gross), **told) if gross else None
    return Row(mission, quote, **{"waiting_quote": None, "photos": 6, "possible": [], **more})


def rows() -> list[Row]:
    """A row of each state, with names long and short."""
    linked: dict[str, Any] = {"dossier": Dossier(pk=20418)}
    rule = {"rule": 'insurer = "KBC*" and make = Škoda'}
    waiting_quote = Quote(pk=93, mission=mission(6), gross=Decimal("3418.55"), version=3, status="approved")
    return [
        row(mission(1, smart_expertise=True), "2202.20"),
        row(mission(2, owner_name=LONG), "845.00", possible=[Dossier(pk=1), Dossier(pk=2)]),
        row(mission(3, "dossier", **linked), "3418.55", previous=Decimal("3204.25"), sending=Progress(2, 5)),
        row(mission(4, "dossier", **linked), "120.90", unsent="mission-closed", fetching=Progress(3, 6)),
        row(mission(5, "excluded", "excluded-by-rule", reason_args=rule), photos=0),
        row(mission(6, "dossier", **linked), waiting_quote=waiting_quote, sending=Progress(0, 0)),
        row(mission(7, "withdrawn", "withdrawn"), aside=1),
    ]


def lines() -> list[SimpleNamespace]:
    """Repairers with what the frame says of each."""
    foot = "Last 10:45, without error · next 11:00"
    tellings = [
        Telling("ok", "Synchronised", "3 missions, 5 quotes, 12 photos", foot),
        Telling("bad", "Claims360 refuses the keys", "PlanManager asks again every hour.", foot),
    ]
    cells = [("New", 3, "#list"), ("Waiting", 12, "#list"), ("Excluded", 0, "#list")]
    return [SimpleNamespace(repairer=REPAIRER, telling=telling, cells=cells) for telling in tellings]


def glances() -> list[SimpleNamespace]:
    """The same as the helpdesk sees them: their last runs, what waits and what failed."""
    failed = [Failure("set_aside", "unreadable-amount", 2), Failure("set_aside", "unreadable-id", 1)]
    of_kinds = [OfKind(1, "set_aside", failed), OfKind(1, "unsent", [Failure("unsent", "mission-closed", 1)])]
    known = {"sparkline": sparkline(runs()), "oldest": NOW, "age": "3 days"}
    known |= {"waiting": ("Waiting", 12, "#list"), "besides": [("New", 3, "#list")]}
    return [SimpleNamespace(line=line, failures=of_kinds, **known) for line in lines()]


def compared() -> list[Compared]:
    same, other = Fit("1-ABC-234", fits=True, differs=False), Fit("1-ABC-284", fits=False, differs=True)
    return [
        Compared("plate", "1-ABC-234", [same, other]),
        Compared("owner", LONG, [Fit("–", False, False), Fit(LONG, True, False)]),
    ]


def timeline() -> list[Moment]:
    texts = {
        "bad": "sending to Claims360, needs a person: 1-ABC-234, 84 210 km",
        "wait": "6 photos, 2 still to come",
        "ok": "linked to dossier 20418",
        "info": "quote 2026/0012345-1, version 3: approved, 3 418,55 €",
        "off": "received from Claims360",
    }
    return [
        Moment(NOW - dt.timedelta(hours=n), kind, text, "A. Sample", "192.0.2.10")
        for n, (kind, text) in enumerate(texts.items())
    ]

"""What a garage sends in the tests of the stack, and how they know that all is done."""

from typing import Any

from claims360_link.models import SyncRun
from dossiers import outbox
from dossiers.models import Dossier, Photo, Source, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.link.world import DEMO, expected, held
from tests.stack.claims360 import Claims360

PLATE = "1-ABC-234"
LAPSES = {"minutes": 11}  # what a dead worker had in hand is then anybody's


def click(dossier: Dossier, staff: User, mileage: int, photos: int) -> Transmission:
    """The "i" with the first `photos` photos of the dossier."""
    ids = Photo.objects.filter(dossier=dossier, external_id="").order_by("pk").values_list("pk", flat=True)
    asked: dict[str, Any] = {"plate": PLATE, "mileage": mileage, "photo_ids": ids[:photos]}
    return outbox.ask(dossier, staff, link=Source.CLAIMS360, mailbox=DEMO, **asked)


def all_done(repairer: Repairer, sandbox: Claims360) -> bool:
    """Everything is delivered, fetched and held, and nobody is at it any more."""
    sending = Transmission.objects.exclude(state=SendState.DELIVERED)
    fetching = Photo.objects.exclude(fetch_state=FetchState.STORED)
    running = SyncRun.objects.filter(outcome=SyncRun.Outcome.RUNNING)
    busy = sending.exists() or fetching.exists() or running.exists()
    return not busy and held(repairer) == expected(sandbox)


def state_of(row: Transmission) -> str:
    row.refresh_from_db()
    return row.state

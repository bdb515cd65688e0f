"""A clock that was a day ahead and is right again: nothing waits for tomorrow, and no file is opened twice."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from claims360_link import work
from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import status_of
from dossiers import outbox
from dossiers.models import Dossier, Opening, Photo, Source, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory
from tests.link.world import DEMO, expected, held, pull


def tomorrow() -> dt.datetime:
    return timezone.now() + dt.timedelta(days=1)


@pytest.fixture
def synced(configured: Repairer, sandbox: Sandbox) -> Repairer:
    """Synchronised, with a photo that is not fetched yet; a mission came since."""
    sandbox.store.create_mission(photos=1)
    pull(configured)
    sandbox.store.create_mission()
    return configured


@pytest.fixture
def dossier(configured: Repairer) -> Dossier:
    return DossierFactory(repairer=configured, plate="1-ABC-234", claim_number="")


@pytest.fixture
def row(dossier: Dossier, staff: User) -> Transmission:
    asked: dict[str, Any] = {"plate": "1-ABC-234", "mileage": 84_210, "photo_ids": []}
    return outbox.ask(dossier, staff, link=Source.CLAIMS360, mailbox=DEMO, **asked)


def delivered(row: Transmission) -> tuple[str, str]:
    """What becomes of it in the next minute."""
    for pk in outbox.next_due(Source.CLAIMS360, timezone.now()):
        work.deliver(pk)
    row.refresh_from_db()
    return row.state, row.error


@pytest.mark.parametrize(
    ("wrong", "error"), [("lease_until", ""), ("not_before", "rate-limited"), ("not_before", "keys-refused")]
)
def test_a_feed_goes_on(synced: Repairer, sandbox: Sandbox, wrong: str, error: str) -> None:
    refused = timezone.now() if error == "keys-refused" else None
    left: dict[str, Any] = {"lease_token": uuid.uuid4(), "error": error, "refused_since": refused}
    SyncState.objects.update(**{**left, wrong: tomorrow()})
    assert not status_of(synced.pk).running
    assert pull(synced).outcome == SyncRun.Outcome.OK
    assert held(synced) == expected(sandbox)


def test_a_wish_of_tomorrow_is_answered_today(synced: Repairer, sandbox: Sandbox) -> None:
    SyncState.objects.update(asked_at=tomorrow())
    assert pull(synced).outcome == SyncRun.Outcome.OK
    assert not status_of(synced.pk).asked


@pytest.mark.parametrize("wrong", ["fetch_since", "fetch_not_before"])
def test_a_photo_is_fetched(synced: Repairer, wrong: str) -> None:
    Photo.objects.update(**{wrong: tomorrow()})
    assert work.fetch_photos(synced.pk)["stored"] == 1
    assert Photo.objects.get().fetch_state == FetchState.STORED


@pytest.mark.parametrize(
    ("state", "wrong"), [(SendState.IN_FLIGHT, "in_flight_since"), (SendState.PENDING, "not_before")]
)
def test_a_transmission_is_delivered(row: Transmission, sandbox: Sandbox, state: str, wrong: str) -> None:
    Transmission.objects.update(state=state, **{wrong: tomorrow()})
    assert delivered(row) == (SendState.DELIVERED, "")
    assert len(sandbox.store.returns.received()["opened"]) == 1


@pytest.mark.parametrize("hours", [1, 24])
def test_an_opening_of_later_goes_to_a_person(
    synced: Repairer, row: Transmission, sandbox: Sandbox, hours: int
) -> None:
    """When its key ends to protect from a second file, nobody knows."""
    later = timezone.now() + dt.timedelta(hours=hours)
    Opening.objects.update(first_attempt_at=later, not_before=timezone.now())
    pull(synced)
    assert delivered(row) == (SendState.NEEDS_PERSON, "opening-unsure")
    assert not sandbox.store.returns.received()["opened"]


def test_a_last_run_of_tomorrow_hides_no_dead_worker(synced: Repairer) -> None:
    SyncState.objects.update(last_run_at=tomorrow())
    assert status_of(synced.pk).stale

"""The information frame in words: how a repairer's link is, whatever the link is like."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from claims360_link import credentials
from claims360_link.information import tell
from claims360_link.models import SyncState
from claims360_link.status import SyncStatus
from dossiers.models import Photo
from dossiers.models.photo import FetchState
from repairers.models import Repairer, User
from tests.dossiers.factories import NOW
from tests.link.tab import FRAME, TAB, mission, ran, text
from tests.link.world import DEMO


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


TALLY = {
    "missions": {"received": 4, "new": 2, "updated": 1, "waiting": 1},
    "quotes": {"received": 5, "new": 4, "updated": 1},
    "photos": {"received": 12},
}
AGO, SOON = dt.timedelta(minutes=-5), dt.timedelta(minutes=5)
JUST_NOW = dt.timedelta(seconds=-90)
RUNNING = {"ended_at": None, "outcome": "running", "pages": 12, "tally": {**TALLY, "set_aside": 1}}
WELL = {"last_run_at": AGO, "last_ok_at": AGO}


@pytest.mark.parametrize(
    ("state", "run", "words"),
    [
        (None, None, ["Not synchronised yet", "next 10:45"]),
        ({}, None, ["Not synchronised yet"]),
        ({"asked_at": JUST_NOW}, None, ["Synchronisation asked for", "It begins in a moment."]),
        ({"asked_at": AGO}, None, ["Synchronisation asked for", "No worker answers. It goes on by itself"]),
        ({"asked_at": AGO, "lease_until": SOON}, RUNNING, ["Synchronising"]),
        (
            {"lease_until": SOON},
            RUNNING,
            ["Synchronising", "3 missions, 5 quotes, 12 photos", "1 set aside · 12 pages read", "<progress"],
        ),
        (
            WELL,
            {"tally": TALLY},
            ["Synchronised", "3 missions, 5 quotes, 12 photos · 1 waiting", "Last 10:25, without error"],
        ),
        (WELL, {"tally": {}}, ["nothing new"]),
        (WELL, {"tally": {"quotes": {"new": 2}}}, [">2 quotes<"]),
        (
            {"last_run_at": AGO, "error": "unreachable", "not_before": SOON},
            {},
            ["failed", "Claims360 can&#x27;t be reached", "Next try 10:35", "Never without error so far"],
        ),
        (
            {"last_run_at": AGO, "error": "rate-limited", "not_before": SOON},
            {},
            ["asks to wait", "Next try 10:35"],
        ),
        (
            {**WELL, "error": "keys-refused", "refused_since": AGO},
            {},
            ["Claims360 refuses the keys", "every hour"],
        ),
        (
            {"last_run_at": dt.timedelta(minutes=-31)},
            {},
            ["No synchronisation for more than 30 minutes", "No worker answers"],
        ),
        ({"last_run_at": dt.timedelta(minutes=-31), "asked_at": AGO}, {}, ["asked for", "No worker answers"]),
    ],
)
def test_the_frame_in_words(
    browser: Client, repairer: Repairer, state: dict | None, run: dict | None, words: list[str]
) -> None:
    with time_machine.travel(NOW, tick=False):
        since = {name: NOW + at if isinstance(at, dt.timedelta) else at for name, at in (state or {}).items()}
        credentials.configure(repairer.pk, DEMO, "b" * 53, "p" * 53, None, unchecked=True)
        if state is not None:
            SyncState.objects.create(repairer=repairer, bodyshop_id=DEMO, **since)
        if run is not None:
            ran(repairer, **run)
        frame = text(browser, **FRAME)
    assert [word for word in words if word not in frame] == []


def test_the_reason_does_not_say_its_title_again(browser: Client, configured: Repairer) -> None:
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, error="keys-refused", refused_since=NOW)
    assert text(browser, **FRAME).count("Claims360 refuses the keys") == 1


def test_photos_still_to_come_are_a_progress(browser: Client, configured: Repairer) -> None:
    now = dt.datetime.now(dt.UTC)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, last_run_at=now, last_ok_at=now)
    ran(configured, started_at=now - dt.timedelta(minutes=1), tally=TALLY)
    row = mission(configured)
    for n, state in enumerate(("stored", "stored", "stored", "pending", "pending")):
        known = {"source": "claims360", "external_id": f"p{n}", "fetch_state": state, "received_at": now}
        Photo.objects.create(repairer=configured, mission=row, **known)
    frame = text(browser, **FRAME)
    assert "3 of 5 photos" in frame and 'max="5"' in frame and 'value="3"' in frame and "every 1s" in frame
    Photo.objects.filter(fetch_state="pending").update(fetch_state=FetchState.FAILED)
    frame = text(browser, **FRAME)
    assert "2 photos could not be fetched" in frame and "every 30s" in frame


def test_photos_that_an_earlier_run_announced_count_as_they_come(
    browser: Client, configured: Repairer
) -> None:
    now = dt.datetime.now(dt.UTC)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, last_run_at=now, last_ok_at=now)
    before, row = now - dt.timedelta(minutes=15), mission(configured)
    for n in range(5):
        known = {"source": "claims360", "external_id": f"p{n}", "fetch_state": FetchState.PENDING}
        Photo.objects.create(repairer=configured, mission=row, received_at=before, **known)
    ran(configured, started_at=now, tally=TALLY)
    assert "0 of 5 photos" in text(browser, **FRAME)
    Photo.objects.filter(external_id__in=["p0", "p1"]).update(
        fetch_state=FetchState.STORED, updated_at=now + dt.timedelta(seconds=3)
    )
    assert "2 of 5 photos" in text(browser, **FRAME)


def test_the_list_does_not_wait_for_the_photos(browser: Client, configured: Repairer) -> None:
    now = dt.datetime.now(dt.UTC)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, last_run_at=now, last_ok_at=now)
    run = ran(configured, tally=TALLY)
    known = {"source": "claims360", "external_id": "p1", "fetch_state": "pending", "received_at": now}
    Photo.objects.create(repairer=configured, mission=mission(configured), **known)
    answer = browser.get(f"{TAB}?seen=", headers=FRAME)
    assert "list-changed" in answer.headers["HX-Trigger"] and f'"seen": "{run.pk}"' in answer.content.decode()


@pytest.mark.parametrize(("took", "again"), [(-86_400, 20), (0.1, 20), (5, 500), (300, 1000)])
def test_what_is_done_soon_is_looked_at_soon(took: float, again: int) -> None:
    status = SyncStatus(configured=True, running=True, since=dt.timedelta(seconds=took))
    assert (tell(status).moving, tell(status).again) == (True, again)


def test_photos_that_wait_say_why(browser: Client, configured: Repairer) -> None:
    now = dt.datetime.now(dt.UTC)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, last_run_at=now, last_ok_at=now)
    ran(configured, started_at=now, tally=TALLY)
    later = {"fetch_error": "disk-error", "fetch_not_before": now + SOON}
    for n, put_off in enumerate(({}, later)):
        known = {"source": "claims360", "external_id": f"p{n}", "fetch_state": "pending", "received_at": now}
        Photo.objects.create(repairer=configured, mission=mission(configured), **known, **put_off)
    frame = text(browser, **FRAME)
    assert (
        "The photo could not be stored or read; it is tried again by itself." in frame
        and "0 of 2 photos" in frame
    )
    Photo.objects.update(fetch_not_before=now)
    assert "could not be stored or read" in text(browser, **FRAME), "nobody tries it again yet"
    Photo.objects.filter(external_id="p1").update(fetch_since=now)
    assert "could not be stored or read" not in text(browser, **FRAME), "it is being tried again"


def test_not_configured_offers_the_popup(browser: Client, repairer: Repairer) -> None:
    page = text(browser)
    assert "Not configured yet" in page and f"/claims360/configure/?repairer={repairer.pk}" in page

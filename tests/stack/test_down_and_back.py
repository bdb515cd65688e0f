"""What all of it stands on goes down and comes back: the page says so, nothing is lost, it goes on without a hand."""

import json
import random
import re
from collections.abc import Iterator
from html import unescape

import psutil
import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from PIL import Image

from claims360_link import credentials, tasks
from claims360_link.models import Configuration, SyncRun, SyncState
from dossiers.models import Dossier, Photo, Transmission
from planmanager.celery import app
from planmanager.health import readiness
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.link.tab import FRAME, TAB, text
from tests.link.test_commands import run
from tests.link.world import DEMO
from tests.processes import until
from tests.redis import Redis
from tests.stack.claims360 import CARRIED_OUT, Claims360
from tests.stack.garage import LAPSES, all_done, click
from tests.stack.workers import (
    PostgreSQL,
    Workers,
    connections_of_workers,
    dead_workers_are_gone,
    time_passes,
)

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
WELL = "Synchronised"
NO_WORKER = "No worker answers. It goes on by itself once one is back"
HOURS_DOWN = 3


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def frame(browser: Client) -> str:
    return unescape(text(browser, **FRAME))


def runs() -> int:
    return SyncRun.objects.exclude(ended_at=None).count()


def one_run(workers: Workers, repairer: Repairer) -> None:
    """One sync, and no more; its lease is given back, and all is noted that it had to say."""
    before, held = runs(), SyncState.objects.exclude(lease_token=None)
    workers.tell(tasks.sync_portion, repairer.pk)
    until(lambda: runs() > before and not held.exists(), "the run has ended")


def is_well(browser: Client, repairer: Repairer, sandbox: Claims360) -> bool:
    return all_done(repairer, sandbox) and WELL in frame(browser)


# --- Redis ----------------------------------------------------------------------------------------------------


@pytest.fixture
def nudges(broker: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of this process tell the workers over the same Redis."""
    monkeypatch.setattr(app.conf, "broker_url", broker.url)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


def press_refresh(browser: Client, repairer: Repairer) -> None:
    assert browser.post(reverse("claims360:refresh"), {"repairer": repairer.pk}).status_code == 302


def test_redis(
    configured: Repairer,
    sandbox: Claims360,
    workers: Workers,
    broker: Redis,
    nudges: None,
    browser: Client,
) -> None:
    sandbox.store.create_mission(photos=1)
    workers.start()
    worker = workers.pid
    press_refresh(browser, configured)
    until(lambda: is_well(browser, configured, sandbox), "the first refresh is over")
    broker.kill()
    sandbox.store.create_mission(photos=1)
    press_refresh(browser, configured)
    assert readiness()["broker"] == "unreachable"
    assert "Synchronisation asked for" in frame(browser) and NO_WORKER not in frame(browser)
    time_passes(minutes=3)
    assert NO_WORKER in frame(browser)
    broker.start()
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "what was asked for is there")
    assert workers.pid == worker


# --- PostgreSQL -----------------------------------------------------------------------------------------------


@pytest.fixture
def postgresql(transactional_db: None) -> Iterator[PostgreSQL]:
    server = PostgreSQL()
    yield server
    server.release()


def test_postgresql(
    configured: Repairer, sandbox: Claims360, postgresql: PostgreSQL, workers: Workers, browser: Client
) -> None:
    sandbox.store.create_mission(photos=2)
    workers.start()
    worker = workers.pid
    with sandbox.hold("GET /v1/changes", CARRIED_OUT) as page:
        workers.tell(tasks.sync_portion, configured.pk)
        page.reach(CARRIED_OUT)
        postgresql.kill()
    until(lambda: workers.wrote("OperationalError"), "the worker has noticed")
    the_page_says_that_something_is_wrong(browser)
    connection.close()
    assert readiness()["database"] == "unreachable"
    postgresql.start()
    time_passes(**LAPSES)
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")
    assert workers.pid == worker
    held = connections_of_workers()
    one_run(workers, configured)
    assert held and held <= connections_of_workers(), "no task opens one of its own"


def the_page_says_that_something_is_wrong(browser: Client) -> None:
    browser.raise_request_exception = False
    connection.close()
    answer = browser.get(TAB)
    browser.raise_request_exception = True
    assert answer.status_code == 500
    with translation.override(settings.LANGUAGE_CODE):  # whose page it is, nobody can look up
        sentence = gettext("The error was noted. What was saved before is safe; try again in a moment.")
    assert sentence in unescape(answer.content.decode())


# --- Claims360 ------------------------------------------------------------------------------------------------


def test_claims360_for_hours(
    configured: Repairer, sandbox: Claims360, workers: Workers, browser: Client, dossier: Dossier, staff: User
) -> None:
    unreachable = "Claims360 can't be reached at the moment; it is tried again by itself."
    sandbox.store.create_mission(photos=2)
    row = click(dossier, staff, 84_210, photos=2)
    sandbox.stop()
    workers.start()
    workers.tell(tasks.deliver, row.pk)
    for _ in range(HOURS_DOWN):
        one_run(workers, configured)
        assert "The last synchronisation failed" in frame(browser) and unreachable in frame(browser)
        time_passes(hours=1)
    until(Transmission.objects.filter(error="unreachable", in_flight_since=None).exists, "it was tried")
    assert unreachable in unescape(
        browser.get(reverse("dossiers:detail", args=[dossier.pk])).content.decode()
    )
    time_passes(hours=1)
    sandbox.start()
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")
    came = sandbox.store.returns.received()
    assert (len(came["opened"]), len(came["vehicles"]), len(came["photos"])) == (1, 0, 2)


# --- the disk -------------------------------------------------------------------------------------------------


def test_no_room_in_the_midst_of_a_photo(
    configured: Repairer, sandbox: Claims360, workers: Workers, browser: Client
) -> None:
    noise = Image.frombytes("RGB", (800, 700), random.Random(1).randbytes(800 * 700 * 3))
    mission = sandbox.store.create_mission(photos=1)["id"]
    sandbox.store.add_photo(mission, content=pictures.saved(noise, "JPEG", quality=95))
    workers.start()
    workers.may_write(500_000)
    workers.rounds_until(Photo.objects.filter(fetch_error="disk-error").exists, "there is no room")
    until(
        lambda: "The photo could not be stored or read; it is tried again by itself." in frame(browser),
        "the page",
    )
    until(lambda: Photo.objects.filter(fetch_state="stored").count() == 1, "it holds up no other")
    workers.may_write(psutil.RLIM_INFINITY)
    time_passes(minutes=6)
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")
    assert any(one.endswith("/content 206") for one in sandbox.requests()), "it went on where it stopped"


# --- the clock ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", ["GET /v1/changes", "GET /v1/photos/.*/content"])
def test_a_clock_that_was_a_day_ahead(
    configured: Repairer, sandbox: Claims360, workers: Workers, browser: Client, request_: str
) -> None:
    """What a worker had in hand that was killed under it is nobody's at once, not tomorrow."""
    workers.start()
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "a first round")
    with sandbox.hold(request_, CARRIED_OUT) as held:
        sandbox.store.create_mission(photos=2)
        workers.rounds_until(lambda: held.stands_at == CARRIED_OUT, "it is on its way")
        workers.kill()
    until(dead_workers_are_gone, "they are gone")
    time_passes(days=-1)
    assert "No synchronisation for more than 30 minutes" in frame(browser) and NO_WORKER in frame(browser)
    workers.start()
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")


def test_a_clock_that_is_wrong_is_told_to_the_operator(configured: Repairer, sandbox: Claims360) -> None:
    with time_machine.travel(timezone.now().timestamp() - 86_400, tick=True):
        told = run("doctor", "--json", CLAIMS360_API_URL=sandbox.api_url)
    assert told.returncode == 1
    [clock] = [one for one in json.loads(told.stdout)["checks"] if one["check"] == "clock"]
    [seconds] = re.findall(r"\d{5}", clock["text"])
    assert not clock["well"] and abs(int(seconds) - 86_400) < 60


# --- keys that are refused ------------------------------------------------------------------------------------


@pytest.fixture
def refused(
    configured: Repairer, sandbox: Claims360, workers: Workers, dossier: Dossier, staff: User
) -> None:
    """Two photos are still to come and a click is to be sent; then the keys are changed in Claims360.

    No round is under way: each sync is told, and its end awaited, before time passes.
    """
    sandbox.store.create_mission(photos=2)
    sandbox.store.faults.add("503", None, path="/content", retry_after=60)
    put_off = Photo.objects.filter(fetch_error="maintenance", fetch_since=None)
    workers.start()
    one_run(workers, configured)
    until(lambda: put_off.count() == 2, "both photos wait")
    sandbox.store.faults.clear()
    click(dossier, staff, 84_210, photos=1)
    sandbox.store.rotate_keys(DEMO)
    sandbox.store.create_mission(photos=1)
    one_run(workers, configured)
    time_passes(minutes=2)


def test_while_keys_are_refused_nobody_asks(
    refused: None,
    configured: Repairer,
    sandbox: Claims360,
    workers: Workers,
    browser: Client,
    admin: Client,
) -> None:
    sandbox.store.requests.clear()
    fetched = workers.done(tasks.fetch_photos)
    for _ in range(3):
        one_run(workers, configured)
        workers.tell(tasks.pick_up_pending)
    until(lambda: workers.done(tasks.fetch_photos) >= fetched + 3, "the photos were thought of")
    until(Transmission.objects.filter(error="keys-refused", in_flight_since=None).exists, "so was the click")
    assert sandbox.requests() == []
    page = frame(browser)
    assert "Claims360 refuses the keys" in page and "It is asked again every hour" in page
    assert "Claims360 has refused the keys since" in links(admin)


def test_keys_that_are_refused_are_tried_once_an_hour(
    refused: None, configured: Repairer, sandbox: Claims360, workers: Workers
) -> None:
    sandbox.store.requests.clear()
    for hour in range(1, 4):
        time_passes(minutes=61)
        one_run(workers, configured)
        assert sandbox.requests() == ["GET /v1/whoami 401"] * hour


def test_keys_that_are_taken_again(
    refused: None, configured: Repairer, sandbox: Claims360, workers: Workers, browser: Client
) -> None:
    """Somebody set the old ones again in Claims360."""
    was = Configuration.objects.get()
    sandbox.store.db.execute(
        "UPDATE bodyshops SET bodyshop_key = ?, planmanager_key = ? WHERE id = ?",
        was.bodyshop_key, was.planmanager_key, DEMO,
    )  # fmt: skip
    time_passes(minutes=61)
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")


def test_keys_that_are_entered_anew_after_a_reset(
    refused: None,
    configured: Repairer,
    sandbox: Claims360,
    workers: Workers,
    browser: Client,
    admin: Client,
    staff: User,
) -> None:
    before = Configuration.objects.get()
    reset = reverse("admin:claims360_link_configuration_reset", args=[before.pk])
    assert admin.post(reset, {"reason": "new keys"}).status_code == 302
    keys = sandbox.store.keys(DEMO)
    credentials.configure(configured.pk, DEMO, keys["bodyshop"], keys["planmanager"], staff)
    workers.rounds_until(lambda: is_well(browser, configured, sandbox), "all is there")


@pytest.fixture
def admin(helpdesk: User) -> Client:
    browser = Client()
    browser.force_login(helpdesk)
    return browser


def links(admin: Client) -> str:
    """What the helpdesk reads of every link."""
    return unescape(admin.get(reverse("admin:claims360_link_syncstate_changelist")).content.decode())

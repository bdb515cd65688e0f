"""When Claims360 or the way to it is ill: it shows, nothing is lost, and it comes back by itself."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from claims360_link import credentials, lease, sync, work
from claims360_link.credentials import KeyDamaged
from claims360_link.errors import BadCredentials
from claims360_link.fields import CannotDecrypt
from claims360_link.importer import import_changes
from claims360_link.models import Configuration, SyncRun, SyncState
from claims360_link.nudges import SYNC
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import status_of
from dossiers.models import Mission
from repairers.models import Repairer, User
from tests.link.world import DEMO, due, expected, held, pull, set_options

CHANGES = "/changes"


def state_of(repairer: Repairer) -> SyncState:
    return SyncState.objects.get(repairer=repairer)


def asked_of(sandbox: Sandbox) -> dict[str, int]:
    """How often each path was asked for."""
    counted: dict[str, int] = {}
    for (_, path, _), number in sandbox.store.requests.counts.items():
        counted[path] = counted.get(path, 0) + number
    return counted


# --- answers that are none ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("500", {}),
        ("502", {}),
        ("503", {}),
        ("429", {"retry_after": 1}),
        ("reset", {}),
        ("cut_body", {}),
        ("empty_body", {}),
        ("wrong_content_type", {"type": "html"}),
        ("wrong_content_type", {"type": "text"}),
    ],
)
def test_once_is_tried_again_at_once(
    configured: Repairer, sandbox: Sandbox, fault: str, args: dict[str, str]
) -> None:
    sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add(fault, path=CHANGES, **args)
    run = pull(configured)
    assert (run.outcome, run.error) == ("ok", "")
    assert sandbox.store.faults.fired() == {fault: 1}
    assert held(configured) == expected(sandbox)


@pytest.mark.parametrize(
    ("fault", "args", "error"),
    [
        ("500", {}, "outage"),
        ("502", {}, "outage"),
        ("503", {"retry_after": 60}, "maintenance"),
        ("429", {"retry_after": 60}, "rate-limited"),
        ("429_date", {"retry_after": 60}, "rate-limited"),
        ("reset", {}, "unreachable"),
        ("cut_body", {}, "answer-cut"),
        ("empty_body", {}, "answer-unreadable"),
        ("wrong_content_type", {"type": "html"}, "answer-unreadable"),
        ("404", {}, "not-found"),
    ],
)
def test_for_long_shows_and_comes_back_by_itself(
    configured: Repairer, sandbox: Sandbox, fault: str, args: dict[str, str], error: str
) -> None:
    sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add(fault, times=None, path=CHANGES, **args)
    begun = timezone.now()
    run = pull(configured)
    assert (run.outcome, run.error) == ("failed", error)
    assert not Mission.objects.exists()
    state = state_of(configured)
    assert (state.error, state.lease_until, state.last_ok_at) == (error, None, None)
    assert state.not_before is not None and state.not_before > begun + dt.timedelta(seconds=30)
    assert status_of(configured.pk).error == error
    sandbox.store.faults.clear()
    due(configured)
    assert pull(configured).error == ""
    assert (state_of(configured).failures, state_of(configured).not_before) == (0, None)
    assert held(configured) == expected(sandbox)


def test_a_stall_ends_by_itself(configured: Repairer, sandbox: Sandbox, settings: Settings) -> None:
    as_ever, settings.CLAIMS360_READ_TIMEOUT = settings.CLAIMS360_READ_TIMEOUT, 0.3
    sandbox.store.create_mission()
    sandbox.store.faults.add("stall", times=None, path=CHANGES, seconds=30)
    assert pull(configured).error == "timeout"
    sandbox.store.faults.clear()
    settings.CLAIMS360_READ_TIMEOUT = as_ever
    assert pull(configured).error == ""
    assert held(configured) == expected(sandbox)


def test_nobody_listens(configured: Repairer, settings: Settings) -> None:
    settings.CLAIMS360_API_URL = "http://127.0.0.1:9/v1"
    assert pull(configured).error == "unreachable"


@pytest.mark.parametrize("fault", ["429", "429_date", "503"])
def test_retry_after_is_obeyed_even_by_the_button(configured: Repairer, sandbox: Sandbox, fault: str) -> None:
    sandbox.store.create_mission()
    sandbox.store.faults.add(fault, path=CHANGES, retry_after=90)
    begun, wanted = timezone.now(), dt.timedelta(seconds=90)
    pull(configured)
    until = state_of(configured).not_before
    a_second = dt.timedelta(seconds=1)  # a date has no parts of it
    assert until is not None and begun + wanted - a_second <= until <= timezone.now() + wanted
    before = asked_of(sandbox)
    again = sync.sync(configured.pk, SyncRun.Trigger.BUTTON)
    assert (again.outcome, again.error) == ("failed", {"503": "maintenance"}.get(fault, "rate-limited"))
    assert asked_of(sandbox) == before
    assert (state_of(configured).not_before, state_of(configured).failures) == (until, 1)
    with time_machine.travel(until + dt.timedelta(seconds=1)):
        assert pull(configured).error == ""
        assert held(configured) == expected(sandbox)


def test_backing_off_longer_and_longer(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.faults.add("500", times=None, path=CHANGES)
    waits = []
    for _ in range(3):
        run = pull(configured)
        until = state_of(configured).not_before
        assert until is not None and run.ended_at is not None
        waits.append((until - run.ended_at).total_seconds())
    assert 40 < waits[0] < 75 < waits[1] < 150 < waits[2] < 300


def test_half_a_feed_stays_and_the_rest_follows(
    configured: Repairer, sandbox: Sandbox, settings: Settings
) -> None:
    settings.CLAIMS360_PAGE_SIZE = 1
    for _ in range(4):
        sandbox.store.create_mission(quotes=0)
    sandbox.store.faults.add("unknown_fields", times=2)
    pull(configured)
    sandbox.store.create_mission(quotes=0)
    sandbox.store.faults.add("500", times=None, path=CHANGES)
    pull(configured)
    assert Mission.objects.count() == 4
    sandbox.store.faults.clear()
    pull(configured)
    assert held(configured) == expected(sandbox)


def test_an_expired_cursor_starts_again_and_doubles_nothing(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.create_mission(photos=1)
    pull(configured)
    sandbox.store.create_mission()
    sandbox.store.faults.add("410")
    run = pull(configured)
    assert (run.outcome, sandbox.store.faults.fired()) == ("ok", {"410": 1})
    assert held(configured) == expected(sandbox)
    assert (
        run.tally["missions"]["received"],
        run.tally["missions"]["new"],
        run.tally["missions"]["updated"],
    ) == (2, 1, 0)


# --- refused keys -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["401", "403"])
def test_refused_keys_pause_and_whoami_resumes(configured: Repairer, sandbox: Sandbox, fault: str) -> None:
    sandbox.store.create_mission()
    sandbox.store.faults.add(fault, times=None)
    run = pull(configured)
    assert (run.outcome, run.error) == ("failed", "keys-refused")
    refused = state_of(configured)
    assert refused.refused_since is not None
    sandbox.store.requests.clear()
    pull(configured)
    assert asked_of(sandbox) == {}, "a round within the hour asks nothing"
    assert state_of(configured).not_before == refused.not_before
    sync.sync(configured.pk, SyncRun.Trigger.BUTTON)
    assert set(asked_of(sandbox)) == {"/v1/whoami"}, "the button asks, but only who we are"
    assert state_of(configured).refused_since == refused.refused_since
    sandbox.store.requests.clear()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=61)):
        pull(configured)
        assert set(asked_of(sandbox)) == {"/v1/whoami"}, "an hour later a round asks"
        sandbox.store.faults.clear()
        assert sync.sync(configured.pk, SyncRun.Trigger.BUTTON).error == ""
    assert (state_of(configured).refused_since, state_of(configured).error) == (None, "")
    assert held(configured) == expected(sandbox)


def test_a_refresh_asked_for_while_refused_is_a_button(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.faults.add("401", times=None)
    pull(configured)
    sandbox.store.faults.clear()
    sync.ask(configured.pk, staff)
    work.sync_repairer(configured.pk)
    run = SyncRun.objects.first()
    assert run is not None
    assert (run.trigger, run.asked_by, run.error) == ("button", staff, "")


def test_keys_that_are_entered_anew_while_the_old_ones_are_being_refused(
    configured: Repairer, sandbox: Sandbox, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run with the old keys ends after the reset: what it says of them is not said of the new ones."""

    def entered_anew(*_: object) -> None:
        credentials.reset(Configuration.objects.get().pk, staff, "new keys")
        keys = sandbox.store.keys(DEMO)
        credentials.configure(configured.pk, DEMO, keys["bodyshop"], keys["planmanager"], staff)
        raise BadCredentials("key-unknown", "refused")

    with monkeypatch.context() as patched:
        patched.setattr(sync, "import_changes", entered_anew)
        assert pull(configured).error == "lease-lost"
    assert (state_of(configured).refused_since, state_of(configured).error) == (None, "")
    assert pull(configured).error == ""


def test_a_worker_that_died_before_a_reset_leaves_no_run_that_runs_for_ever(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    lease.take(credentials.feed_of(configured.pk)[0])
    died = SyncRun.objects.create(repairer=configured, bodyshop_id=DEMO, started_at=timezone.now())
    credentials.reset(Configuration.objects.get().pk, staff, "new keys")
    keys = sandbox.store.keys(DEMO)
    credentials.configure(configured.pk, DEMO, keys["bodyshop"], keys["planmanager"], staff)
    assert pull(configured).error == ""
    died.refresh_from_db()
    assert died.error == "interrupted"


def test_rotated_keys_are_refused(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.rotate_keys(DEMO)
    assert pull(configured).error == "keys-refused"


def test_keys_of_another_list_send_nothing(
    configured: Repairer, sandbox: Sandbox, settings: Settings
) -> None:
    settings.CREDENTIALS_KEYS = ["NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY="]
    sandbox.store.requests.clear()
    run = pull(configured)
    assert (run.outcome, run.error, asked_of(sandbox)) == ("failed", "cannot-decrypt", {})
    with pytest.raises(CannotDecrypt):
        credentials.client_for(configured.pk, "planmanager")


def test_a_damaged_key_sends_nothing(configured: Repairer, sandbox: Sandbox) -> None:
    Configuration.objects.filter(repairer=configured).update(planmanager_key="another key")
    sandbox.store.requests.clear()
    run = pull(configured)
    assert (run.error, asked_of(sandbox)) == ("key-damaged", {})
    with pytest.raises(KeyDamaged):
        credentials.client_for(configured.pk, "planmanager")


def test_after_a_reset_the_same_id_goes_on_where_it_was(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.create_mission()
    pull(configured)
    row = credentials.configuration_of(configured.pk)
    assert row is not None
    credentials.reset(row.pk, staff, "typing mistake")
    with pytest.raises(credentials.NotConfigured):
        pull(configured)
    keys = sandbox.store.keys(DEMO)
    credentials.configure(configured.pk, DEMO, keys["bodyshop"], keys["planmanager"], staff)
    assert pull(configured).tally["missions"]["received"] == 0
    other = sandbox.store.keys("475869430")
    row = credentials.configuration_of(configured.pk)
    assert row is not None
    credentials.reset(row.pk, staff, "moved")
    credentials.configure(configured.pk, "475869430", other["bodyshop"], other["planmanager"], staff)
    sandbox.store.create_mission("475869430")
    assert pull(configured).tally["missions"]["received"] == 1


# --- one at a time ------------------------------------------------------------------------------------------------


def client_of(repairer: Repairer) -> tuple[SyncState, SyncRun, credentials.Claims360Client]:
    state, _ = SyncState.objects.get_or_create(repairer=repairer, bodyshop_id=DEMO)
    run = SyncRun.objects.create(
        repairer=repairer, bodyshop_id=DEMO, trigger="round", started_at=timezone.now()
    )
    return state, run, credentials.client_for(repairer.pk, "planmanager")


def test_a_second_worker_finds_it_busy_and_leaves_a_wish(configured: Repairer, sandbox: Sandbox) -> None:
    state, _, _ = client_of(configured)
    assert lease.take(state)
    with pytest.raises(sync.Busy):
        pull(configured)
    assert state_of(configured).asked_at is None
    with pytest.raises(sync.Busy):
        sync.sync(configured.pk, SyncRun.Trigger.COMMAND)
    assert state_of(configured).asked_at is not None
    assert SyncRun.objects.filter(error="").count() == 1


def test_a_killed_workers_lease_runs_out(configured: Repairer, sandbox: Sandbox) -> None:
    state, run, _ = client_of(configured)
    sandbox.store.create_mission()
    assert lease.take(state)
    with time_machine.travel(timezone.now() + lease.LASTS + dt.timedelta(seconds=1)):
        assert pull(configured).error == ""
    run.refresh_from_db()
    assert (run.outcome, run.error) == ("failed", "interrupted")
    assert held(configured) == expected(sandbox)


def test_a_page_of_a_lost_lease_is_rolled_back(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.create_mission()
    state, run, client = client_of(configured)
    assert lease.take(state)
    SyncState.objects.filter(pk=state.pk).update(lease_token="00000000-0000-4000-8000-000000000000")
    with pytest.raises(lease.LeaseLost):
        import_changes(run, state, client, 200)
    assert not Mission.objects.exists()
    assert state_of(configured).cursor == ""
    lease.give_back(state, error="mine")
    assert (state_of(configured).error, state_of(configured).lease_until is None) == ("", False)


def test_a_refresh_during_a_run_asks_for_one_more_pass(
    configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    """Asked after the run took what was there: it does not end before it was through the feed once more."""
    state, _, _ = client_of(configured)
    assert lease.take(state)
    sync.ask(configured.pk, staff)
    assert not lease.give_back(state, asked_at=None)
    assert lease.look_again(state) and status_of(configured.pk).running
    assert lease.give_back(state, asked_at=None)
    assert not status_of(configured.pk).asked


def test_who_asked_while_a_run_failed_is_not_kept_waiting(
    configured: Repairer, sandbox: Sandbox, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says that it begins in a moment: the worker of the run that failed begins it."""
    nudged: list[tuple[object, ...]] = []
    monkeypatch.setattr(work, "nudge", lambda *what: nudged.append(what))
    sandbox.store.faults.add("500", times=None, path="/changes")
    work.sync_repairer(configured.pk)
    assert nudged == [] and status_of(configured.pk).error == "outage", "nobody asked"
    failed = sync.import_changes

    def asked_meanwhile(*known: Any) -> Any:
        sync.ask(configured.pk, staff)
        return failed(*known)

    monkeypatch.setattr(sync, "import_changes", asked_meanwhile)
    work.sync_repairer(configured.pk)
    assert nudged == [(SYNC, configured.pk)] and status_of(configured.pk).asked


def test_off_means_off(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(CLAIMS360_ENABLED=False)
    sandbox.store.requests.clear()
    with pytest.raises(sync.NotActive):
        pull(configured)
    assert work.start_round() == 0
    work.sync_repairer(configured.pk)
    assert work.fetch_photos(configured.pk)["stored"] == 0
    assert asked_of(sandbox) == {}


# --- what the page says of it -------------------------------------------------------------------------------------


def test_status(configured: Repairer, sandbox: Sandbox) -> None:
    fresh = status_of(configured.pk)
    assert (fresh.configured, fresh.running, fresh.run, fresh.stale) == (True, False, None, False)
    sandbox.store.create_mission(photos=2)
    pull(configured)
    after = status_of(configured.pk)
    assert (after.running, after.asked, after.error, after.photos_pending) == (False, False, "", 2)
    assert after.run is not None and after.run.outcome == "ok"
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
        assert status_of(configured.pk).stale
    assert not status_of(Repairer.objects.create(name="Other", site=configured.site).pk).configured

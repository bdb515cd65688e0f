"""The whole of it: a real PostgreSQL, a real Redis, and a worker in a process of its own."""

from pathlib import Path

import pytest
from django.db import connection

from claims360_link import sync, tasks
from claims360_link.models import SyncRun
from claims360_link.status import status_of
from dossiers.models import Mission, Photo, SetAside
from dossiers.models.photo import FetchState
from repairers.models import Repairer, User
from tests.link.world import expected, held
from tests.processes import until
from tests.stack.claims360 import Claims360
from tests.stack.workers import Workers, dead_workers_are_gone, nobody_writes, somebody_waits_for, time_passes

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


def pending() -> int:
    return Photo.objects.exclude(fetch_state=FetchState.STORED).count()


def test_a_refresh_reaches_a_worker_and_comes_back_with_photos(
    configured: Repairer, sandbox: Claims360, staff: User, workers: Workers
) -> None:
    assert connection.vendor == "postgresql"
    for _ in range(3):
        sandbox.store.create_mission(photos=2)
    sync.ask(configured.pk, staff)
    workers.start()
    workers.tell(tasks.sync_repairer, configured.pk)
    until(lambda: held(configured) == expected(sandbox) and not pending(), "all is there")
    status = status_of(configured.pk)
    assert status.run is not None
    assert (status.run.trigger, status.run.outcome, status.asked) == ("button", "ok", False)
    assert Photo.objects.filter(fetch_state=FetchState.STORED).count() == 6


# More seconds than Celery gives it.
SLOW = "import os, time\nos.register_at_fork(after_in_child=lambda: time.sleep(6))\n"


def test_a_process_that_a_busy_machine_is_slow_to_start_is_not_killed(
    configured: Repairer,
    sandbox: Claims360,
    workers: Workers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "sitecustomize.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "slow"))
    sandbox.store.create_mission()
    workers.start()
    workers.tell(tasks.sync_portion, configured.pk)
    until(lambda: held(configured) == expected(sandbox), "the mission is there")
    assert not workers.wrote("Timed out waiting for UP")


def test_a_lost_nudge_is_picked_up(
    configured: Repairer, sandbox: Claims360, staff: User, workers: Workers
) -> None:
    """The wish stands in the database; whoever looks next wakes the worker."""
    sandbox.store.create_mission(photos=1)
    sync.ask(configured.pk, staff)
    workers.start()
    workers.tell(tasks.pick_up_pending)
    until(lambda: held(configured) == expected(sandbox) and not pending(), "all is there")
    assert not status_of(configured.pk).asked


def test_a_record_that_killed_three_workers_is_set_aside_and_the_feed_goes_on(
    configured: Repairer, sandbox: Claims360, workers: Workers
) -> None:
    """Each of them dies by SIGKILL over the first record: two with its page, the third with the record alone."""
    ids = [sandbox.store.create_mission(quotes=0)["id"] for _ in range(3)]
    for _ in range(3):
        with nobody_writes(Mission):
            workers.start()
            workers.rounds_until(lambda: somebody_waits_for(Mission), "a mission is being written")
            workers.kill()
        until(dead_workers_are_gone, "they are gone")
        time_passes(minutes=16)
    workers.start()
    workers.rounds_until(SyncRun.objects.filter(outcome="partial").exists, "the feed is read to its end")
    assert set(Mission.objects.values_list("external_id", flat=True)) == set(ids[1:])
    assert SetAside.objects.values_list("external_id", "reason").get() == (ids[0], "killed-three-times")

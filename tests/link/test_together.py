"""Two at once: real threads, each with its own connection to the database."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from claims360_link import sync, work
from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import status_of
from dossiers.intake import decide
from dossiers.intake.desk import CannotDecide
from dossiers.models import Dossier, Mission
from repairers.models import Repairer, User
from tests.link.world import expected, held, pull, set_options

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment; gives what each returned, or raised."""
    start, outcomes = threading.Barrier(len(deeds)), [None] * len(deeds)

    def do(index: int, deed: Callable[[], Any]) -> None:
        start.wait()
        try:
            outcomes[index] = deed()
        except (sync.Busy, CannotDecide) as refusal:
            outcomes[index] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=pair) for pair in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return outcomes


def test_two_syncs(transactional_db: None, configured: Repairer, sandbox: Sandbox) -> None:
    set_options(INFORMEX_QUEING="off")
    for _ in range(3):
        sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add("stall", path="/changes", seconds=0.5)
    outcomes = at_once(*[lambda: pull(configured)] * 3)
    assert sorted(type(one).__name__ for one in outcomes) == ["Busy", "Busy", "SyncRun"]
    assert held(configured) == expected(sandbox)
    assert Dossier.objects.count() == 3


def test_refreshes_during_a_run_make_it_go_round_once_more(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.create_mission()
    sandbox.store.faults.add("stall", path="/changes", seconds=1)

    def refresh() -> None:
        time.sleep(0.4)
        assert status_of(configured.pk).running
        sandbox.store.create_mission()
        sync.ask(configured.pk, staff)
        work.sync_repairer(configured.pk)

    sandbox.store.requests.clear()
    at_once(lambda: pull(configured), refresh)
    counted = sum(
        number for (_, path, _), number in sandbox.store.requests.counts.items() if path.endswith("/changes")
    )
    assert counted >= 2
    assert SyncRun.objects.count() == 1
    assert SyncState.objects.get().asked_at is None
    assert held(configured) == expected(sandbox)


def test_a_refresh_during_a_run_that_fails_is_not_lost(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.faults.add("stall", path="/changes", seconds=1)
    sandbox.store.faults.add("404", times=None, path="/changes")

    def refresh() -> None:
        time.sleep(0.4)
        sync.ask(configured.pk, staff)

    at_once(lambda: pull(configured), refresh)
    assert SyncRun.objects.get().outcome == "failed"
    assert status_of(configured.pk).asked


def test_two_people_accept_one_mission(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    sandbox.store.create_mission()
    pull(configured)
    mission = Mission.objects.get()
    outcomes = at_once(*[lambda: decide.accept(mission.pk, staff)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["CannotDecide", "Mission"]
    assert Dossier.objects.count() == 1


def test_accepting_during_an_import(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, staff: User
) -> None:
    ids = [sandbox.store.create_mission()["id"] for _ in range(5)]
    pull(configured)
    for mission_id in ids:
        sandbox.store.change_mission(mission_id, {"vehicle": {"mileage": 90_001}})

    def accept_all() -> None:
        for pk in Mission.objects.values_list("pk", flat=True):
            decide.accept(pk, staff)

    at_once(lambda: pull(configured), accept_all)
    assert held(configured) == expected(sandbox)
    assert sorted(Dossier.objects.values_list("mileage", flat=True)) == [90_001] * 5

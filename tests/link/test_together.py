"""Two at once: real threads, each with its own connection to the database."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connections

from claims360_link import sync, tasks, work
from claims360_link.information import outcome
from claims360_link.models import SyncRun, SyncState
from claims360_link.status import status_of
from dossiers.intake import decide
from dossiers.intake.desk import CannotDecide
from dossiers.models import Dossier, Mission
from repairers.models import Repairer, User
from tests.link.world import expected, held, pull, set_options
from tests.processes import PATIENCE
from tests.stack.claims360 import ARRIVED, Claims360
from tests.stack.conftest import sandbox

__all__ = ["sandbox"]

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
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return outcomes


@contextmanager
def reading(repairer: Repairer, sandbox: Claims360) -> Iterator[None]:
    """A sync is under way all the while: it has asked for what changed, and is answered at the end."""
    with sandbox.hold("GET /v1/changes", ARRIVED) as page:
        sync_of_another = threading.Thread(target=at_once, args=[lambda: pull(repairer)])
        sync_of_another.start()
        page.reach(ARRIVED)
        yield
    sync_of_another.join()


def test_two_more_syncs_while_one_reads(
    transactional_db: None, configured: Repairer, sandbox: Claims360
) -> None:
    set_options(INFORMEX_QUEING="off")
    for _ in range(3):
        sandbox.store.create_mission(photos=1)
    with reading(configured, sandbox):
        outcomes = at_once(*[lambda: pull(configured)] * 2)
    assert [type(one).__name__ for one in outcomes] == ["Busy", "Busy"]
    assert SyncRun.objects.get().outcome == "ok"
    assert held(configured) == expected(sandbox)
    assert Dossier.objects.count() == 3


def test_three_syncs_at_the_same_moment(
    transactional_db: None, configured: Repairer, sandbox: Claims360
) -> None:
    """Whoever comes last finds nothing new; nobody imports what another imports."""
    set_options(INFORMEX_QUEING="off")
    for _ in range(3):
        sandbox.store.create_mission(photos=1)
    outcomes = at_once(*[lambda: pull(configured)] * 3)
    assert {type(one).__name__ for one in outcomes} <= {"Busy", "SyncRun"}
    assert held(configured) == expected(sandbox)
    assert Dossier.objects.count() == 3


def test_a_refresh_during_a_run_makes_it_go_round_once_more(
    transactional_db: None, configured: Repairer, sandbox: Claims360, staff: User
) -> None:
    sandbox.store.create_mission()
    sandbox.store.requests.clear()
    with reading(configured, sandbox):
        assert status_of(configured.pk).running
        sandbox.store.create_mission()
        sync.ask(configured.pk, staff)
        work.sync_repairer(configured.pk)
    assert [one for one in sandbox.requests() if "/changes" in one] == ["GET /v1/changes 200"] * 2
    assert SyncRun.objects.count() == 1
    assert SyncState.objects.get().asked_at is None
    assert held(configured) == expected(sandbox)


def test_who_is_told_of_twice_is_answered_once(configured: Repairer, sandbox: Claims360, staff: User) -> None:
    """By the click, and by whoever looks each minute for clicks that nobody heard of: as late as it may come."""
    sandbox.store.create_mission()
    sync.ask(configured.pk, staff)
    for _ in range(2):
        tasks.sync_repairer(configured.pk)
    assert SyncRun.objects.get().trigger == SyncRun.Trigger.BUTTON
    status = status_of(configured.pk)
    assert status.run is not None and "1 mission" in outcome(status.run), "and reads what that brought"


def test_a_refresh_during_a_run_that_fails_is_not_lost(
    transactional_db: None, configured: Repairer, sandbox: Claims360, staff: User
) -> None:
    sandbox.store.faults.add("404", times=None, path="/changes")
    with reading(configured, sandbox):
        sync.ask(configured.pk, staff)
    assert SyncRun.objects.get().outcome == "failed"
    assert status_of(configured.pk).asked


def test_two_people_accept_one_mission(
    transactional_db: None, configured: Repairer, sandbox: Claims360, staff: User
) -> None:
    sandbox.store.create_mission()
    pull(configured)
    mission = Mission.objects.get()
    outcomes = at_once(*[lambda: decide.accept(mission.pk, staff)] * 2)
    assert sorted(type(one).__name__ for one in outcomes) == ["CannotDecide", "Mission"]
    assert Dossier.objects.count() == 1


def test_accepting_during_an_import(
    transactional_db: None, configured: Repairer, sandbox: Claims360, staff: User
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

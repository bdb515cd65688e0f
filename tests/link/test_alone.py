"""A record with which workers die stops its feed for an hour, not for ever."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model

from claims360_link import credentials, importer, lease, sync
from claims360_link.models import SyncState
from claims360_link.sandbox.server import Sandbox
from dossiers.intake import bulk
from dossiers.models import Mission, SetAside
from repairers.models import Repairer
from tests.link.test_lease import run_of
from tests.link.world import DEMO, due, expected, held, pull

Deaths = list[str]


class Killed(BaseException):
    """The worker goes down in the midst of it; it still says that it broke off."""


class Broken(Exception):
    """A mistake of ours, which some record brings to light."""


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Deaths]:
    """Whoever writes a mission with one of these plates dies; gives a list of those that did."""

    def deadly_(plates: list[str], death: type[BaseException] = Killed) -> Deaths:
        died: Deaths = []

        def dying(write: Callable[..., None]) -> Callable[..., None]:
            def write_(model: type[Model], rows: list[Any], **how: Any) -> None:
                known = {row.facts.get("plate") for row in rows} if model is Mission else set()
                if found := [plate for plate in plates if plate in known]:
                    died.append(found[0])
                    raise death
                write(model, rows, **how)

            return write_

        monkeypatch.setattr(bulk, "insert", dying(bulk.insert))
        monkeypatch.setattr(bulk, "upsert", dying(bulk.upsert))
        return died

    return deadly_


def missions(sandbox: Sandbox, number: int) -> list[str]:
    """The ids of new missions, whose plates are 1-AAA-100 and so on."""
    plates = [{"vehicle": {"plate": f"1-AAA-10{n}"}} for n in range(number)]
    return [sandbox.store.create_mission(quotes=0, data=data)["id"] for data in plates]


def rounds(repairer: Repairer, number: int) -> list[str]:
    """So many automatic runs, each of which takes up what the one before left; gives how they ended."""
    ended = []
    for _ in range(number):
        due(repairer)
        try:
            ended.append(pull(repairer).outcome)
        except (Killed, Broken) as death:
            ended.append(type(death).__name__)
    return ended


def test_the_third_death_shows_which_record_it_is(
    configured: Repairer, sandbox: Sandbox, deadly: Callable[..., Deaths]
) -> None:
    ids = missions(sandbox, 4)
    died = deadly(["1-AAA-102"])
    assert rounds(configured, 4) == ["Killed", "Killed", "Killed", "partial"]
    assert died == ["1-AAA-102"] * 3
    row = SetAside.objects.get()
    assert (row.entity, row.external_id, row.reason) == ("mission", ids[2], "killed-three-times")
    assert row.resolved_at is None and row.raw["data"]["vehicle"]["plate"] == "1-AAA-102"
    assert {mission.external_id for mission in Mission.objects.all()} == {ids[0], ids[1], ids[3]}
    sandbox.store.create_mission()
    assert rounds(configured, 1) == ["ok"], "the feed goes on, page by page"


def test_each_of_several_is_found(
    configured: Repairer, sandbox: Sandbox, deadly: Callable[..., Deaths]
) -> None:
    missions(sandbox, 4)
    died = deadly(["1-AAA-100", "1-AAA-103"])
    assert rounds(configured, 5) == ["Killed"] * 4 + ["partial"]
    assert died == ["1-AAA-100"] * 3 + ["1-AAA-103"]
    assert (Mission.objects.count(), SetAside.objects.count()) == (2, 2)


def test_a_mistake_of_ours_ends_the_same(
    configured: Repairer, sandbox: Sandbox, deadly: Callable[..., Deaths]
) -> None:
    """Not the process is gone, but the run breaks off, and says so."""
    missions(sandbox, 2)
    deadly(["1-AAA-101"], death=Broken)
    assert rounds(configured, 4) == ["Broken", "Broken", "Broken", "partial"]
    assert Mission.objects.count() == 1


def test_what_only_has_to_be_tried_later_is_no_failed_try(configured: Repairer, sandbox: Sandbox) -> None:
    missions(sandbox, 2)
    sandbox.store.faults.add("500", None)
    assert rounds(configured, 3) == ["failed"] * 3
    assert SyncState.objects.get().attempts == 0
    sandbox.store.faults.clear()
    sync.circuit.note("")
    assert rounds(configured, 1) == ["ok"] and not SetAside.objects.exists()


def test_workers_that_die_of_something_else_cost_no_record(configured: Repairer, sandbox: Sandbox) -> None:
    """An installation that is restarted three times in a row: each record is imported alone, and nothing remains."""
    missions(sandbox, 3)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, attempts=2)
    assert rounds(configured, 1) == ["ok"]
    assert held(configured) == expected(sandbox)
    assert not SetAside.objects.exists() and SyncState.objects.get().attempts == 0


def test_a_person_can_have_it_tried_again(
    configured: Repairer, sandbox: Sandbox, deadly: Callable[..., Deaths]
) -> None:
    missions(sandbox, 2)
    plates = ["1-AAA-101"]
    deadly(plates)
    rounds(configured, 4)
    plates.clear()
    assert importer.try_again(SetAside.objects.get().pk)
    assert held(configured) == expected(sandbox)
    assert SetAside.objects.get().resolved_at is not None


def test_a_record_alone_is_not_kept_once_the_lease_is_another_s(
    configured: Repairer, sandbox: Sandbox
) -> None:
    missions(sandbox, 2)
    state = SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, attempts=2)
    assert lease.take(state)
    SyncState.objects.update(lease_token=uuid.uuid4())
    client = credentials.client_for(configured.pk, "planmanager")
    with pytest.raises(lease.LeaseLost):
        importer.import_changes(run_of(state), state, client, 200)
    assert not Mission.objects.exists() and not SetAside.objects.exists()

"""One worker a feed: whoever lost the lease commits nothing more, neither a page nor its cursor."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from claims360_link import lease
from claims360_link.client import Claims360Client
from claims360_link.importer import import_changes
from claims360_link.models import SyncRun, SyncState
from claims360_link.payloads import Page
from claims360_link.sandbox.server import Sandbox
from dossiers.models import Mission
from repairers.models import Repairer
from tests.link.world import DEMO, expected, held, pull


class Overtaken(Claims360Client):
    """While it waits for its page, the lease runs out and another worker takes it."""

    def changes(self, cursor: str | None, limit: int = 200) -> Page:
        page = super().changes(cursor, limit)
        SyncState.objects.update(lease_token=uuid.uuid4(), lease_until=timezone.now() + lease.LASTS)
        return page


@pytest.fixture
def state(configured: Repairer) -> SyncState:
    state = SyncState.objects.create(repairer=configured, bodyshop_id=DEMO)
    assert lease.take(state)
    return state


def run_of(state: SyncState) -> SyncRun:
    begun: dict[str, Any] = {"trigger": SyncRun.Trigger.ROUND, "started_at": timezone.now()}
    return SyncRun.objects.create(repairer=state.repairer, bodyshop_id=DEMO, **begun)


def test_a_page_that_comes_after_the_lease_is_not_kept(state: SyncState, sandbox: Sandbox) -> None:
    sandbox.store.create_mission(quotes=1, photos=1)
    client = Overtaken(sandbox.api_url, DEMO, sandbox.store.keys(DEMO)["planmanager"])
    with pytest.raises(lease.LeaseLost):
        import_changes(run_of(state), state, client, 200)
    assert not Mission.objects.exists()
    assert SyncState.objects.get().cursor == ""


def test_the_next_worker_brings_it_once(state: SyncState, sandbox: Sandbox) -> None:
    test_a_page_that_comes_after_the_lease_is_not_kept(state, sandbox)
    SyncState.objects.update(lease_until=timezone.now())
    assert pull(state.repairer).tally["missions"]["new"] == 1
    assert held(state.repairer) == expected(sandbox)


def test_a_lease_is_taken_once(state: SyncState) -> None:
    other = SyncState.objects.get()
    assert not lease.take(other)
    SyncState.objects.update(lease_until=timezone.now())
    assert lease.take(other)
    with pytest.raises(lease.LeaseLost):
        lease.advance(state, "further")


def test_a_lease_is_not_taken_over_what_happened_since_it_was_read(state: SyncState) -> None:
    """Another worker had it and gave it back meanwhile: the cursor that was read is no longer the feed's."""
    lease.give_back(state)
    read, quicker = SyncState.objects.get(), SyncState.objects.get()
    assert lease.take(quicker)
    assert lease.give_back(quicker, cursor="further", last_run_at=timezone.now())
    assert not lease.take(read)
    assert lease.take(SyncState.objects.get())


def test_whoever_lost_it_does_not_give_it_back(state: SyncState) -> None:
    token = uuid.uuid4()
    SyncState.objects.update(lease_token=token)
    lease.give_back(state, error="timeout")
    kept = SyncState.objects.get()
    assert (kept.lease_token, kept.error) == (token, "")

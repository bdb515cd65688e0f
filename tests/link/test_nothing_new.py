"""A feed in which nothing changed, as most are in every round, costs one request and five statements."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from claims360_link import work
from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from repairers.models import Repairer
from tests.link.world import pull

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("missions", [1, 30])
def test_it_costs_one_request_and_five_statements(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, missions: int
) -> None:
    for _ in range(missions):
        sandbox.store.create_mission(quotes=1, photos=1)
    pull(configured)
    sandbox.store.requests.clear()
    with CaptureQueriesContext(connection) as statements:
        work.sync_repairer(configured.pk)
    assert len(statements) == 5, [one["sql"] for one in statements]
    assert [(one["method"], one["status"]) for one in sandbox.store.requests.last] == [("GET", 200)]
    run, before = SyncRun.objects.all()
    assert (run.outcome, run.pages, run.tally["missions"]["received"]) == ("ok", 1, 0)
    assert before.tally["missions"]["received"] == missions
    state = SyncState.objects.get()
    assert (state.last_ok_at, state.lease_until) == (run.ended_at, None)

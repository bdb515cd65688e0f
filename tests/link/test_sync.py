"""Sync, over real HTTP against the sandbox: what is held equals what Claims360 has."""

from claims360_link.sandbox.server import Sandbox
from repairers.models import Repairer
from tests.link.world import expected, held, pull


def test_first_import(configured: Repairer, sandbox: Sandbox) -> None:
    for _ in range(3):
        sandbox.store.create_mission(quotes=1, photos=2)
    run = pull(configured)
    assert (run.outcome, run.error) == ("ok", "")
    assert held(configured) == expected(sandbox)
    assert run.tally["missions"] == {"received": 3, "new": 3, "updated": 0, "waiting": 3, "excluded": 0}
    assert run.tally["quotes"]["new"] == 3 and run.tally["photos"]["received"] == 6

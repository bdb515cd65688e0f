"""The worker of an installation without servers: over files, with its beat."""

from pathlib import Path

import pytest

from claims360_link import tasks
from repairers.models import Repairer
from tests.link.world import expected, held
from tests.processes import has_ended, until
from tests.stack.claims360 import Claims360
from tests.stack.workers import CHILDREN, Folder, Workers

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def broker(var: Path) -> Folder:
    """Beside PostgreSQL, too."""
    return Folder(var)


@pytest.mark.parametrize("which", range(CHILDREN + 1))
def test_it_ends_with_the_first_of_its_processes_that_is_killed(
    configured: Repairer, sandbox: Claims360, workers: Workers, which: int
) -> None:
    """Be that one of those that carry out tasks, which had none, or beat: whoever supervises it starts it anew."""
    sandbox.store.create_mission()
    workers.start("--beat")
    workers.tell(tasks.sync_portion, configured.pk)
    until(lambda: held(configured) == expected(sandbox), "it works")
    family = workers.children(CHILDREN + 1)
    family[which].kill()
    until(workers.ended, "it has ended")
    until(lambda: all(map(has_ended, family)), "and nobody is left of it")

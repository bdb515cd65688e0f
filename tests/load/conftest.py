"""A running PlanManager with a town in it, on whichever engine; how its pages let people wait is told at the end."""

import statistics
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from planmanager.demo.processes import Demo, running
from repairers.models import User
from tests.link.test_commands import run, url_of_the_tests
from tests.load.clerk import Waits
from tests.load.town import Size, configure_all, fill_claims360, settle, size_of_the_town
from tests.processes import free_port
from tests.redis import Redis
from tests.stack.conftest import broker, var
from tests.stack.workers import Folder

__all__ = ["broker", "var"]  # Redis beside PostgreSQL, files beside SQLite; and the VAR_DIR of the processes
WAITS: Waits = defaultdict(list)


@pytest.fixture
def size() -> Size:
    return size_of_the_town()


@pytest.fixture
def staff(transactional_db: None, var: Path, size: Size) -> list[User]:
    """Those who work in the town."""
    return settle(size)


@pytest.fixture
def demo(
    staff: list[User],
    size: Size,
    var: Path,
    broker: Redis | Folder,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Demo]:
    """The processes of the demo on the database of the tests, the town's repairers configured, nothing read yet."""
    known = {
        "DATABASE_URL": url_of_the_tests(),
        "CELERY_BROKER_URL": broker.url,
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
        "VAR_DIR": str(var),
    }
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    assert run("collectstatic", "--noinput", "--verbosity=0").returncode == 0
    fill_claims360(var / "claims360-sandbox.sqlite3", size)
    with running(var, missions=0, ports=(free_port(), free_port())) as started:
        settings.CLAIMS360_API_URL = f"{started.sandbox_url}/v1"
        configure_all(started.sandbox_url)
        yield started


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How long each page took, as half and 95 of 100 of those who asked saw it: told, never asked for."""
    if not WAITS:
        return
    terminalreporter.section("load")
    terminalreporter.write_line(f"{'requests':>8} {'p50 ms':>7} {'p95 ms':>7}  page")
    for page, waits in sorted(WAITS.items()):
        p50, p95 = (1000 * seconds for seconds in percentiles(waits))
        terminalreporter.write_line(f"{len(waits):8,} {p50:7.0f} {p95:7.0f}  {page}")


def percentiles(waits: list[float]) -> tuple[float, float]:
    cuts = statistics.quantiles(waits, n=20, method="inclusive") if len(waits) > 1 else waits * 19
    return cuts[9], cuts[18]

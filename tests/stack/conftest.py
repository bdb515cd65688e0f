"""What the tests of the stack share: a Claims360 that can be held and stopped, a broker, and workers."""

import datetime as dt
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django import Settings

from dossiers import uploads
from dossiers.models import Dossier
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.dossiers.factories import DossierFactory
from tests.link.test_commands import url_of_the_tests
from tests.processes import PATIENCE
from tests.redis import Redis
from tests.stack.claims360 import Claims360
from tests.stack.garage import PLATE
from tests.stack.workers import POSTGRESQL, Folder, Workers


@pytest.fixture
def var(settings: Settings, tmp_path: Path) -> Path:
    """The VAR_DIR of the workers; what the tests store goes there too."""
    settings.MEDIA_ROOT = tmp_path / "var" / "files"
    return tmp_path / "var"


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Claims360]:
    claims360 = Claims360()
    settings.CLAIMS360_API_URL = claims360.api_url
    settings.CLAIMS360_READ_TIMEOUT = (
        PATIENCE  # a request is held for as long as it takes to do what is done meanwhile
    )
    claims360.start()
    yield claims360
    claims360.stop()
    claims360.store.db.close()


@pytest.fixture
def broker(var: Path) -> Iterator[Redis | Folder]:
    """Redis beside PostgreSQL, files beside SQLite."""
    broker = Redis() if POSTGRESQL else Folder(var)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def workers(
    transactional_db: None, sandbox: Claims360, broker: Redis | Folder, settings: Settings, var: Path
) -> Iterator[Workers]:
    """Not started yet."""
    known = {
        "DATABASE_URL": url_of_the_tests(),
        "DATABASE_CONN_MAX_AGE": "86400",  # seconds: none of them is ended by how long a test takes
        "CELERY_BROKER_URL": broker.url,
        "CLAIMS360_API_URL": sandbox.api_url,
        "CLAIMS360_READ_TIMEOUT": f"{settings.CLAIMS360_READ_TIMEOUT}",
        "CLAIMS360_PAGE_SIZE": "5",
        "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
        "VAR_DIR": str(var),
    }
    workers = Workers(broker, var.parent, known)
    yield workers
    workers.end()


@pytest.fixture
def dossier(configured: Repairer, workers: Workers, staff: User) -> Dossier:
    """A dossier without a mission, with three photos."""
    dossier = DossierFactory(repairer=configured, plate=PLATE, claim_number="")
    for n in range(3):
        picture = pictures.jpeg(size=(64 + n, 48))
        uploads.add_photo(dossier, SimpleUploadedFile(f"IMG_{n}.jpg", picture), staff)
    return dossier


# --- the matrix of kills and stacks is sampled, unless SOAK=1 --------------------------------------------------

SAMPLE = 4  # of each stack
TOLD = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"sampled: {SAMPLE} of these a day; all of them with SOAK=1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave those out that today's sample has not."""
    all_of_them = [item for item in items if item.get_closest_marker("sampled")]
    if os.environ.get("SOAK") == "1" or len(all_of_them) <= SAMPLE:
        return
    seed = f"{dt.date.today()} {connection.vendor}"
    drawn = random.Random(seed).sample(all_of_them, SAMPLE)
    left_out = [item for item in all_of_them if item not in drawn]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    config.stash[TOLD] = f"sample of “{seed}”: {', '.join(item.name for item in drawn)} (SOAK=1 runs all)"


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if TOLD in config.stash:
        terminalreporter.write_line(config.stash[TOLD])

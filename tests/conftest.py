"""Who and what every test may ask for: repairers and their people, a Claims360, and a repairer linked to it."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from django.db import connections
from pytest_django import Settings

from claims360_link import credentials, sync
from claims360_link.circuit import Circuit
from claims360_link.sandbox.server import Sandbox, running_sandbox
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory, StaffFactory
from tests.link.world import DEMO, set_options
from tests.migrated import KEPT, MIGRATED, begin_migrated
from tests.processes import PATIENCE
from tests.s3 import Server, in_bucket, running_s3

pytest_plugins = ["tests.figures"]

# How long an example takes says nothing: as ever otherwise, by chance or, in CI, the same each time.
TIMELESS = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("timeless", hypothesis.settings.default, **TIMELESS)
hypothesis.settings.load_profile("timeless")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="leave out what has no database")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: whoever looks for garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On a second engine whatever has no database (pytest-django lets it use none) would only be repeated."""
    if config.getoption("--database-only"):
        without = [item for item in items if not has_database(item)]
        items[:] = [item for item in items if has_database(item)]
        config.hook.pytest_deselected(items=without)


def has_database(item: pytest.Item) -> bool:
    asked_for: set[str] = {*getattr(item, "fixturenames", ())}
    return "db" in asked_for or "transactional_db" in asked_for or bool(item.get_closest_marker("django_db"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A SQLite of the tests is a file, so that threads meet the database that the product has."""
    if connections["default"].vendor == "sqlite":
        path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connections["default"].settings_dict["TEST"]["NAME"] = str(path)
        begin_migrated(path)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Whether it is there already."""
    told = {"sqlite": MIGRATED, "postgresql": KEPT}
    return told[connections["default"].vendor] in os.environ


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    """Plain static files, and whatever is stored goes to a folder of the test."""
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": static}
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture(autouse=True)
def _own_circuit(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test hears of another's dead Claims360."""
    monkeypatch.setattr(sync, "circuit", Circuit())


@pytest.fixture(autouse=True)
def _password_is_enough(settings: Settings) -> None:
    """The helpdesk of a test is logged in without a telephone; tests/security has one."""
    settings.HELPDESK_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, settings: Settings) -> None:
    """A password takes no time to check, but where the product's own processes check it."""
    if not request.node.get_closest_marker("stack"):
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def repairer(db: None) -> Repairer:
    return RepairerFactory()


@pytest.fixture
def staff(repairer: Repairer) -> User:
    """Somebody of the repairer's site, who reads English."""
    return StaffFactory(sites=[repairer.site])


@pytest.fixture
def helpdesk(db: None) -> User:
    return User.objects.create_user("helpdesk", password="a-long-password", is_staff=True, language="en")


@pytest.fixture
def active(db: None) -> None:
    """Claims360 is active for this database."""
    set_options(CLAIMS360_ENABLED=True)


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """A Claims360 of this test's own, empty, over real HTTP."""
    with running_sandbox(seed=1, missions=0) as running:
        settings.CLAIMS360_API_URL, settings.WINFORMEX_URL = running.api_url, running.winformex_url
        settings.CLAIMS360_CONNECT_TIMEOUT = settings.CLAIMS360_READ_TIMEOUT = PATIENCE
        yield running


@pytest.fixture
def bucket(settings: Settings, tmp_path: Path) -> Iterator[Server]:
    """Files are kept in an empty bucket of this test's own, over real HTTP."""
    with running_s3(tmp_path / "s3") as server, in_bucket(settings, server):
        yield server


@pytest.fixture
def configured(active: None, sandbox: Sandbox, repairer: Repairer, staff: User) -> Repairer:
    """The repairer, linked to the sandbox's demo body shop with its real keys."""
    keys = sandbox.store.keys(DEMO)
    credentials.configure(repairer.pk, DEMO, keys["bodyshop"], keys["planmanager"], staff)
    return repairer

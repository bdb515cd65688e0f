"""Pages without collected static files, files in a folder of the test, and who looks at them."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory, StaffFactory


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    storages = {"default": settings.STORAGES["default"]}
    storages["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = storages
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def repairer(db: None) -> Repairer:
    return RepairerFactory()


@pytest.fixture
def staff(repairer: Repairer) -> User:
    """Somebody of the repairer's site, who reads English."""
    return StaffFactory(sites=[repairer.site])


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client

"""Pages without collected static files; a repairer, its staff and the helpdesk."""

import pytest
from django.test import Client
from pytest_django import Settings

from repairers.models import Repairer, Site, User


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Settings) -> None:
    backend = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": backend}}


@pytest.fixture
def repairer(db: None) -> Repairer:
    site = Site.objects.create(name="Namur")
    return Repairer.objects.create(name="Carrosserie Démo", site=site, mailbox_number="475869429")


@pytest.fixture
def staff(repairer: Repairer) -> User:
    """Somebody of the repairer's site, who has not chosen a language."""
    user = User.objects.create_user("lotte", password="a-long-password")
    user.sites.add(repairer.site)
    return user


@pytest.fixture
def helpdesk(db: None) -> User:
    return User.objects.create_user("helpdesk", password="a-long-password", is_staff=True, language="en")


@pytest.fixture
def admin(client: Client, helpdesk: User) -> Client:
    """A browser in which the helpdesk is logged in."""
    client.force_login(helpdesk)
    return client

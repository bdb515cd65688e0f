"""Aide: the user documentation as pages."""

import pytest
from django.test import Client
from pytest_django import Settings

from planmanager.help import PAGES
from repairers.models import User


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_every_page_is_there_and_leads_to_all_others(browser: Client, slug: str) -> None:
    answer = browser.get(f"/aide/{slug}/")
    assert answer.status_code == 200
    for page in PAGES:
        assert f'href="{page.url}"' in answer.content.decode()


def test_the_first_page_is_activation(browser: Client) -> None:
    assert browser.get("/aide/").context["page"].slug == "activation"


def test_no_such_page(browser: Client) -> None:
    assert browser.get("/aide/nothing/").status_code == 404


def test_addresses_come_from_the_settings(browser: Client, settings: Settings) -> None:
    settings.HELPDESK_EMAIL, settings.INFORMEX_EMAIL = "desk@example.test", "box@example.test"
    text = browser.get("/aide/configuration/").content.decode()
    assert "mailto:desk@example.test" in text
    assert "mailto:box@example.test" in text


def test_a_video_shows_only_where_one_is_set(browser: Client, settings: Settings) -> None:
    url = "https://video.example.test/keys"
    assert url not in browser.get("/aide/keys/").content.decode()
    settings.HELP_VIDEO_KEYS_URL = url
    assert f'href="{url}"' in browser.get("/aide/keys/").content.decode()

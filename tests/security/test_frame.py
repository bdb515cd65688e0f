"""In a frame of another program: no shell, cookies that go there, and links from outside to one mission."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, MissionFactory, RepairerFactory
from tests.security.test_production import login_page

IN_FRAME = {"Sec-Fetch-Dest": "iframe"}
TAB = "/claims360/"


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.mark.parametrize(
    ("url", "headers", "shown"),
    [
        (TAB, {}, True),
        (f"{TAB}?embed=0", {"Sec-Fetch-Dest": "document"}, True),
        (f"{TAB}?embed=1", {}, False),
        (TAB, IN_FRAME, False),
        ("/dossiers/", IN_FRAME, False),
    ],
)
def test_the_shell_is_hidden_in_a_frame(
    browser: Client, url: str, headers: dict[str, str], shown: bool
) -> None:
    page = browser.get(url, headers=headers).content.decode()
    assert ('<nav class="side" hidden' in page) is not shown
    assert ('<header class="top" hidden' in page) is not shown
    assert 'id="main"' in page


def test_a_page_in_the_frame_leads_back_to_the_tab(browser: Client, repairer: Repairer) -> None:
    back = f'<p class="page-note"><a class="btn small" href="{TAB}">'
    dossier = DossierFactory(repairer=repairer)
    assert back in browser.get(f"/dossiers/{dossier.pk}/", headers=IN_FRAME).content.decode()
    assert back not in browser.get(f"/dossiers/{dossier.pk}/").content.decode()
    assert back not in browser.get(TAB, headers=IN_FRAME).content.decode()


# --- links from outside


def with_number(repairer: Repairer, **more: Any) -> Any:
    known = {"number": "2026/0012345", "number_key": "20260012345", "state": "waiting", **more}
    return MissionFactory(repairer=repairer, **known)


@pytest.mark.parametrize("number", ["2026/0012345", "2026-0012345", "20260012345", "2026%2F0012345"])
def test_a_number_leads_to_its_mission(browser: Client, repairer: Repairer, number: str) -> None:
    mission = with_number(repairer)
    answer = browser.get(f"{TAB}missions/by-number/{number}?embed=1")
    assert answer.url == f"{TAB}missions/{mission.pk}/?embed=1"


def test_a_number_of_several_leads_to_the_list(browser: Client, repairer: Repairer) -> None:
    missions = {with_number(repairer), with_number(repairer, source="winformex")}
    answer = browser.get(f"{TAB}missions/by-number/2026/0012345?embed=1", follow=True)
    assert {row.mission for row in answer.context["tab"].rows} == missions
    assert "embed=1" in answer.request["QUERY_STRING"]


def test_an_id_leads_to_its_mission_of_claims360(browser: Client, repairer: Repairer) -> None:
    mission = with_number(repairer, external_id="m-1")
    with_number(repairer, external_id="m-1", source="winformex")
    assert browser.get(f"{TAB}missions/by-id/m-1").url == f"{TAB}missions/{mission.pk}/"


@pytest.mark.parametrize(
    "link", ["by-number/2026/0012345", "by-number/-", "by-number/%00", "by-id/m-1", "by-id/m-2", "by-id/m%00"]
)
def test_what_is_not_there_or_anothers_is_not_there(browser: Client, repairer: Repairer, link: str) -> None:
    with_number(RepairerFactory(), external_id="m-1")
    with_number(repairer, number="", number_key="")
    assert browser.get(f"{TAB}missions/{link}").status_code == 404


# --- cookies


def test_cookies_go_to_a_frame_of_another_site_one_jar_a_site(tmp_path: Any) -> None:
    (cookie,) = login_page(tmp_path, FRAME_OF_OTHER_SITE="true", FRAME_ANCESTORS="https://dms.example.com")
    name, *said = cookie.strip().split("; ")
    assert name.startswith("__Host-csrftoken=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"} <= set(said)


def test_a_logout_takes_them_away_there(browser: Client, settings: Settings) -> None:
    settings.MIDDLEWARE = ["repairers.framing.PartitionedCookiesMiddleware", *settings.MIDDLEWARE]
    gone = Client()
    gone.cookies = browser.cookies
    answer = gone.post("/logout/")
    said = answer.cookies[settings.SESSION_COOKIE_NAME].OutputString()
    assert "Max-Age=0" in said and said.endswith("SameSite=None; Partitioned")

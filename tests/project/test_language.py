"""Login, logout and the language of a page: stored with the user, else of this browser, else French."""

from typing import Any

import pytest
from django.test import Client

from repairers.models import User

LOGIN = {"username": "lotte", "password": "a-long-password"}


def language_of(answer: Any) -> str:
    return answer.headers["Content-Language"]


def test_every_page_asks_for_the_login(client: Client, db: None) -> None:
    answer = client.get("/aide/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login/?next=/aide/"


def test_login_leads_to_the_dossiers_and_logout_back(client: Client, staff: User) -> None:
    assert client.post("/login/", LOGIN).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == "/dossiers/"
    assert client.post("/logout/").headers["Location"] == "/login/"
    assert client.get("/aide/").status_code == 302


def test_a_wrong_password_lets_nobody_in(client: Client, staff: User) -> None:
    answer = client.post("/login/", {**LOGIN, "password": "wrong"})
    assert answer.status_code == 200
    assert answer.context["form"].non_field_errors()
    assert client.get("/aide/").status_code == 302


def test_french_whatever_the_browser_wishes(client: Client, db: None) -> None:
    assert language_of(client.get("/login/", headers={"Accept-Language": "nl"})) == "fr"


def test_a_language_chosen_at_the_login_page_holds_in_this_browser(client: Client, staff: User) -> None:
    answer = client.post("/language/", {"language": "nl", "next": "/login/"})
    assert answer.headers["Location"] == "/login/"
    assert language_of(client.get("/login/")) == "nl"
    client.post("/login/", LOGIN)
    assert language_of(client.get("/aide/")) == "nl"


def test_a_user_s_language_follows_to_another_browser(client: Client, staff: User) -> None:
    client.force_login(staff)
    client.post("/language/", {"language": "nl", "next": "/aide/"})
    staff.refresh_from_db()
    assert staff.language == "nl"
    other = Client()
    other.force_login(staff)
    other.cookies.load({"django_language": "en"})
    assert language_of(other.get("/aide/")) == "nl"


@pytest.mark.parametrize("language", ["xx", "", "../../etc"])
def test_an_unknown_language_changes_nothing(client: Client, staff: User, language: str) -> None:
    client.force_login(staff)
    client.post("/language/", {"language": language, "next": "/aide/"})
    staff.refresh_from_db()
    assert staff.language == ""
    assert language_of(client.get("/aide/")) == "fr"


def test_the_way_on_stays_on_this_site(client: Client, db: None) -> None:
    answer = client.post("/language/", {"language": "nl", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"


def test_choosing_a_language_is_a_post(client: Client, db: None) -> None:
    assert client.get("/language/").status_code == 405

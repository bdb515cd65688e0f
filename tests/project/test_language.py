"""Login, logout and the language of a page: stored with the user, else of this browser, else French; how it writes."""

import datetime as dt
import re
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils import translation
from django.utils.translation import ngettext

from dossiers import formats
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


TOLD = {  # language: a moment, an amount, a number of km, and how many there are of 0, 1 and 2
    "fr": ("02/11/2026 14:05", "2 202,20 €", "84 210 km", ["0 photo", "1 photo", "2 photos"]),
    "nl": ("2-11-2026 14:05", "2.202,20 €", "84.210 km", ["0 foto's", "1 foto", "2 foto's"]),
    "de": ("02.11.2026 14:05", "2.202,20 €", "84.210 km", ["0 Fotos", "1 Foto", "2 Fotos"]),
    "en": ("02/11/2026 14:05", "2,202.20 €", "84,210 km", ["0 photos", "1 photo", "2 photos"]),
}


@pytest.mark.parametrize("language", TOLD)
def test_dates_numbers_and_plurals_of_each_language(language: str) -> None:
    at, amount, far, photos = TOLD[language]
    with translation.override(language):
        assert formats.moment(dt.datetime(2026, 11, 2, 13, 5, tzinfo=dt.UTC)) == at
        assert re.sub(r"\s", " ", formats.euro("2202.20")) == amount
        assert re.sub(r"\s", " ", formats.kilometres(84_210)) == far
        assert [ngettext("%(n)d photo", "%(n)d photos", n) % {"n": n} for n in range(3)] == photos


@pytest.mark.parametrize("language", TOLD)
def test_the_day_comes_before_the_month_where_a_date_is_typed(language: str) -> None:
    with translation.override(language):
        typed = forms.DateField(localize=True).clean("3.12.2026" if language == "de" else "3/12/2026")
    assert typed == dt.date(2026, 12, 3)

"""Logging in: guesses are slowed down and seen, a session ends on time, nothing stays behind in the browser."""

import datetime as dt
import logging
import re
import sys

import pytest
import time_machine
from axes.models import AccessAttempt
from django.conf import settings as django_settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from planmanager.logs import OneLine
from repairers.login import client_address
from repairers.models import User

LOGIN = "/login/"
WRONG, RIGHT = "not-the-password", "a-long-password"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)
HOME, ELSEWHERE = "192.0.2.10", "198.51.100.7"


@pytest.fixture
def somebody(db: None) -> User:
    return User.objects.create_user("lotte", password=RIGHT, language="en")


def log_in(password: str, address: str = HOME, username: str = "lotte", url: str = LOGIN) -> HttpResponse:
    """What a new browser gets at that address."""
    form = {"username": username, "password": password}
    return Client().post(url, form, REMOTE_ADDR=address)


@pytest.mark.parametrize("url", [LOGIN, "/admin/login/"])
def test_five_wrong_passwords_and_a_quarter_of_an_hour(somebody: User, url: str) -> None:
    User.objects.update(is_staff=True)
    with time_machine.travel(NOW, tick=False) as clock:
        assert [log_in(WRONG, url=url).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
        locked = log_in(RIGHT, url=url)
        assert locked.status_code == 429
        clock.shift(dt.timedelta(minutes=14))
        assert log_in(RIGHT, url=url).status_code == 429
        clock.shift(dt.timedelta(minutes=1, seconds=1))
        assert log_in(RIGHT, url=url).status_code == 302


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Wait a quarter of an hour"), ("fr", "Attendez un quart d")]
)
def test_a_sentence_says_what_to_do(somebody: User, language: str, words: str) -> None:
    browser = Client()
    browser.cookies[django_settings.LANGUAGE_COOKIE_NAME] = language
    for _ in range(5):
        answer = browser.post(LOGIN, {"username": "lotte", "password": WRONG})
    assert answer.status_code == 429
    assert words in answer.content.decode()


def test_a_script_of_another_site_learns_nothing(somebody: User) -> None:
    for _ in range(5):
        log_in(WRONG)
    form = {"username": "lotte", "password": WRONG}
    headers = {"X-Requested-With": "XMLHttpRequest", "Origin": "https://elsewhere.example"}
    answer = Client().post(LOGIN, form, REMOTE_ADDR=HOME, headers=headers)
    assert answer.status_code == 429
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "lotte" not in answer.content.decode()


def test_nobody_locks_out_somebody_elsewhere(somebody: User) -> None:
    for _ in range(6):
        log_in(WRONG, ELSEWHERE)
    assert log_in(RIGHT, ELSEWHERE).status_code == 429
    assert log_in(RIGHT, HOME).status_code == 302


def test_a_login_forgets_the_mistakes_before_it(somebody: User) -> None:
    for _ in range(2):
        assert [log_in(WRONG).status_code for _ in range(4)] == [200] * 4
        assert log_in(RIGHT).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_the_log_says_who_tried_and_never_what(somebody: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        log_in(WRONG)
        log_in(RIGHT)
    told = [record.getMessage() for record in caplog.records if record.name.startswith("axes")]
    assert any("login failure" in line and "lotte" in line and HOME in line for line in told)
    assert any("Successful login" in line and "lotte" in line for line in told)
    assert WRONG not in caplog.text and RIGHT not in caplog.text


def test_the_helpdesk_sees_a_failed_login_and_can_let_it_in(
    somebody: User, helpdesk: User, client: Client
) -> None:
    for _ in range(5):
        log_in(WRONG)
    attempt = AccessAttempt.objects.get()
    client.force_login(helpdesk)
    page = client.get(f"/admin/repairers/failedlogin/{attempt.pk}/change/").content.decode()
    assert "lotte" in page and HOME in page and WRONG not in page
    client.post(f"/admin/repairers/failedlogin/{attempt.pk}/delete/", {"post": "yes"})
    assert log_in(RIGHT).status_code == 302


@pytest.mark.parametrize(
    ("proxies", "forwarded", "remote", "found"),
    [
        (0, "", HOME, HOME),
        (0, ELSEWHERE, HOME, HOME),  # without a proxy of ours anybody may write that
        (1, ELSEWHERE, "10.0.0.1", ELSEWHERE),
        (1, f"203.0.113.9, {ELSEWHERE}", "10.0.0.1", ELSEWHERE),  # the first one the client wrote itself
        (2, f"203.0.113.9, {ELSEWHERE}, 10.0.0.2", "10.0.0.1", ELSEWHERE),
        (1, "", "", None),  # a socket has no address
        (1, "nonsense", "10.0.0.1", None),
        (1, "2001:DB8::1", "10.0.0.1", "2001:db8::1"),
    ],
)
def test_where_a_request_comes_from(
    settings: Settings, proxies: int, forwarded: str, remote: str, found: str | None
) -> None:
    settings.PROXY_COUNT = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == found


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_twelve_hours_after_the_login(somebody: User, client: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        answer = client.post(LOGIN, {"username": "lotte", "password": RIGHT})
        assert answer.cookies["sessionid"]["max-age"] == 12 * 3600
        for _ in range(11):
            clock.shift(dt.timedelta(hours=1))
            session = client.session
            session["used"] = session.get("used", 0) + 1
            session.save()
            assert client.get("/dossiers/").status_code == 200
        clock.shift(dt.timedelta(hours=1, seconds=1))
        assert client.get("/dossiers/").status_code == 302


@pytest.mark.parametrize("how", ["logout", "password", "inactive"])
def test_what_else_ends_a_session(somebody: User, client: Client, how: str) -> None:
    client.post(LOGIN, {"username": "lotte", "password": RIGHT})
    assert client.get("/dossiers/").status_code == 200
    stolen = Client()
    stolen.cookies["sessionid"] = client.cookies["sessionid"].value
    assert stolen.get("/dossiers/").status_code == 200
    if how == "logout":
        client.post("/logout/")
    elif how == "password":
        somebody.set_password("another-long-password")
        somebody.save()
    else:
        User.objects.update(is_active=False)
    assert stolen.get("/dossiers/").status_code == 302


def test_a_login_gets_a_session_of_its_own(somebody: User, client: Client) -> None:
    client.session.save()
    client.cookies["sessionid"] = before = "a" * 32
    client.post(LOGIN, {"username": "lotte", "password": RIGHT})
    assert client.cookies["sessionid"].value not in ("", before)


def test_leaving_empties_the_cache_of_the_browser(somebody: User, client: Client) -> None:
    client.force_login(somebody)
    assert client.post("/logout/").headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.parametrize("password", ["eleven-long", "lotte-lotte", "telechargement", "q1w2e3r4t5y6"])
def test_passwords_that_are_refused(somebody: User, password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, somebody)


def test_a_long_password_needs_no_signs(somebody: User) -> None:
    validate_password("quatre roues et un volant", somebody)


def test_everybody_can_change_their_password(somebody: User, client: Client) -> None:
    client.force_login(somebody)
    other_device = Client()
    other_device.force_login(somebody)
    assert "/password/" in client.get("/dossiers/").content.decode()
    new = "quatre roues et un volant " * 4
    wrong = {"old_password": WRONG, "new_password1": new, "new_password2": new}
    assert client.post("/password/", wrong).context["form"].errors.keys() == {"old_password"}
    assert client.post("/password/", {**wrong, "old_password": RIGHT}).status_code == 302
    assert "Your password was changed." in client.get("/dossiers/").content.decode()
    assert other_device.get("/dossiers/").status_code == 302
    assert log_in(new).status_code == 302


# --- the log ----------------------------------------------------------------------------------------------------------


def test_nobody_writes_a_line_of_the_log(somebody: User, capsys: pytest.CaptureFixture[str]) -> None:
    """A user name with a line break stays in its line; every line has its time with its zone."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(OneLine(**line_format()))
    logging.getLogger("axes").addHandler(handler)
    try:
        log_in(WRONG, username="x\n2026-11-02T09:00:00+0100 INFO axes Successful login")
    finally:
        logging.getLogger("axes").removeHandler(handler)
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(
        re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} [A-Z]+ axes\.", line) for line in lines
    )


def line_format() -> dict[str, str]:
    """The format of the product's own handler."""
    known = django_settings.LOGGING["formatters"]["line"]
    return {"fmt": known["format"], "datefmt": known["datefmt"], "style": known["style"]}

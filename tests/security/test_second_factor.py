"""The helpdesk's second factor: before its code nothing is shown; an app is set up once; a code counts once."""

import datetime as dt
import logging
import re
from base64 import b32decode

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from repairers.models import User

PAGE, PASSWORD = "/second-factor/", "a-long-password"
NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _on(settings: Settings) -> None:
    settings.HELPDESK_SECOND_FACTOR = True


@pytest.fixture
def clock() -> time_machine.Traveller:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def browser(clock: time_machine.Traveller, client: Client, helpdesk: User) -> Client:
    """The helpdesk, after its password."""
    client.post("/login/", {"username": helpdesk.username, "password": PASSWORD})
    return client


def code_of(secret: bytes) -> str:
    """What an app shows now."""
    totp = TOTP(secret)
    return f"{totp.token():06d}"


def shown_secret(answer: HttpResponse) -> bytes:
    typed = re.search(r"<code>([A-Z2-7 ]+)</code>", answer.content.decode())
    assert typed is not None
    return b32decode(typed[1].replace(" ", ""))


@pytest.fixture
def secret(browser: Client, clock: time_machine.Traveller) -> bytes:
    """An app that was set up, in a browser that has logged out again and given the password once more."""
    known = shown_secret(browser.get(PAGE))
    browser.post(PAGE, {"code": code_of(known)})
    browser.post("/logout/")
    browser.post("/login/", {"username": "helpdesk", "password": PASSWORD})
    clock.shift(30)
    return known


def test_nothing_is_shown_before_the_code(browser: Client) -> None:
    for url in (
        "/",
        "/dossiers/",
        "/dossiers/1/",
        "/claims360/",
        "/aide/",
        "/admin/",
        "/admin/repairers/user/",
    ):
        for answer in (browser.get(url), browser.post(url)):
            assert (answer.status_code, answer.url) == (302, f"{PAGE}?next={url}"), url


def test_staff_need_no_code(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert client.get("/dossiers/").status_code == 200
    assert client.get(PAGE).url == "/"


def test_a_setting_turns_it_off(browser: Client, settings: Settings) -> None:
    settings.HELPDESK_SECOND_FACTOR = False
    assert browser.get("/admin/").status_code == 200


def test_an_app_is_set_up_with_its_first_code(browser: Client) -> None:
    first = browser.get(f"{PAGE}?next=/admin/")
    assert 'src="data:image/svg+xml' in first.content.decode()
    assert first.headers["Cache-Control"] == "no-store, private"
    assert shown_secret(browser.get(PAGE)) == shown_secret(first), "a second look is no second secret"
    session = browser.cookies["sessionid"].value
    answer = browser.post(PAGE, {"code": f"{code_of(shown_secret(first))[:3]} {code_of(shown_secret(first))[3:]}",
                                 "next": "/admin/"})  # fmt: skip
    assert (answer.status_code, answer.url) == (302, "/admin/")
    assert browser.get("/admin/").status_code == 200
    assert browser.cookies["sessionid"].value != session


def test_the_app_is_asked_again_at_every_login(browser: Client, secret: bytes) -> None:
    page = browser.get(PAGE).content.decode()
    assert "<code>" not in page and "data:image" not in page, "the secret is shown no more"
    assert browser.get("/admin/").status_code == 302
    assert browser.post(PAGE, {"code": code_of(secret)}).status_code == 302
    assert browser.get("/admin/").status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "12345678901234", "\x00"])
def test_a_wrong_code_lets_nobody_in(
    browser: Client, secret: bytes, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert code_of(secret) != code
    answer = browser.post(PAGE, {"code": code})
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert browser.get("/admin/").status_code == 302


def test_a_wrong_code_is_logged(browser: Client, secret: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        browser.post(PAGE, {"code": "000000"})
    assert "A wrong second factor was given for helpdesk." in caplog.text
    assert "000000" not in caplog.text


def test_a_code_counts_once(browser: Client, secret: bytes) -> None:
    code = code_of(secret)
    assert browser.post(PAGE, {"code": code}).status_code == 302
    browser.post("/logout/")
    browser.post("/login/", {"username": "helpdesk", "password": PASSWORD})
    assert "not right, or not any more" in browser.post(PAGE, {"code": code}).content.decode()


def test_guessing_is_slowed_down(browser: Client, secret: bytes, clock: time_machine.Traveller) -> None:
    for wait in (1, 2, 4, 8, 16, 32):  # seconds after each wrong code
        assert "not right" in browser.post(PAGE, {"code": "000000"}).content.decode()
        clock.shift(wait - 1)
        assert "Wait a moment" in browser.post(PAGE, {"code": code_of(secret)}).content.decode()
        clock.shift(1)
    assert browser.post(PAGE, {"code": code_of(secret)}).status_code == 302


def test_nobody_uses_somebody_elses_code(browser: Client, secret: bytes) -> None:
    User.objects.create_user("second", password=PASSWORD, is_staff=True)
    browser.post("/logout/")
    browser.post("/login/", {"username": "second", "password": PASSWORD})
    assert shown_secret(browser.get(PAGE)) != secret
    assert browser.post(PAGE, {"code": code_of(secret)}).status_code == 422


def test_it_leads_to_no_other_site(browser: Client) -> None:
    known = shown_secret(browser.get(PAGE))
    answer = browser.post(PAGE, {"code": code_of(known), "next": "https://elsewhere.example/"})
    assert answer.url == "/"


def test_a_lost_telephone(browser: Client, secret: bytes, client: Client) -> None:
    """Somebody else of the helpdesk deletes the app; its secret shows nowhere in admin."""
    browser.post(PAGE, {"code": code_of(secret)})
    device = TOTPDevice.objects.get()
    base = f"/admin/repairers/secondfactor/{device.pk}"
    for url in ("/admin/repairers/secondfactor/", f"{base}/change/", f"{base}/delete/"):
        page = browser.get(url)
        assert page.status_code == 200
        assert device.key not in page.content.decode()
    assert browser.get(f"{base}/config/").status_code == browser.get(f"{base}/qrcode/").status_code == 302
    assert browser.post(f"{base}/change/", {"key": "0" * 40}).status_code == 403
    browser.post(f"{base}/delete/", {"post": "yes"})
    assert browser.get("/admin/").status_code == 302, "the session was the app's: it needs the new one"
    assert shown_secret(browser.get(PAGE)) != secret


def test_a_lost_telephone_of_the_only_one(browser: Client, secret: bytes) -> None:
    call_command("forget_second_factor", "helpdesk")
    assert shown_secret(browser.get(PAGE)) != secret
    with pytest.raises(CommandError):
        call_command("forget_second_factor", "nobody")

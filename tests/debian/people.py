"""People in browsers without a window: what the document leaves to the helpdesk, and what a garage then does."""

import re
from base64 import b32decode
from pathlib import Path

from django_otp.oath import TOTP

from planmanager.demo.browser import Browser, Page, Values
from tests.processes import until
from tests.stack.tab import REFRESH, TAB, photos, shown

LOGIN, SECOND_FACTOR, OPTIONS = "/login/", "/second-factor/", "/admin/constance/config/"


class Person:
    """At `url`, whose certificate is in the file `certificate`."""

    def __init__(self, url: str, certificate: Path) -> None:
        self.browser = Browser(url)
        self.browser.session.verify = str(certificate)

    def log_in(self, login: str, password: str) -> Page:
        """The page that follows the password."""
        form = self.browser.open(LOGIN).form(LOGIN)
        page = self.browser.send(form, {"username": login, "password": password})
        assert page.path != LOGIN, page.errors
        return page


class Garage(Person):
    """One of the staff."""

    def receives(self, mission: str, number: int) -> None:
        """Press Rafraîchir, and look until a mission is there, and so many photos more than before."""
        before = photos(self.browser)
        self.browser.send(self.browser.open(TAB).form(REFRESH))
        until(lambda: mission in shown(self.browser), "the mission is there")
        until(lambda: photos(self.browser) == before + number, "its photos are there")


class Helpdesk(Person):
    """The first of the helpdesk."""

    def sets_an_app_up(self, page: Page) -> None:
        """The second factor, on the page that follows the first password."""
        assert page.path == SECOND_FACTOR, page.path
        secret = re.sub(r"\s", "", "".join(page.one("code").itertext()))
        page = self.browser.send(page.form(SECOND_FACTOR), {"code": f"{TOTP(b32decode(secret)).token():06d}"})
        assert page.path != SECOND_FACTOR, page.errors

    def switches_claims360_on(self) -> None:
        """The option of the whole database."""
        self._fills_in(OPTIONS, {"CLAIMS360_ENABLED": "on"})

    def makes_a_repairer(self, site: str, name: str, mailbox_number: str) -> None:
        """And the site that it belongs to."""
        self._fills_in("/admin/repairers/site/add/", {"name": site})
        known = self._choices("/admin/repairers/repairer/add/", "site")
        values = {"site": known[site], "name": name, "mailbox_number": mailbox_number}
        self._fills_in("/admin/repairers/repairer/add/", values)

    def makes_a_user(self, login: str, password: str, site: str) -> None:
        """One of the staff of a site."""
        page = "/admin/repairers/user/add/"
        values = {
            "username": login,
            "password1": password,
            "password2": password,
            "sites": [self._choices(page, "sites")[site]],
        }
        self._fills_in(page, values)

    def _choices(self, path: str, field: str) -> dict[str, str]:
        return self.browser.open(path).form(path).choices(field)

    def _fills_in(self, path: str, values: Values) -> None:
        page = self.browser.send(self.browser.open(path).form(path), values)
        assert not page.errors, page.errors

"""PlanManager in a frame of another site, as docs/embed shows it: signed in by that program's accounts."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import FrameLocator, Page, Playwright, expect

from tests.browser.conftest import launched
from tests.browser.programs import ROOT, Site, serving_rows
from tests.run import WHOLE
from tests.security.provider import Provider, running_provider

pytestmark = pytest.mark.browser

TAB = "/claims360/"


@dataclass(frozen=True, slots=True)
class Dms:
    """The other program: the address of its page, the provider of its accounts, and the PlanManager in its frame."""

    url: str
    stranger: str  # the same page, of an origin that FRAME_ANCESTORS does not name
    provider: Provider
    site: Site

    def shown_in(self, page: Page) -> FrameLocator:
        page.goto(f"{self.url}/?planmanager={self.site.url}")
        return page.frame_locator("iframe")


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Not into the output of the tests."""


@pytest.fixture(scope="module")
def dms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dms]:
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(ROOT / "docs" / "embed")))
    thread = threading.Thread(target=pages.serve_forever, args=(0.02,))
    thread.start()
    url, stranger = (f"http://{host}:{pages.server_port}" for host in ("localhost", "127.0.0.1"))
    with running_provider("localhost") as provider:
        provider.people["anna"] = {"given_name": "Anna", "sites": ["Namur"]}
        settings = {**provider.environment, "FRAME_ANCESTORS": url, "FRAME_OF_OTHER_SITE": "true"}
        with serving_rows(tmp_path_factory.mktemp("frame"), **settings) as site:
            yield Dms(url, stranger, provider, site)
    pages.shutdown()
    thread.join()


@pytest.fixture
def page(playwright: Playwright) -> Iterator[Page]:
    """In a browser that gives other sites no cookies, but for those that are kept a jar a site; the shell gives all."""
    browser = launched(playwright, "--test-third-party-cookie-phaseout", among=WHOLE)
    yield browser.new_page()
    browser.close()


def test_this_browser_keeps_only_cookies_a_jar_a_site(page: Page, dms: Dms) -> None:
    """Else what follows would go well in it, and not in those of the garages."""
    kept = (
        dms.shown_in(page)
        .locator("body")
        .evaluate("""() => {
        document.cookie = "plain=yes; SameSite=None; Secure";
        document.cookie = "apart=yes; SameSite=None; Secure; Partitioned";
        return document.cookie;
    }""")
    )
    assert kept == "apart=yes"


def test_a_garage_works_in_the_frame_of_its_dms(page: Page, dms: Dms) -> None:
    frame = dms.shown_in(page)
    sign_in(page, frame)
    expect(frame.locator("#list")).to_be_visible()
    without_shell(frame)
    open_first_waiting(frame)
    without_shell(frame)
    frame.get_by_role("button", name="Accepter").click()
    expect(frame.locator("#messages .note.ok")).to_be_visible()
    without_shell(frame)
    frame.locator(f'main p a[href="{TAB}"]').click()
    expect(frame.locator("#list")).to_be_visible()
    without_shell(frame)


def test_links_to_a_mission_and_a_dossier_survive_the_sign_in(page: Page, dms: Dms) -> None:
    """The provider knows Anna already, so that nobody has to click; PlanManager forgets her before each link."""
    dms.provider.signed_in = "anna"
    frame = dms.shown_in(page)
    numbers = frame.locator("#list a.strong")
    first, second = (numbers.nth(at).inner_text() for at in range(2))
    dossier = str(dms.site.ids["dossier"])
    for form, number in (("#mission", first), ("#mission", second), ("#dossier", dossier)):
        page.locator(f"{form} input").fill(number)
        page.locator(f"{form} button").click()
        expect(frame.locator("h1")).to_contain_text(number)
        without_shell(frame)
        page.context.clear_cookies()


def test_a_page_that_the_setting_does_not_name_shows_nothing(page: Page, dms: Dms) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"{dms.stranger}/?planmanager={dms.site.url}")
    expect(page.frame_locator("iframe").locator("#main")).to_have_count(0)


def sign_in(page: Page, frame: FrameLocator) -> None:
    """In a window of its own, then on in the frame."""
    with page.expect_popup() as opened:
        frame.locator("a[target=_blank]").click()
    window = opened.value
    window.locator("[name=user]").fill("anna")
    window.get_by_role("button").click()
    expect(window.locator("#list")).to_be_visible()
    window.close()
    frame.locator('a[href^="/oidc/begin/"]:not([target])').click()


def open_first_waiting(frame: FrameLocator) -> None:
    """Filter by what waits, then open the first mission."""
    frame.locator('.frame a[href$="?state=waiting"]').click()
    expect(frame.locator(".frame a[aria-current]")).to_be_visible()
    mission = frame.locator("#list tr", has=frame.get_by_role("button", name="Accepter")).first.locator(
        "a.strong"
    )
    number = mission.inner_text()
    mission.click()
    expect(frame.locator("h1")).to_contain_text(number)


def without_shell(frame: FrameLocator) -> None:
    expect(frame.locator("main")).to_be_visible()
    expect(frame.locator("nav.side")).to_be_hidden()
    expect(frame.locator("header.top")).to_be_hidden()

"""A real chromium, the programs that it visits, who reads their pages, and where its pictures go."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from django.conf import settings
from django_otp.oath import TOTP
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from planmanager.demo.data import PASSWORD
from tests.browser.camera import take
from tests.browser.programs import ROOT, Demo, Site, running_demo, serving_rows
from tests.browser.rows_of_admin import FACTOR, HELPDESK
from tests.browser.watching import prepare_to_look, watch
from tests.processes import PATIENCE
from tests.run import CHROMIUM, WHOLE

pytest.register_assert_rewrite("tests.browser.matrix")  # what it finds is told

PICTURES = ROOT / "docs" / "screenshots"
Shot = Callable[[Page, str], None]


@dataclass(frozen=True, slots=True)
class Reader:
    """A page that somebody reads, and what went wrong in it."""

    page: Page
    troubles: list[str]


FindReader = Callable[[str, str], Reader]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="write the pictures of docs/screenshots anew")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=1000 * PATIENCE)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, pytestconfig: pytest.Config) -> Iterator[Browser]:
    pictured = pytestconfig.getoption("--screenshots", default=False)
    browser = launched(playwright, among=WHOLE if pictured else CHROMIUM)
    yield browser
    browser.close()


def launched(playwright: Playwright, *args: str, among: Sequence[str] = CHROMIUM) -> Browser:
    """A chromium of its own, the first `among` these that is installed, started with `args`."""
    path = next(filter(None, map(shutil.which, among)), None)
    assert path, "chromium is not installed"
    always = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no other way
    most = 1000 * PATIENCE
    browser = playwright.chromium.launch(executable_path=path, args=[*always, *args], timeout=most)
    browser.on("context", lambda context: context.set_default_timeout(most))
    return browser


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    # With a mail server, so that the preferences show all that can be chosen; nothing is sent without a worker.
    with serving_rows(tmp_path_factory.mktemp("rows"), EMAIL_URL="smtp://127.0.0.1:9") as site:
        yield site


@pytest.fixture(scope="session")
def find_reader(chromium: Browser, site: Site) -> Iterator[FindReader]:
    """Gives who is logged in as a user ("" for nobody) and reads a language; one page each, kept."""
    contexts: dict[str, BrowserContext] = {}
    readers: dict[str, Reader] = {}

    def find(user: str, language: str) -> Reader:
        if user not in readers:
            contexts[user] = chromium.new_context(base_url=site.url)
            prepare_to_look(contexts[user])
            readers[user] = reader_in(contexts[user], site, user)
        reads(contexts[user], site, language)
        readers[user].troubles.clear()
        return readers[user]

    yield find
    for context in contexts.values():
        context.close()


@pytest.fixture
def reader(chromium: Browser, site: Site) -> Iterator[Reader]:
    """Somebody of the garage in a session of their own, who reads French."""
    context = chromium.new_context(base_url=site.url)
    reads(context, site, "fr")
    reader = reader_in(context, site, "namur")
    yield reader
    reader.page.unroute_all(behavior="ignoreErrors")  # what a test still holds back ends with its page
    context.close()


def reads(context: BrowserContext, site: Site, language: str) -> None:
    name = settings.LANGUAGE_COOKIE_NAME
    context.add_cookies([{"name": name, "value": language, "url": site.url}])


def reader_in(context: BrowserContext, site: Site, user: str) -> Reader:
    page = context.new_page()
    troubles = watch(page, site.url)
    if user:
        page.goto("/login/")
        log_in(page, user)
    return Reader(page, troubles)


def log_in(page: Page, user: str) -> None:
    """Log in with the form that `page` shows, in whatever language."""
    fill_login(page, user, PASSWORD)
    if user == HELPDESK:
        page.locator("[name=code]").fill(f"{TOTP(bytes.fromhex(FACTOR)).token():06d}")
        page.locator("main button.main").click()
    page.wait_for_url("**/dossiers/")


def fill_login(page: Page, user: str, password: str) -> None:
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(password)
    page.locator("main button.main").click()


@pytest.fixture(scope="session")
def shot(pytestconfig: pytest.Config) -> Shot:
    """Writes what a page shows to docs/screenshots/; with --screenshots only."""
    if not pytestconfig.getoption("--screenshots", default=False):
        return lambda _page, _name: None
    shutil.rmtree(PICTURES, ignore_errors=True)
    return lambda page, name: take(page, PICTURES / f"{name}.webp")

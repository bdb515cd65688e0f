"""Every page in every language, wide, narrow and dark: nothing sticks out, no barrier, no error, no other host."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext

from dossiers.models import MissionState
from planmanager.demo.data import PASSWORD
from planmanager.help import PAGES as HELP
from tests.browser.programs import Site, serving_rows
from tests.browser.watching import barriers, too_wide, watch

pytestmark = pytest.mark.browser

WIDTHS = (1280, 360)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
STATES = [*MissionState.values, "set_aside", "all"]
PAGES = {
    "claims360": "/claims360/",
    **{f"claims360, {state}": f"/claims360/?state={state}" for state in STATES},
    "claims360, nothing fits": "/claims360/?plate=nothing-like-it",
    "mission that waits": "/claims360/missions/{waiting}/",
    "mission of two dossiers": "/claims360/missions/{several}/",
    "mission in a dossier": "/claims360/missions/{linked}/",
    "link": "/claims360/missions/{several}/link/",
    "deny": "/claims360/missions/{waiting}/deny/",
    "configure": "/claims360/configure/?repairer={unlinked}",
    "configured": "/claims360/configure/?repairer={configured}",
    "i": "/claims360/dossiers/{dossier}/send/",
    "dossiers": "/dossiers/",
    "dossiers, nothing fits": "/dossiers/?plate=nothing-like-it",
    "new dossier": "/dossiers/new/",
    "dossier": "/dossiers/{dossier}/",
    "dossier, edit": "/dossiers/{dossier}/edit/",
    "move": "/dossiers/{dossier}/missions/{linked}/move/",
    "undo": "/dossiers/{dossier}/missions/{linked}/undo/",
    "deny a quote": "/dossiers/{dossier}/quotes/{quote}/deny/",
    "orders": "/commandes/",
    **{f"help, {page.slug}": f"/aide/{page.slug}/" for page in HELP},
}
Opener = Callable[[str, str], BrowserContext]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving_rows(tmp_path_factory.mktemp("rows")) as site:
        yield site


@pytest.fixture(scope="module")
def reader(chromium: Browser, site: Site) -> Iterator[Opener]:
    """Gives the browser of a user who reads a language; each user logs in once."""
    states: dict[str, dict] = {"": {}}
    opened: dict[tuple[str, str], BrowserContext] = {}

    def read(user: str, language: str) -> BrowserContext:
        if user not in states:
            states[user] = logged_in(chromium, site, user)
        if (user, language) not in opened:
            context = chromium.new_context(base_url=site.url, storage_state=states[user])
            context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": site.url}])
            opened[user, language] = context
        return opened[user, language]

    yield read
    for context in opened.values():
        context.close()


def logged_in(chromium: Browser, site: Site, user: str) -> dict:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/login/")
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main button.main").click()
    page.wait_for_url("**/dossiers/")
    state = context.storage_state()
    context.close()
    return state


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page(reader: Opener, site: Site, name: str, language: str) -> None:
    page = reader("namur", language).new_page()
    troubles = watch(page, site.url)
    page.goto(PAGES[name].format(**site.ids))
    assert page.locator("html").get_attribute("lang") == language
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert too_wide(page) == []
        assert barriers(page) == []
    page.close()
    assert troubles == []

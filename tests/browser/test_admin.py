"""The helpdesk's admin, held to what every page is: in each language, wide, narrow, enlarged, dark, with mistakes."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.contrib import admin
from playwright.sync_api import Page, expect

from tests.browser.conftest import FindReader, Reader, reads
from tests.browser.matrix import (
    LANGUAGES,
    assert_well,
    assert_well_by_keyboard,
    assert_well_in,
    assert_well_once,
    each_in_turn,
    languages_of,
)
from tests.browser.programs import Site
from tests.browser.rows_of_admin import HELPDESK
from tests.browser.watching import missed_by_tab, untold

pytestmark = pytest.mark.browser

MODELS = sorted(f"{model._meta.app_label}/{model._meta.model_name}" for model in admin.site._registry)
APART = {"constance/config", "repairers/repairer"}  # a page of its own; visited first, with its history
# Where a list leads: to its first row, to what adds one; a row to what deletes it.
LEADS_ON = """(names) => [...document.querySelectorAll(names)]
    .map((link) => new URL(link.href).pathname).filter((path) => path.startsWith("/admin/"))"""
NEXT = "#result_list tbody tr:first-child th a, .object-tools .addlink, a.deletelink"
HISTORY = ".object-tools .historylink"
OTHER_PAGES = [
    "/admin/",
    "/admin/dossiers/",
    "/admin/password_change/",
    "/admin/repairers/user/{namur}/password/",
    "/admin/repairers/site/add/?_popup=1",
    "/admin/dossiers/mission/?q=nothing-like-it",
    "/admin/dossiers/mission/?state__exact=waiting&_facets=True&o=-1",
    "/admin/repairers/failedlogin/",
    "/admin/claims360_link/configuration/{configuration}/reset/",
    "/admin/constance/config/",
]
BY_TAB = [  # one of each kind: the front page, a list that is edited, with actions, a form, one to read, the options
    "/admin/",
    "/admin/dossiers/denyreason/",
    "/admin/dossiers/transmission/",
    "/admin/repairers/user/{namur}/change/",
    "/admin/claims360_link/configuration/{configuration}/change/",
    "/admin/claims360_link/configuration/{configuration}/reset/",
    "/admin/constance/config/",
]
FILLED_IN = {  # the page, and with which mistakes
    "repairers/user/add/": {"username": "not a name", "password1": "1", "password2": "2"},
    "repairers/site/add/": {"name": "", "repairers-0-mailbox_number": "1"},
    "repairers/integration/add/": {"username": "not a name"},
    "repairers/apitoken/add/": {"expires_at_0": "31/02/2026", "expires_at_1": "25:00"},
    "dossiers/denyreason/add/": {"text_fr": "", "position": "-1"},
    "dossiers/denyreason/": {"form-0-position": "-1"},
    "dossiers/winformextoken/add/": {},
    "claims360_link/configuration/{configuration}/reset/": {},
}


@pytest.fixture
def language() -> str:
    """Of a test that says no other."""
    return settings.LANGUAGE_CODE


@pytest.fixture
def helpdesk(find_reader: FindReader, language: str) -> Iterator[Reader]:
    """Their one page; what is seen in another language is put back."""
    reader = find_reader(HELPDESK, language)
    yield reader
    assert reader.troubles == []


def assert_all_well(page: Page, site: Site) -> None:
    """In each language, and by the keyboard."""
    assert_well(page)
    assert_well_by_keyboard(page)
    for language in LANGUAGES:
        if language != settings.LANGUAGE_CODE:
            reads(page.context, site, language)
            page.reload()
            assert_well_in(language, page)
    reads(page.context, site, settings.LANGUAGE_CODE)


@pytest.mark.parametrize("name", [name for name in MODELS if name not in APART])
def test_pages_of(helpdesk: Reader, site: Site, name: str) -> None:
    """The list, what can be added, the first row and what can be done with it."""
    assert_well_from(helpdesk.page, site, f"/admin/{name}/", NEXT)


def test_pages_of_a_repairer(helpdesk: Reader, site: Site) -> None:
    """The same, with the history, which looks alike for all."""
    assert_well_from(helpdesk.page, site, "/admin/repairers/repairer/", f"{NEXT}, {HISTORY}")


@pytest.mark.parametrize("path", BY_TAB)
def test_tab_comes_to_everything_and_is_held_nowhere(helpdesk: Reader, site: Site, path: str) -> None:
    helpdesk.page.set_viewport_size({"width": 1280, "height": 900})
    helpdesk.page.goto(path.format(**site.ids))
    assert missed_by_tab(helpdesk.page) == []


def assert_well_from(page: Page, site: Site, path: str, links: str) -> None:
    visited = [path]
    for one in visited:  # which grows as they lead on
        page.goto(one)
        found = page.evaluate(LEADS_ON, links)
        visited += [other for other in found if other not in visited]
        assert_all_well(page, site)


@pytest.mark.parametrize("path", OTHER_PAGES)
def test_page(helpdesk: Reader, site: Site, path: str) -> None:
    helpdesk.page.goto(path.format(**site.ids))
    assert_all_well(helpdesk.page, site)


@pytest.mark.parametrize(("path", "language"), each_in_turn(FILLED_IN))
def test_mistakes_are_tied_to_their_fields(helpdesk: Reader, site: Site, path: str, language: str) -> None:
    page = helpdesk.page
    page.goto(f"/admin/{path}".format(**site.ids))
    for field, text in FILLED_IN[path].items():
        page.locator(f"[name={field}]").fill(text)
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("main input[type=submit]").last.click()
    expect(page.locator("[aria-invalid=true]")).not_to_have_count(0)
    assert untold(page) == []
    assert_well_once(language, page)


@pytest.mark.parametrize("language", languages_of("options"))
def test_options_with_a_mistake_and_with_what_they_would_do(helpdesk: Reader, language: str) -> None:
    page = helpdesk.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/admin/constance/config/")
    rules = page.get_by_label("INFORMEX_EXCLUDES")
    rules.fill("nothing = *")
    page.locator("[name=_save]").click()
    expect(page.locator(".errorlist")).to_be_visible()
    assert untold(page) == []
    assert_well_once(language, page)
    rules.fill("make = Volkswagen")
    page.locator("[name=_preview]").click()
    expect(page.locator("#preview")).to_contain_text("make = Volkswagen")
    assert_well_once(language, page)


@pytest.mark.parametrize("language", languages_of("many are deleted"))
def test_many_are_deleted_after_a_question(helpdesk: Reader, language: str) -> None:
    page = helpdesk.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/admin/repairers/failedlogin/")
    page.locator("#action-toggle").check()
    page.locator(".actions .question a").click()
    expect(page.locator(".actions .clear")).to_be_visible()
    assert_well(page)
    page.locator("[name=action]").select_option("delete_selected")
    page.locator(".actions button").click()
    expect(page.locator("body.delete-selected-confirmation")).to_be_visible()
    assert_well_once(language, page)


@pytest.mark.parametrize("language", languages_of("after an action"))
def test_what_is_said_after_an_action(helpdesk: Reader, language: str) -> None:
    """That nothing was chosen; that a sending can't be tried again; that another one is, where one still needs it."""
    page = helpdesk.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/admin/dossiers/transmission/?state__exact=needs_person")
    need_it = page.locator(
        "#result_list tbody tr"
    ).count()  # in the first language one, which is then tried again
    page.goto("/admin/dossiers/transmission/")
    page.locator(".actions button").click()
    expect(page.locator(".messagelist")).to_be_visible()
    assert_well(page)
    page.locator("#action-toggle").check()
    page.locator("[name=action]").select_option("try_again")
    page.locator(".actions button").click()
    expect(page.locator(".messagelist .warning")).not_to_have_count(0)
    expect(page.locator(".messagelist .success")).to_have_count(need_it)
    assert_well_once(language, page)


@pytest.mark.parametrize(
    ("path", "language"), each_in_turn(["dossiers/winformextoken", "repairers/apitoken"])
)
def test_a_token_is_shown_once(helpdesk: Reader, path: str, language: str) -> None:
    page = helpdesk.page
    page.goto(f"/admin/{path}/add/")
    page.locator("[name=repairer], [name=integration]").select_option(index=1)
    page.locator("[name=_save]").click()
    expect(page.locator("main code")).to_be_visible()
    assert_well_once(language, page)


@pytest.mark.parametrize(("user", "language"), each_in_turn(["", "namur"]))
def test_who_is_not_of_the_helpdesk_is_asked_to_log_in(
    find_reader: FindReader, user: str, language: str
) -> None:
    reader = find_reader(user, language)
    reader.page.goto("/admin/login/")
    assert_well_once(language, reader.page)
    assert reader.troubles == []

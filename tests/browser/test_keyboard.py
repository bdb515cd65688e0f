"""With the keyboard alone: the focus goes into the popup, stays there, and comes back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Reader
from tests.browser.matrix import SOAK
from tests.browser.programs import Site
from tests.browser.test_pages import PAGES
from tests.browser.watching import missed_by_tab

pytestmark = pytest.mark.browser

BY_TAB = ["/dossiers/{dossier}/", "/commandes/", "/communication/"]  # with SOAK=1 every page
# Behind the last button comes the browser's own bar; the page then has the focus nowhere.
IN_POPUP_OR_OUTSIDE_THE_PAGE = (
    "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
)


def popup(page: Page) -> Locator:
    return page.get_by_role("dialog")


def expect_focus_inside(page: Page) -> None:
    expect(popup(page).locator(":focus")).to_have_count(1)


@pytest.mark.parametrize("path", PAGES.values() if SOAK else BY_TAB)
def test_tab_comes_to_everything_and_is_held_nowhere(reader: Reader, site: Site, path: str) -> None:
    reader.page.goto(path.format(**site.ids))
    assert missed_by_tab(reader.page) == []


def test_popup_of_the_repairer_menu(reader: Reader) -> None:
    page = reader.page
    page.goto("/claims360/")
    menu = page.get_by_label("Importer pour")
    menu.focus()
    page.keyboard.type("Insypro")
    expect(popup(page)).to_be_visible()
    expect_focus_inside(page)
    page.keyboard.press("Escape")
    expect(popup(page)).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_count_that_filters_keeps_the_focus(reader: Reader) -> None:
    """Though the frame that it stands in is swapped: who goes by Tab goes on to the list, not from the top again."""
    page = reader.page
    page.goto("/claims360/")
    count = page.get_by_role("link", name=re.compile("^En attente"))
    count.focus()
    page.keyboard.press("Enter")
    expect(count).to_have_attribute("aria-current", "true")
    expect(count).to_be_focused()


def test_tab_stays_in_the_popup(reader: Reader) -> None:
    page = reader.page
    page.goto("/claims360/")
    page.get_by_label("Importer pour").select_option("Insypro")
    expect_focus_inside(page)
    for label in ("Identifiant de l'atelier de carrosserie", "Clé Api Bodyshop", "Clé Api PlanManager"):
        page.keyboard.press("Tab")
        expect(popup(page).get_by_label(label)).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(IN_POPUP_OR_OUTSIDE_THE_PAGE)


def test_a_mistake_takes_the_focus_to_its_field(reader: Reader) -> None:
    page = reader.page
    page.goto("/claims360/")
    page.get_by_label("Importer pour").select_option("Insypro")
    popup(page).get_by_label("Clé Api Bodyshop").fill("b" * 53)
    page.keyboard.press("Enter")
    mistake = popup(page).get_by_label("Clé Api PlanManager")
    expect(mistake).to_be_focused()
    expect(mistake).to_have_accessible_description(re.compile("Veuillez remplir ce champ"))


def test_what_is_behind_the_dots(reader: Reader, site: Site) -> None:
    page = reader.page
    page.goto("/claims360/")
    row = page.locator("tr[data-mission]").filter(
        has=page.locator(f"a[href='/claims360/missions/{site.ids['waiting']}/deny/']")
    )
    dots, deny = row.locator("summary"), row.get_by_role("link", name="Refuser")
    dots.focus()
    page.keyboard.press("Enter")
    expect(deny).to_be_visible()
    page.keyboard.press("Escape")
    expect(deny).to_be_hidden()
    expect(dots).to_be_focused()
    page.keyboard.press("Enter")
    deny.focus()
    page.keyboard.press("Enter")
    expect(popup(page)).to_be_visible()
    expect_focus_inside(page)
    page.keyboard.press("Escape")
    expect(popup(page)).to_be_hidden()
    expect(dots).to_be_focused()
    assert reader.troubles == []

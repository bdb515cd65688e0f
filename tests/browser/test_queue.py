"""The queue as a working list: by the keyboard alone, many at once, and each decision taken back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Reader
from tests.browser.programs import Site
from tests.browser.waiting import anew
from tests.browser.watching import barriers

pytestmark = pytest.mark.browser

QUEUE = "/claims360/?state=waiting"


def row_of(page: Page, site: Site) -> Locator:
    deny = f"a[href='/claims360/missions/{site.ids['waiting']}/deny/']"
    return page.locator("tr[data-mission]").filter(has=page.locator(deny))


def waiting(page: Page) -> int:
    found = re.match(r"\((\d+)\) Claims360", page.title())
    return int(found[1]) if found else 0


def go_to(page: Page, row: Locator) -> None:
    """Down the list with j until the row has the focus."""
    for _ in range(page.locator("tr[data-mission]").count()):
        page.keyboard.press("j")
        if row.evaluate("row => row === document.activeElement"):
            return
    raise AssertionError("no such row")


def test_accept_deny_and_undo_by_keys(reader: Reader, site: Site) -> None:
    page, row = reader.page, row_of(reader.page, site)
    page.goto(QUEUE)
    before = waiting(page)
    go_to(page, row)
    page.keyboard.press("a")
    expect(row).to_have_count(0)
    expect(page.locator("#messages")).to_contain_text("est dans le dossier")
    expect(page).to_have_title(re.compile(rf"^\({before - 1}\) Claims360|^Claims360"))
    expect(page.locator("tr[data-mission]:focus")).to_have_count(1)
    page.keyboard.press("u")
    expect(row).to_have_count(1)
    expect(page).to_have_title(re.compile(rf"^\({before}\) Claims360"))
    go_to(page, row)
    page.keyboard.press("d")
    popup = page.get_by_role("dialog")
    popup.get_by_role("radio", name="Pas de capacité à l'atelier").check()
    popup.get_by_role("textbox").fill("jaune")  # letters that are typed are no keys
    popup.get_by_role("button", name="Refuser").click()
    expect(row).to_have_count(0)
    page.locator("#messages").get_by_role("button", name="Annuler").click()
    expect(row).to_have_count(1)
    assert reader.troubles == []


def test_many_at_once(reader: Reader, site: Site) -> None:
    page, row = reader.page, row_of(reader.page, site)
    page.goto(QUEUE)
    go_to(page, row)
    page.keyboard.press("x")
    expect(row.get_by_role("checkbox")).to_be_checked()
    page.get_by_role("button", name="Refuser les lignes choisies…").click()
    popup = page.get_by_role("dialog")
    expect(popup).to_be_visible()
    assert barriers(page) == []
    popup.get_by_role("radio", name="Double d'une autre mission").check()
    popup.get_by_role("button", name="Refuser").click()
    expect(page.locator("#messages")).to_contain_text("1 ligne est refusée.")
    expect(row).to_have_count(0)
    page.keyboard.press("u")
    expect(row).to_have_count(1)
    assert reader.troubles == []


def test_the_filter_counts_what_the_frame_counts(reader: Reader, site: Site) -> None:
    page, row = reader.page, row_of(reader.page, site)
    page.goto(QUEUE)
    before = waiting(page)
    chosen = page.locator("#id_state option:checked")
    expect(chosen).to_have_text(f"en attente ({before})")
    row.get_by_role("button", name="Accepter", exact=True).click()
    expect(row).to_have_count(0)
    expect(chosen).to_have_text(f"en attente ({before - 1})")
    page.locator("#messages [data-undo] button").click()
    expect(row).to_have_count(1)
    expect(chosen).to_have_text(f"en attente ({before})")


def test_nothing_is_done_to_many_before_one_is_chosen(reader: Reader, site: Site) -> None:
    page, row = reader.page, row_of(reader.page, site)
    accept = page.get_by_role("button", name="Accepter les lignes choisies")
    page.goto(QUEUE)
    expect(accept).to_be_hidden()
    row.get_by_role("checkbox").check()
    expect(accept).to_be_visible()
    expect(page.locator("#many output")).to_have_text("Choisies : 1")
    expect(page.locator("#sort")).to_be_hidden()  # what can be done has taken its place
    with anew(page.locator("#list")):
        page.evaluate("htmx.trigger(document.body, 'list-changed')")
    expect(page.locator("#many output")).to_have_text("Choisies : 1")
    expect(row.get_by_role("checkbox")).to_be_checked()
    row.get_by_role("checkbox").uncheck()
    expect(accept).to_be_hidden()
    page.get_by_label("Tout choisir").check()
    expect(accept).to_be_visible()
    assert reader.troubles == []


def test_who_goes_on_before_the_window_has_quite_gone_keeps_the_focus(reader: Reader) -> None:
    page = reader.page
    page.goto(QUEUE)
    page.locator("#keys").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("""new Promise((gone) => {
        const dialog = document.getElementById("dialog");
        dialog.addEventListener("close", () => setTimeout(gone));
        dialog.close();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "j", bubbles: true }));
    })""")
    expect(page.locator("tr[data-mission]").first).to_be_focused()


def test_the_keys_are_listed_and_can_be_switched_off(reader: Reader) -> None:
    page = reader.page
    page.goto(QUEUE)
    page.keyboard.press("?")
    popup = page.get_by_role("dialog")
    expect(popup).to_be_visible()
    assert barriers(page) == []
    popup.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    expect(popup).to_be_hidden()
    page.keyboard.press("j")
    expect(page.locator("tr[data-mission]:focus")).to_have_count(0)
    page.locator("#keys").click()
    expect(popup.get_by_role("checkbox")).not_to_be_checked()
    popup.get_by_role("checkbox").check()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("tr[data-mission]:focus")).to_have_count(1)
    assert reader.troubles == []

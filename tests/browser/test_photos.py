"""Photos as staff work with them: looked at by keys, chosen by range, added several at once."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Reader, reader_in, reads
from tests.browser.programs import Site
from tests.browser.watching import barriers

pytestmark = pytest.mark.browser

SIZE = "async (img) => { await img.decode(); return [img.naturalWidth, img.naturalHeight] }"
INSIDE = """(img) => {
    const [inner, outer] = [img, img.parentElement].map((element) => element.getBoundingClientRect());
    return inner.height <= outer.height && inner.width <= outer.width;
}"""


def popup(page: Page) -> Locator:
    return page.get_by_role("dialog")


# --- looked at


def test_paging_through_the_photos_by_keys(reader: Reader, site: Site) -> None:
    page = reader.page
    page.goto(f"/dossiers/{site.ids['album']}/")
    opener = page.locator("#photos a", has=page.get_by_alt_text("album-2.jpg"))
    opener.click()
    expect(popup(page).get_by_role("heading")).to_have_text("Photo 2 sur 6")
    for key, number in (("ArrowRight", 3), ("End", 6), ("ArrowRight", 6), ("ArrowLeft", 5), ("Home", 1)):
        page.keyboard.press(key)
        expect(popup(page).get_by_role("heading")).to_have_text(f"Photo {number} sur 6")
    expect(popup(page)).to_contain_text("envoyée")
    page.keyboard.press("Escape")
    expect(popup(page)).to_be_hidden()
    expect(opener).to_be_focused()
    assert reader.troubles == []


def test_paging_with_a_button_keeps_the_focus_on_it(reader: Reader, site: Site) -> None:
    page = reader.page
    page.goto(f"/dossiers/{site.ids['album']}/")
    page.locator("#photos a", has=page.get_by_alt_text("album-1.jpg")).click()
    step = popup(page).get_by_role("link", name="Photo suivante")
    for number in (2, 3):
        step.focus()
        page.keyboard.press("Enter")
        expect(popup(page).get_by_role("heading")).to_have_text(f"Photo {number} sur 6")
        expect(step).to_be_focused()


def test_a_photo_stored_on_its_side_stands_upright_over_the_whole_screen(reader: Reader, site: Site) -> None:
    page = reader.page
    page.goto(f"/dossiers/{site.ids['album']}/")
    page.locator("#photos a", has=page.get_by_alt_text("album-3.jpg")).click()
    picture = popup(page).get_by_alt_text("album-3.jpg")
    expect(picture).to_be_visible()
    width, height = picture.evaluate(SIZE)
    assert (width, height) == (960, 1280)
    assert popup(page).evaluate("(box) => [box.offsetWidth, box.offsetHeight]") == page.evaluate(
        "[innerWidth, innerHeight]"
    )
    assert picture.evaluate(INSIDE), "all of it is seen"
    assert barriers(page) == []


def test_paging_without_javascript(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    reads(context, site, "fr")
    page = reader_in(context, site, "namur").page
    page.goto(f"/dossiers/{site.ids['album']}/")
    page.locator("#photos a", has=page.get_by_alt_text("album-1.jpg")).click()
    page.get_by_role("link", name="Photo suivante").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Photo 2 sur 6")
    page.get_by_role("link", name=f"Dossier {site.ids['album']}").click()
    page.wait_for_url(f"**/dossiers/{site.ids['album']}/#photos")
    page.goto(f"/claims360/dossiers/{site.ids['album']}/send/")
    page.get_by_role("link", name="Toutes les photos pas encore envoyées").click()
    assert ticked(page) == [3, 4, 5, 6]
    context.close()


# --- chosen


def ticked(page: Page) -> list[int]:
    """The numbers of the photos that are chosen, from 1."""
    boxes = page.locator(".choosing [type=checkbox]").all()
    return [number for number, box in enumerate(boxes, 1) if box.is_checked()]


@pytest.fixture
def choosing(reader: Reader, site: Site) -> Page:
    """The "i" of the album, opened on its dossier."""
    reader.page.goto(f"/dossiers/{site.ids['album']}/")
    reader.page.get_by_role("link", name="Envoyer vers Claims360").click()
    expect(popup(reader.page).locator(".choosing output")).to_contain_text("0 sur 6")
    return reader.page


def test_a_range_by_mouse(choosing: Page) -> None:
    boxes, told = popup(choosing).locator(".choosing [type=checkbox]"), popup(choosing).locator("output")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    assert ticked(choosing) == [2, 3, 4, 5]
    expect(told).to_contain_text("4 sur 6")
    boxes.nth(3).click(modifiers=["Shift"])
    assert ticked(choosing) == [2, 3]


def test_a_range_on_the_pictures_themselves(choosing: Page) -> None:
    pictures = popup(choosing).locator(".choosing img")
    pictures.nth(5).click()
    pictures.nth(3).click(modifiers=["Shift"])
    assert ticked(choosing) == [4, 5, 6]


def test_a_range_by_keyboard(choosing: Page) -> None:
    popup(choosing).locator(".choosing [type=checkbox]").first.focus()
    choosing.keyboard.press("ArrowRight")
    choosing.keyboard.press("Space")
    choosing.keyboard.press("Shift+ArrowRight")
    choosing.keyboard.press("Shift+ArrowDown")
    assert ticked(choosing) == [2, 3, 4]


def test_all_that_were_not_sent_yet_and_none(choosing: Page) -> None:
    popup(choosing).get_by_role("link", name="Toutes les photos pas encore envoyées").click()
    assert ticked(choosing) == [3, 4, 5, 6]
    expect(popup(choosing).locator("output")).to_contain_text("4 sur 6")
    expect(popup(choosing).locator("output")).to_contain_text("Mo")
    popup(choosing).get_by_role("button", name="Aucune").click()
    assert ticked(choosing) == []

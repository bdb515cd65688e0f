"""Photos as staff work with them: looked at by keys, chosen by range, added several at once."""

import pytest
from playwright.sync_api import APIResponse, Browser, FilePayload, Locator, Page, Route, expect

from tests.browser.conftest import Reader, reader_in, reads
from tests.browser.programs import Site
from tests.browser.watching import barriers
from tests.dossiers import pictures

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


AS_SOON_AS_IT_IS_THERE = """(key) => document.addEventListener("htmx:afterSwap", () => setTimeout(() =>
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }))), { once: true })"""


def test_a_key_that_comes_as_soon_as_the_photo_is_there_leads_to_no_other_page(
    reader: Reader, site: Site
) -> None:
    """Until htmx has looked through what it brought, a link there is a plain link."""
    page = reader.page
    page.goto(f"/dossiers/{site.ids['album']}/")
    page.evaluate(AS_SOON_AS_IT_IS_THERE, "ArrowRight")
    page.locator("#photos a", has=page.get_by_alt_text("album-1.jpg")).click()
    expect(popup(page).get_by_role("heading")).to_have_text("Photo 2 sur 6")


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
    page.get_by_role("button", name="Toutes les photos pas encore envoyées").click()
    assert ticked(page) == [3, 4, 5, 6]
    context.close()


# --- chosen


def ticked(page: Page) -> list[int]:
    """The numbers of the photos that are chosen, from 1."""
    page.wait_for_load_state()
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
    popup(choosing).get_by_role("button", name="Toutes les photos pas encore envoyées").click()
    assert ticked(choosing) == [3, 4, 5, 6]
    expect(popup(choosing).locator("output")).to_contain_text("4 sur 6")
    expect(popup(choosing).locator("output")).to_contain_text("Mo")
    popup(choosing).get_by_role("button", name="Aucune").click()
    assert ticked(choosing) == []


# --- added


def photo_file(name: str, number: int) -> FilePayload:
    content = pictures.jpeg(size=(640, 480), exif=pictures.exif(1), quality=60 + number)
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


@pytest.fixture
def filling(reader: Reader, site: Site) -> Page:
    """A dossier to add photos to."""
    reader.page.goto(f"/dossiers/{site.ids['uploads']}/")
    return reader.page


def add(page: Page, *files: FilePayload) -> None:
    page.locator("#photos [name=photos]").set_input_files(list(files))
    page.get_by_role("button", name="Ajouter des photos").click()


def test_several_at_once_each_told_by_itself(filling: Page) -> None:
    """One of them is no photo: it says why beside its name, the others are in the grid without a reload."""
    filling.evaluate("window.stillHere = true")
    note = {"name": "note.jpg", "mimeType": "image/jpeg", "buffer": b"no photo"}
    add(filling, photo_file("front.jpg", 1), note, photo_file("rear.jpg", 2))
    for name in ("front.jpg", "rear.jpg"):
        expect(filling.locator("#photo-grid").get_by_alt_text(name)).to_be_visible()
    (refused,) = filling.locator("#uploads li").all()
    expect(refused).to_contain_text("note.jpg")
    expect(refused.locator(".bad")).to_have_text("Ce fichier n'est pas une photo.")
    assert barriers(filling) == []
    refused.get_by_role("button", name="Fermer").click()
    expect(filling.locator("#uploads li")).to_have_count(0)
    assert filling.evaluate("window.stillHere")


def test_the_last_of_several_is_shown_though_the_grid_was_still_being_read(filling: Page) -> None:
    """The grid is read anew after each photo; the answer from before the last one comes late."""
    answers: list[APIResponse] = []

    def late(route: Route) -> None:
        answers.append(route.fetch())
        if len(answers) == 1:
            filling.wait_for_timeout(1_500)
        route.fulfill(response=answers[-1])

    filling.route(lambda url: "/dossiers/" in url and "photos" not in url, late)
    add(filling, photo_file("first.jpg", 21), photo_file("second.jpg", 22), photo_file("third.jpg", 23))
    for name in ("first.jpg", "second.jpg", "third.jpg"):
        expect(filling.locator("#photo-grid").get_by_alt_text(name)).to_be_visible()
    filling.unroute_all(behavior="wait")


def test_without_a_connection_they_wait_for_it_and_go_on_by_themselves(filling: Page) -> None:
    filling.context.set_offline(True)
    add(filling, photo_file("one.jpg", 3), photo_file("two.jpg", 4))
    (one,) = filling.locator("#uploads li").all()
    expect(one).to_contain_text("ne peut pas être joint pour le moment")
    expect(filling.locator("#upload-batch")).to_have_text("0 sur 2 photos traitées")
    assert barriers(filling) == []
    filling.context.set_offline(False)
    for name in ("one.jpg", "two.jpg"):
        expect(filling.locator("#photo-grid").get_by_alt_text(name)).to_be_visible()
    expect(filling.locator("#upload-batch")).to_be_hidden()
    expect(filling.locator("#uploads li")).to_have_count(0)


def test_what_failed_is_told_and_tried_again(filling: Page) -> None:
    filling.route("**/photos/", lambda route: route.fulfill(status=500), times=1)
    add(filling, photo_file("three.jpg", 11), photo_file("four.jpg", 12))
    expect(filling.locator("#photo-grid").get_by_alt_text("four.jpg")).to_be_visible()
    three = filling.locator("#uploads li")
    expect(three).to_contain_text("PlanManager n'a pas répondu")
    three.get_by_role("button", name="Réessayer").click()
    expect(filling.locator("#photo-grid").get_by_alt_text("three.jpg")).to_be_visible()


# However late whoever looks: every value that the bar was given is noted.
NOTE = """() => {
    const own = Object.getOwnPropertyDescriptor(HTMLProgressElement.prototype, "value");
    window.shown = [];
    Object.defineProperty(HTMLProgressElement.prototype, "value", {
        ...own, set(value) { window.shown.push(value); own.set.call(this, value); },
    });
}"""


def test_progress_moves_on_a_slow_connection(filling: Page) -> None:
    wire = filling.context.new_cdp_session(filling)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 200_000}  # ms, B/s
    wire.send("Network.emulateNetworkConditions", slow)
    large = pictures.jpeg(size=(1600, 1200), exif=pictures.exif(1), quality=95)
    filling.evaluate(NOTE)
    add(filling, {"name": "large.jpg", "mimeType": "image/jpeg", "buffer": large})
    expect(filling.locator("#photo-grid").get_by_alt_text("large.jpg")).to_be_visible()
    assert [part for part in filling.evaluate("window.shown") if 0 < part < 1]


DROP = """([name, bytes]) => {
    const brought = new DataTransfer();
    brought.items.add(new File([new Uint8Array(bytes)], name, { type: "image/jpeg" }));
    for (const type of ["dragover", "drop"]) {
        const told = { dataTransfer: brought, bubbles: true, cancelable: true };
        document.querySelector("#photo-grid").dispatchEvent(new DragEvent(type, told));
    }
}"""


def test_dropped_on_the_grid(filling: Page) -> None:
    filling.evaluate(DROP, ["dropped.jpg", list(photo_file("", 5)["buffer"])])
    expect(filling.locator("#photo-grid").get_by_alt_text("dropped.jpg")).to_be_visible()


def test_from_the_camera_of_a_phone(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, has_touch=True, is_mobile=True)
    reads(context, site, "fr")
    page = reader_in(context, site, "namur").page
    page.goto(f"/dossiers/{site.ids['uploads']}/")
    expect(page.get_by_text("Prendre une photo")).to_be_visible()
    page.locator("#photos [capture]").set_input_files([photo_file("camera.jpg", 6)])
    expect(page.locator("#photo-grid").get_by_alt_text("camera.jpg")).to_be_visible()
    context.close()


def test_several_without_javascript(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    reads(context, site, "fr")
    page = reader_in(context, site, "namur").page
    page.goto(f"/dossiers/{site.ids['uploads']}/")
    add(page, photo_file("plain-1.jpg", 7), photo_file("plain-2.jpg", 8))
    for name in ("plain-1.jpg", "plain-2.jpg"):
        expect(page.locator("#photos").get_by_alt_text(name)).to_be_visible()
    context.close()


def test_before_beside_after(filling: Page) -> None:
    filling.get_by_label("Catégorie").select_option("damage")
    add(filling, photo_file("dent.jpg", 9))
    expect(filling.locator("#photo-grid").get_by_alt_text("dent.jpg")).to_be_visible()
    add(filling, photo_file("done.jpg", 10))
    filling.locator("#photo-grid a", has=filling.get_by_alt_text("done.jpg")).click()
    popup(filling).get_by_label("Catégorie").select_option("repaired")
    popup(filling).get_by_role("button", name="Appliquer").click()
    expect(popup(filling)).to_contain_text("Après la réparation ·")
    filling.keyboard.press("Escape")
    filling.get_by_role("link", name="Avant et après").click()
    for stage, name in (("Avant la réparation", "dent.jpg"), ("Après la réparation", "done.jpg")):
        section = filling.locator(".stages section", has=filling.get_by_role("heading", name=stage))
        expect(section.get_by_alt_text(name)).to_be_visible()
    assert barriers(filling) == []

"""The user documentation as one walk through the demo: from the first login to what Claims360 received."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from claims360_link.sandbox import drawing
from planmanager.demo.data import PASSWORD
from tests.browser.conftest import Shot
from tests.browser.programs import Demo
from tests.browser.waiting import follow, note_what_it_says
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

REPAIRER, BODYSHOP_ID = "Carrosserie Demo", "475869429"
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 800}
MILEAGE = "84210"  # km
SCENES = ("front", "side", "damage")
CHOSEN = ("front", "damage")


@pytest.fixture
def planmanager(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """The first tab; a second one of the same browser may use the clipboard too."""
    context = chromium.new_context(base_url=demo.web, viewport=WIDE, locale="fr-BE")
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context.new_page()
    context.close()


def test_the_walk_of_the_user_documentation(planmanager: Page, demo: Demo, shot: Shot) -> None:
    log_in(planmanager, shot)
    open_popup(planmanager, shot)
    claims360 = planmanager.context.new_page()
    keys = copy_keys(claims360, demo, shot)
    configure(planmanager, keys, shot)
    refresh_is_seen_moving(planmanager, demo, shot)
    mission_id, dossier = accept_first(planmanager, shot)
    change_quote(claims360, mission_id, shot)
    refresh(planmanager)
    both_versions_are_in_the_dossier(planmanager, dossier, shot)
    add_photos(planmanager)
    plate = send(planmanager, shot)
    it_is_received(claims360, plate, shot)
    the_tab_afterwards(planmanager, shot)


def log_in(page: Page, shot: Shot) -> None:
    page.goto("/")
    shot(page, "login")
    page.get_by_label("Nom d’utilisateur").fill("namur")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("link", name="Liste dossier")).to_have_attribute("aria-current", "page")
    shot(page, "dossier-list")


def open_popup(page: Page, shot: Shot) -> None:
    open_tab(page)
    shot(page, "tab-before")
    menu = page.get_by_label("Importer pour")
    menu.select_option("Insypro")
    expect(popup(page).get_by_label("Identifiant de l'atelier de carrosserie")).to_have_value("475869430")
    page.keyboard.press("Escape")
    menu.select_option(REPAIRER)
    expect(popup(page).get_by_role("heading")).to_have_text("Configurer Claims360")
    expect(popup(page).get_by_label("Identifiant de l'atelier de carrosserie")).to_have_value(BODYSHOP_ID)
    in_every_look(page, shot, "popup")


def popup(page: Page) -> Locator:
    return page.get_by_role("dialog")


def copy_keys(page: Page, demo: Demo, shot: Shot) -> dict[str, str]:
    """Both keys, from the clipboard, as the page of Claims360 put them there."""
    page.goto(demo.sandbox)
    page.get_by_role("link", name=REPAIRER).click()
    page.get_by_text("jean-marie").click()
    shot(page, "claims360-user-menu")
    page.get_by_role("link", name="Mon organisation").click()
    shot(page, "claims360-organisation")
    follow(page.get_by_role("link", name="Clefs API"))
    shot(page, "claims360-keys")
    rows = {"bodyshop": "Retour Informex", "planmanager": "Plan Manager"}
    return {kind: copied(page, text) for kind, text in rows.items()}


def copied(page: Page, row: str) -> str:
    button = page.get_by_role("row", name=row).get_by_role("button")
    note_what_it_says(button)
    button.click()
    expect(button).to_have_attribute("data-said", re.compile("Copié"))
    return page.evaluate("navigator.clipboard.readText()")


def configure(page: Page, keys: dict[str, str], shot: Shot) -> None:
    page.bring_to_front()
    fill_keys(page, bodyshop=keys["planmanager"], planmanager=keys["bodyshop"])
    wrong = popup(page).get_by_label("Clé Api PlanManager")
    expect(wrong).to_have_accessible_description(re.compile("Claims360 API \\(Plan Manager\\).*clé"))
    expect(popup(page).get_by_label("Clé Api Bodyshop")).to_be_focused()
    shot(page, "popup-keys-swapped")
    fill_keys(page, **keys)
    expect(popup(page)).to_be_hidden()
    expect(note(page)).to_contain_text(REPAIRER)


def fill_keys(page: Page, bodyshop: str, planmanager: str) -> None:
    popup(page).get_by_label("Clé Api Bodyshop").fill(bodyshop)
    popup(page).get_by_label("Clé Api PlanManager").fill(planmanager)
    popup(page).get_by_role("button", name="Enregistrer", exact=True).click()


def note(page: Page) -> Locator:
    return page.locator("#messages .note")


def frame(page: Page) -> Locator:
    return page.locator("#frame")


def rows(page: Page) -> Locator:
    return page.locator("tr[data-mission]")


def open_tab(page: Page) -> None:
    follow(page.get_by_role("navigation", name="Dossier").get_by_role("link", name="Claims360"))


def refresh_is_seen_moving(page: Page, demo: Demo, shot: Shot) -> None:
    """One more mission; Claims360 takes its time to answer, so that there is something to see."""
    quiet(page)
    made = page.request.post(f"{demo.sandbox}/_control/missions", data={"photos": 3}).json()
    slow = {"fault": "stall", "path": "/changes", "times": None, "args": {"seconds": PATIENCE}}
    page.request.post(f"{demo.sandbox}/_faults", data=slow)
    page.get_by_role("button", name="Rafraîchir").click()
    expect(frame(page).get_by_role("progressbar")).to_be_visible()
    shot(page, "refresh-moving")
    page.request.delete(f"{demo.sandbox}/_faults")
    expect(frame(page)).to_contain_text("1 mission, 1 devis")
    quiet(page)
    expect(page.locator(f"tr[data-mission={made['id']}]")).to_be_visible()
    shot(page, "refresh-done")


def quiet(page: Page) -> None:
    """The frame follows by itself until nothing is under way any more, and the list with it."""
    expect(frame(page).locator(".frame-sync .dot.is-ok")).to_be_visible()
    expect(frame(page).get_by_role("progressbar")).to_have_count(0)
    expect(page.locator(".htmx-request")).to_have_count(0)


def refresh(page: Page) -> None:
    page.bring_to_front()
    page.get_by_role("button", name="Rafraîchir").click()
    expect(frame(page)).to_contain_text(re.compile(r"Synchronisé\s+1 devis"))
    quiet(page)


def accept_first(page: Page, shot: Shot) -> tuple[str, str]:
    """The id of the mission on top of the queue, and the path of its new dossier."""
    page.get_by_role("link", name=re.compile("^En attente")).click()
    expect(page).to_have_url(re.compile("state=waiting"))
    row = rows(page).first
    mission_id = row.get_attribute("data-mission")
    shot(page, "queue")
    row.get_by_role("button", name="Accepter").click()
    expect(note(page)).to_contain_text("dossier")
    expect(page.locator(f"tr[data-mission={mission_id}]")).to_have_count(0)
    open_tab(page)
    chip = page.locator(f"tr[data-mission={mission_id}] a.chip")
    shot(page, "accepted")
    return mission_id, chip.get_attribute("href")


def change_quote(page: Page, mission_id: str, shot: Shot) -> None:
    page.bring_to_front()
    page.get_by_role("link", name="Missions").click()
    page.locator(f"tr[data-mission={mission_id}]").get_by_role("link").first.click()
    quote = page.locator("article.quote").first
    quote.get_by_role("combobox").select_option("approved")
    quote.get_by_label("avec une pièce de plus").check()
    shot(page, "claims360-quote")
    quote.get_by_role("button", name="Changer le statut").click()
    expect(page.get_by_role("status")).to_contain_text("le devis est transmis")


def both_versions_are_in_the_dossier(page: Page, path: str, shot: Shot) -> None:
    follow(page.locator(f"a.chip[href='{path}']"))
    versions = page.locator("#quotes article").first.locator("details > summary")
    newest = int(re.match(r"v(\d+)", versions.first.inner_text())[1])
    expect(versions).to_have_count(newest)
    assert newest >= 2
    expect(versions.nth(1)).to_contain_text(re.compile(f"^v{newest - 1}"))
    expect(page.locator("#quotes .added")).not_to_have_count(0)
    page.locator("#quotes").scroll_into_view_if_needed()
    shot(page, "dossier-quote-versions")


def add_photos(page: Page) -> None:
    """Photos of the workshop's own, as its tablet takes them."""
    files = [_photo(scene) for scene in SCENES]
    page.locator("#photos [name=photos]").set_input_files(files)
    page.locator("#photos form button").click()
    for scene in SCENES:
        expect(page.locator("#photos").get_by_alt_text(f"atelier-{scene}.jpg")).to_be_visible()


def _photo(scene: str) -> FilePayload:
    content = drawing.draw(scene, "blue", "landscape")
    return {"name": f"atelier-{scene}.jpg", "mimeType": "image/jpeg", "buffer": content}


def send(page: Page, shot: Shot) -> str:
    """Presses the "i" and sends two of three photos; gives the plate that was sent."""
    page.get_by_role("link", name="Envoyer vers Claims360").click()
    plate = popup(page).get_by_label("Plaque").input_value()
    popup(page).get_by_label("Kilométrage").fill(MILEAGE)
    for scene in CHOSEN:
        popup(page).get_by_role("checkbox", name=scene).check()
    shot(page, "i-choose-photos")
    popup(page).get_by_role("button", name="Envoyer").click()
    expect(popup(page)).to_be_hidden()
    state = page.locator("#transmissions .chip")
    expect(state).to_have_class("chip ok")
    expect(state).to_have_text("livré")
    state.scroll_into_view_if_needed()
    shot(page, "dossier-sent")
    return plate


def it_is_received(page: Page, plate: str, shot: Shot) -> None:
    page.bring_to_front()
    follow(page.get_by_role("link", name="Reçu de PlanManager"))
    vehicle = page.locator("#vehicles tbody tr")
    expect(vehicle).to_contain_text(plate)
    expect(vehicle).to_contain_text(f"{MILEAGE} km")
    photos = page.locator("#photos [data-received=photo] img")
    names = sorted(photo.get_attribute("alt") for photo in photos.all())
    assert names == sorted(f"atelier-{scene}.jpg" for scene in CHOSEN)
    expect(page.locator("#opened [data-received]")).to_have_count(0)
    shot(page, "claims360-received")


def the_tab_afterwards(page: Page, shot: Shot) -> None:
    page.bring_to_front()
    open_tab(page)
    expect(rows(page)).not_to_have_count(0)
    in_every_look(page, shot, "tab")


def in_every_look(page: Page, shot: Shot, name: str) -> None:
    """As it is, dark, and on a telephone."""
    shot(page, name)
    page.emulate_media(color_scheme="dark")
    shot(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    shot(page, f"{name}-narrow")
    page.set_viewport_size(WIDE)

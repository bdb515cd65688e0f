"""The pictures that the walk does not pass by: the rest of docs/tour.md, and those of Aide in each language.

No test by its name: `make screenshots` runs it behind the walk, over the same demo, whose data are all invented.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from claims360_link.sandbox import drawing
from planmanager.demo.data import PASSWORD
from planmanager.templatetags.help_picture import SCALE
from tests.browser.camera import around, mark, take
from tests.browser.conftest import Shot, fill_login
from tests.browser.programs import ROOT, Demo
from tests.browser.test_walk import NARROW, REPAIRER, WIDE
from tests.browser.test_winformex import switch

pytestmark = pytest.mark.browser

AIDE = ROOT / "static" / "help"
# CSS pixels: as wide as the column of a page of Aide still shows well, and a telephone
COLUMN, PHONE = {"width": 1000, "height": 1800}, {"width": 360, "height": 2400}
ILL, ILL_ID = "Insypro", "475869430"
UNLINKED = "Carrosserie de la Meuse"
PLATE, OWNER = "1-DMO-360", "Démonstration SRL"  # of a dossier of the demo that has no mission
TYPED, TOLD = "081 22 33 44", "0470 55 66 77"  # the owner's telephone, in the dossier and then in Claims360
DRAWN = """() => Promise.allSettled([...document.images]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().top < innerHeight)
    .map((one) => { one.loading = "eager"; return one.decode(); }))"""
STAGES = {"damage": "damage", "odometer": "damage", "side": "repair", "front": "repaired"}  # scene: category


@dataclass(frozen=True, slots=True)
class Scene:
    """What the pictures show, by address and by the mission's id in Claims360."""

    demo: Demo
    dossier: str  # with a mission, two versions of a quote, and photos
    compare: str
    linked: str  # the mission in it
    several: str  # a mission that two dossiers fit
    plate: str  # of the first one


@pytest.fixture(scope="module")
def desk(chromium: Browser, demo: Demo) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.web, viewport=WIDE)
    yield logged_in(context, "helpdesk")
    context.close()


@pytest.fixture(scope="module")
def garage(chromium: Browser, demo: Demo) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.web, viewport=WIDE)
    yield logged_in(context, "namur")
    context.close()


def logged_in(context: BrowserContext, user: str) -> Page:
    page = context.new_page()
    page.goto("/login/")
    fill_login(page, user, PASSWORD)  # which is enough in the demo
    page.wait_for_url("**/dossiers/")
    return page


@pytest.fixture(scope="module")
def scene(garage: Page, demo: Demo) -> Scene:
    """A garage in the middle of its day: something waits, two dossiers fit one mission, one link is ill."""
    several = two_dossiers_fit(garage, demo)
    link_that_is_ill(garage, demo)
    dossier, linked = dossier_with_versions(garage)
    add_photos_by_stage(garage, dossier)
    mission_offers_another_value(garage, demo, dossier, linked)
    garage.goto(dossier)
    compare = garage.locator("#quotes a[href$='/compare/']").first.get_attribute("href")
    return Scene(demo, dossier, compare, linked, several, garage.locator(".head .plate").inner_text())


def control(page: Page, demo: Demo, what: str, **said: object) -> dict:
    return page.request.post(f"{demo.sandbox}/_control/{what}", data=said).json()


def two_dossiers_fit(page: Page, demo: Demo) -> str:
    page.goto("/dossiers/new/")
    page.locator("[name=repairer]").select_option(REPAIRER)
    for name, text in {
        "plate": PLATE,
        "make": "Peugeot",
        "model": "308",
        "owner_name": "Exemple & Fils",
    }.items():
        page.locator(f"[name={name}]").fill(text)
    page.locator("main form .btn.main").click()
    told = {"vehicle": {"plate": PLATE, "make": "Peugeot", "model": "308"}, "owner": {"name": OWNER}}
    made = control(page, demo, "missions", photos=1, data=told)
    refreshed(page)
    return made["id"]


def refreshed(page: Page) -> None:
    """Rafraîchir, and wait until nothing is under way any more."""
    page.goto("/claims360/")
    known = page.locator("#frame").get_attribute("hx-vals")
    page.locator("#refresh").click()
    expect(page.locator("#frame")).not_to_have_attribute("hx-vals", known)
    expect(page.locator("#frame progress")).to_have_count(0)


def link_that_is_ill(page: Page, demo: Demo) -> None:
    """Configured, then its keys are made anew in Claims360."""
    keys = page.request.get(f"{demo.sandbox}/_control/keys?bodyshop={ILL_ID}").json()
    page.goto("/claims360/")
    page.get_by_label("Importer pour").select_option(ILL)
    popup = page.get_by_role("dialog")
    popup.get_by_label("Clé Api Bodyshop").fill(keys["bodyshop"])
    popup.get_by_label("Clé Api PlanManager").fill(keys["planmanager"])
    popup.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(popup).to_be_hidden()
    expect(page.locator("#frame .frame-sync .dot.is-ok")).to_be_visible(timeout=60_000)
    control(page, demo, "rotate_keys", bodyshop=ILL_ID)
    page.locator("#refresh").click()
    expect(page.locator("#frame .frame-sync .dot.is-bad")).to_be_visible()
    page.goto("/claims360/")
    page.get_by_label("Importer pour").select_option(REPAIRER)
    expect(page.locator("#frame .frame-sync .dot.is-ok")).to_be_visible()


def dossier_with_versions(page: Page) -> tuple[str, str]:
    """The address of the dossier that the walk came to, and the id of its mission in Claims360."""
    page.goto("/claims360/?state=dossier")
    row = page.locator("tr[data-mission]").filter(has=page.locator(".up, .down")).first
    return row.locator("a.chip").get_attribute("href"), row.get_attribute("data-mission")


def add_photos_by_stage(page: Page, dossier: str) -> None:
    page.goto(dossier)
    for scene, stage in STAGES.items():
        photo = {"name": f"{scene}.webp", "mimeType": "image/webp"}
        page.locator("#photos [name=category]").select_option(stage)
        photo["buffer"] = drawing.draw(scene, "blue", "webp")
        page.locator("#photos [name=photos]").set_input_files([photo])
        page.locator("#photos form.upload button.main").click()
        expect(page.locator("#photos").get_by_alt_text(photo["name"])).to_be_visible()


def mission_offers_another_value(page: Page, demo: Demo, dossier: str, mission: str) -> None:
    """The garage types a telephone number, then Claims360 tells another."""
    page.goto(f"{dossier}edit/")
    page.locator("[name=owner_phone]").fill(TYPED)
    page.locator("main form .btn.main").click()
    control(page, demo, f"missions/{mission}/change", owner={"phone": TOLD})
    refreshed(page)


# -- docs/tour.md


def test_the_tour(garage: Page, scene: Scene, shot: Shot) -> None:
    page = garage
    page.goto(f"/claims360/where/?q={scene.plate}")
    shot(page, "where-found")
    page.goto("/claims360/where/?q=9-ZZZ-999")
    shot(page, "where-never-seen")
    opened(page, f"waiting&plate={PLATE}", scene.several)
    shot(page, "candidates")
    opened(page, f"dossier&plate={scene.plate}", scene.linked)
    shot(page, "timeline")
    page.goto("/claims360/?state=waiting")
    for box in page.locator("#list .pick").all()[:2]:
        box.check()
    page.get_by_role("button", name="Refuser les lignes choisies").click()
    expect(page.get_by_role("dialog").get_by_role("radio").first).to_be_visible()
    shot(page, "deny-many")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog").locator("kbd").first).to_be_visible()
    shot(page, "keys-of-the-list")
    page.keyboard.press("Escape")
    in_language(page, "nl")
    page.goto("/claims360/?state=waiting")
    shot(page, "tab-in-dutch")
    in_language(page, "fr")


def test_the_dossier_in_the_tour(garage: Page, scene: Scene, shot: Shot) -> None:
    page = garage
    page.goto(scene.compare)
    shot(page, "quotes-beside")
    page.goto(scene.dossier)
    shot(page, "dossier")
    page.emulate_media(color_scheme="dark")
    shot(page, "dossier-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(NARROW)
    shot(page, "dossier-narrow")
    page.goto(f"{scene.dossier}?photos=stages#photos")
    shot(page, "photos-narrow")
    page.set_viewport_size(WIDE)
    page.goto(f"{scene.dossier}?photos=stages#photos")
    shot(page, "photos")
    page.locator("#photo-grid .photo a").first.click()
    expect(page.get_by_role("dialog").locator(".viewer img")).to_be_visible()
    shot(page, "photo")
    page.keyboard.press("Escape")


def test_the_rest_of_the_tour(garage: Page, desk: Page, scene: Scene, shot: Shot) -> None:
    garage.goto("/communication/")
    shot(garage, "communication")
    garage.goto("/aide/dossier/")
    shot(garage, "aide")
    desk.goto("/claims360/repairers/")
    shot(desk, "repairers")
    desk.locator("a[href='/claims360/repairers/report/']").click()
    expect(desk.get_by_role("dialog").locator("textarea")).to_be_visible()
    shot(desk, "report")
    desk.goto("/admin/")
    shot(desk, "admin")
    desk.goto("/admin/constance/config/")
    desk.locator("[name=INFORMEX_EXCLUDES]").fill("insurer = KBC*")
    desk.locator("[name=_preview]").click()
    desk.locator("#preview").evaluate("one => one.scrollIntoView()")
    shot(desk, "admin-options")


# -- Aide


Keep = Callable[..., None]


def drawn(page: Page) -> None:
    """Wait for the photos that are to be seen."""
    page.evaluate(DRAWN)


def keeper(page: Page, language: str) -> Keep:
    """Writes what holds some parts of `page` to a picture of Aide, wide and as a telephone shows it."""

    def keep(name: str, *parts: Locator) -> None:
        drawn(page)
        take(page, AIDE / language / f"{name}.webp", around(*parts))
        page.set_viewport_size(PHONE)
        drawn(page)
        take(page, AIDE / language / f"{name}-narrow.webp", around(*parts))
        page.set_viewport_size(COLUMN)

    return keep


@pytest.fixture(scope="module")
def helper(chromium: Browser, demo: Demo, reader: Page) -> Iterator[Page]:
    """Somebody of the helpdesk, as close."""
    context = close_up(chromium, demo.web)
    page = logged_in(context, "helpdesk")
    yield page
    in_language(page, "fr")
    context.close()


@pytest.fixture(scope="module")
def reader(chromium: Browser, demo: Demo, scene: Scene) -> Iterator[Page]:
    """Somebody of the garage, close up."""
    shutil.rmtree(AIDE, ignore_errors=True)
    context = close_up(chromium, demo.web)
    page = logged_in(context, "namur")
    yield page
    in_language(page, "fr")
    context.close()


def close_up(chromium: Browser, url: str) -> BrowserContext:
    return chromium.new_context(base_url=url, viewport=COLUMN, device_scale_factor=SCALE)


def in_language(page: Page, language: str) -> None:
    page.goto("/dossiers/")
    page.locator(f".langs [value={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def opened(page: Page, state: str, mission: str) -> tuple[Locator, Locator]:
    """The row of a mission, alone in the list, and what it opens into, open."""
    page.goto(f"/claims360/?state={state}")
    page.locator("#by-repairer > summary").click()  # it is open where a link is ill
    row, below = page.locator(f"tr[data-mission={mission}]"), page.locator("tr.opened:not([hidden])")
    row.locator("[data-opens]").click()
    expect(below.locator(".history")).to_be_visible()
    return row, below


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_aide(reader: Page, scene: Scene, language: str) -> None:
    page, keep = reader, keeper(reader, language)
    in_language(page, language)
    page.goto("/claims360/")
    mark(page.locator(".tabs a[href='/claims360/']"))
    keep("activation", page.locator(".side .logo"), page.locator(".side a").nth(2), page.locator(".tabs"))
    page.goto("/claims360/")
    page.locator("#by-repairer > summary").click()
    rows = page.locator("tr[data-mission]")
    keep("link", page.locator("main .head"), page.locator("#frame .frame"))
    keep("tab", page.locator("#frame .frame"), rows.nth(1))
    page.get_by_role("combobox").first.select_option(UNLINKED)
    expect(page.locator("#dialog [name=bodyshop_key]")).to_be_visible()
    keep("configuration", page.locator("#dialog"))
    page.goto("/claims360/")
    page.get_by_role("combobox").first.select_option(REPAIRER)
    expect(page.locator("#frame .frame-sync .dot.is-ok")).to_be_visible()
    keep("timeline", *opened(page, f"dossier&plate={scene.plate}", scene.linked))
    keep("candidates", *opened(page, f"waiting&plate={PLATE}", scene.several))
    page.goto("/claims360/?state=waiting")
    keep("queue", page.locator("#list .list-head"), rows.nth(2))
    page.goto(f"/claims360/where/?q={scene.plate}")
    keep("where", page.locator("main .head"), page.locator("#answer article").first)
    page.goto(scene.compare)
    keep("quotes", page.locator("main .list"))
    page.goto(f"{scene.dossier}?photos=stages")
    keep("photos", page.locator("#photo-grid"))
    page.locator(".head-acts a.btn.main.icon").click()
    expect(page.locator("#dialog [name=mileage]")).to_be_visible()
    keep("sending", page.locator("#dialog"))
    page.goto("/communication/")
    keep("communication", page.locator("main .list"))


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_dossier_in_aide(reader: Page, scene: Scene, language: str) -> None:
    page, keep = reader, keeper(reader, language)
    in_language(page, language)
    page.goto(scene.dossier)
    keep("dossier", page.locator(".section:has(.offer)").first)
    keep("missions", page.locator("#missions"))
    page.locator("#orders a").first.click()
    rows = page.locator("#list tbody tr")
    keep("orders", page.locator("#list .list-head"), rows.nth(min(3, rows.count() - 1)))
    page.goto("/claims360/")
    page.get_by_role("combobox").first.select_option(ILL)
    expect(page.locator("#frame .frame-sync .dot.is-bad")).to_be_visible()
    keep("ill", page.locator("#frame .frame"))
    page.get_by_role("combobox").first.select_option(REPAIRER)
    expect(page.locator("#frame .frame-sync .dot.is-ok")).to_be_visible()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_the_helpdesk_in_aide(helper: Page, language: str) -> None:
    page, keep = helper, keeper(helper, language)
    in_language(page, language)
    page.goto("/claims360/repairers/")
    keep("repairers", page.locator("#list .list-head"), page.locator("#list tbody tr").nth(1))
    page.goto("/admin/constance/config/")
    page.locator("[name=INFORMEX_EXCLUDES]").fill("insurer = KBC*")
    page.locator("[name=_preview]").click()
    keep("rules", page.locator("#preview"))


def test_claims360_in_aide(chromium: Browser, demo: Demo, reader: Page, scene: Scene) -> None:
    """Where the keys are: its pages, as the sandbox draws them, are the same for every reader."""
    context = close_up(chromium, demo.sandbox)
    page = context.new_page()

    def keep(name: str, pressed: Locator, *parts: Locator) -> None:
        mark(*pressed.all())
        take(page, AIDE / f"claims360-{name}.webp", around(*parts))

    page.goto("/")
    page.get_by_role("link", name=REPAIRER).click()
    page.locator(".user summary").click()
    menu = page.get_by_role("link", name="Mon organisation")
    keep("user-menu", menu, page.locator(".bar"), page.locator(".user div"))
    menu.click()
    keep("organisation", page.locator("[data-keys]"), page.locator("h1"), page.locator(".cards"))
    page.locator("[data-keys]").click()
    keep("keys", page.locator("[data-copy]"), page.locator("h1"), page.locator("table"))
    page.get_by_role("link", name="Missions").click()
    page.locator(f"tr[data-mission={scene.linked}]").get_by_role("link").first.click()
    quote = page.locator("article.quote").first
    keep("quote", quote.get_by_role("combobox"), quote)
    context.close()


def test_winformex_in_aide(helper: Page) -> None:
    """As it is before Claims360 is active, which it is again afterwards; the demo has a mission that waits."""
    switch(helper, active=False)
    for language, _name in settings.LANGUAGES:
        in_language(helper, language)
        helper.goto("/winformex/")
        row = helper.locator("tr[data-mission]").first
        keeper(helper, language)("winformex", helper.locator("main .head"), row)
    in_language(helper, settings.LANGUAGE_CODE)
    switch(helper, active=True)

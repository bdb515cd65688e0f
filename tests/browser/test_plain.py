"""Without JavaScript: configure, refresh, accept and send, as plain pages."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import log_in
from tests.browser.programs import Demo
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

REPAIRER, BODYSHOP_ID = "Schadeherstel Leie", "475869432"
MILEAGE = "31900"  # km


@pytest.fixture
def page(chromium: Browser, demo: Demo) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.web, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_the_main_job_without_javascript(page: Page, demo: Demo) -> None:
    page.goto("/login/")
    log_in(page, "gent")
    configure(page, keys_of(page, demo))
    page.locator("#refresh").click()
    reload_until(page, page.locator(".frame-sync .dot.is-ok"))
    dossier = accept_first(page)
    plate = send(page, dossier)
    page.goto(f"{demo.sandbox}/atelier/{BODYSHOP_ID}/recu")
    expect(page.locator("#vehicles tbody tr")).to_contain_text(plate)
    expect(page.locator("#vehicles tbody tr")).to_contain_text(f"{MILEAGE} km")


def keys_of(page: Page, demo: Demo) -> dict[str, str]:
    page.goto(f"{demo.sandbox}/atelier/{BODYSHOP_ID}/cles")
    return {kind: page.locator(f"#key-{kind}").inner_text() for kind in ("bodyshop", "planmanager")}


def configure(page: Page, keys: dict[str, str]) -> None:
    """First with a key missing: the page says so and keeps what was typed."""
    page.goto("/claims360/")
    menu = page.locator("form", has=page.locator("#import-for"))
    menu.locator("select").select_option(REPAIRER)
    menu.locator("button.no-js").click()
    page.locator("[name=bodyshop_id]").fill(BODYSHOP_ID)
    page.locator("[name=bodyshop_key]").fill(keys["bodyshop"])
    page.locator("[name=save]").click()
    expect(page.locator("[aria-invalid=true]")).to_have_attribute("name", "planmanager_key")
    page.locator("[name=planmanager_key]").fill(keys["planmanager"])
    page.locator("[name=save]").click()
    expect(page.locator("#messages")).to_contain_text(REPAIRER)


def reload_until(page: Page, shown: Locator) -> None:
    """Nothing moves by itself without JavaScript: the user reloads the page."""
    deadline = time.monotonic() + PATIENCE
    while not shown.count():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.reload()


def accept_first(page: Page) -> str:
    """Accepts the first mission that waits; gives the path of its dossier."""
    row = page.locator("tr[data-mission]", has=page.locator(".c-acts .main")).first
    mission_id = row.get_attribute("data-mission")
    row.locator(".c-acts .main").click()
    return page.locator(f"tr[data-mission={mission_id}] a.chip").get_attribute("href")


def send(page: Page, dossier: str) -> str:
    """The "i", with the mileage; gives the plate that was sent."""
    page.goto(dossier)
    page.locator(f"a[href='/claims360{dossier}send/']").click()
    plate = page.locator("[name=plate]").input_value()
    page.locator("[name=mileage]").fill(MILEAGE)
    page.locator("form", has=page.locator("[name=mileage]")).locator("button.main").click()
    reload_until(page, page.locator("#transmissions .chip.ok"))
    return plate

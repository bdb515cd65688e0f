"""Winformex II around the switch to Claims360: what it sends is decided, what it gets, and what it gets no more."""

import json
from collections.abc import Callable, Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from planmanager.demo.data import PASSWORD
from tests.browser.conftest import fill_login, log_in
from tests.browser.matrix import assert_well
from tests.browser.programs import Demo
from tests.browser.waiting import follow
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser

REPAIRER, MAILBOX, PLATE = "Carrosserie Demo", "475869429", "1-DMO-360"
DOCUMENT = {
    "list_code": "09",
    "number": "2026/0990001",
    "mission": {"status": "accepted", "plate": "1-WFX-990", "make": "Peugeot", "owner_name": "Carlier Anne"},
}
NO_LONGER = (
    "il n'est plus possible d'envoyer des données de PlanManager vers l'ancienne plateforme winformex II"
)


@pytest.fixture
def desk(chromium: Browser, demo: Demo) -> Iterator[Page]:
    """The helpdesk, in admin, with Claims360 switched off; on again afterwards."""
    context = chromium.new_context(base_url=demo.web)
    page = context.new_page()
    page.goto("/login/")
    fill_login(page, "helpdesk", PASSWORD)
    page.wait_for_url("**/dossiers/")
    switch(page, active=False)
    yield page
    switch(page, active=True)
    context.close()


@pytest.fixture
def garage(chromium: Browser, demo: Demo) -> Iterator[Page]:
    context = chromium.new_context(base_url=demo.web, locale="fr-BE")
    page = context.new_page()
    page.goto("/login/")
    log_in(page, "namur")
    yield page
    context.close()


def test_before_and_after_the_switch(desk: Page, garage: Page, demo: Demo) -> None:
    a_mission_comes(demo, token(desk))
    it_is_decided(garage)
    open_dossier(garage)
    send(garage, "84210", look=assert_well)
    expect(garage.locator("#transmissions .chip.ok")).to_have_count(1)
    it_is_received(garage, demo)
    broken = {"fault": "503", "path": f"/winformex/mailboxes/{MAILBOX}", "times": None}
    garage.request.post(f"{demo.sandbox}/_faults", data=broken)
    open_dossier(garage)
    send(garage, "84999")
    waits = garage.locator("#transmissions article", has=garage.locator(".chip.wait"))
    expect(waits).to_contain_text("84 999 km")
    switch(desk, active=True)
    garage.request.delete(f"{demo.sandbox}/_faults")
    nothing_leaves_any_more(garage)


def switch(page: Page, *, active: bool) -> None:
    page.goto("/admin/constance/config/")
    page.locator("#id_CLAIMS360_ENABLED").set_checked(active)
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def token(page: Page) -> str:
    page.goto("/admin/dossiers/winformextoken/add/")
    page.locator("[name=repairer]").select_option(REPAIRER)
    page.locator("[name=_save]").click()
    return page.locator("#secret").inner_text()


def a_mission_comes(demo: Demo, secret: str) -> None:
    """In chunks, as programs send that do not know how long it will be."""
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    chunks = iter([json.dumps(DOCUMENT).encode()])
    answer = requests.post(
        f"{demo.web}/winformex/v2/documents", data=chunks, headers=headers, timeout=PATIENCE
    )
    assert (answer.status_code, answer.json()["missions"]["new"]) == (200, 1)


def it_is_decided(page: Page) -> None:
    page.goto("/dossiers/")
    page.get_by_role("navigation", name="Dossier").get_by_role("link", name="Winformex II").click()
    row = page.locator("tr[data-mission='20260990001']")
    expect(row).to_be_visible()
    assert_well(page)
    row.get_by_role("button", name="Accepter").click()
    expect(page.locator("#messages .note.ok")).to_contain_text("2026/0990001")


def open_dossier(page: Page) -> None:
    page.goto(f"/dossiers/?plate={PLATE}")
    follow(page.locator("#list tbody a").first)
    expect(page.locator("#winformex")).to_be_visible()


def send(page: Page, mileage: str, look: Callable[[Page], None] = lambda _page: None) -> None:
    """From its section: plate, mileage (km) and a photo; `look` at what is shown on the way."""
    page.locator("nav.subnav").get_by_role("link", name="Winformex").click()
    look(page)
    page.locator("#winformex").get_by_role("link", name="Envoyer vers Winformex II").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Kilométrage").fill(mileage)
    dialog.get_by_role("checkbox").first.check()
    look(page)
    dialog.get_by_role("button", name="Envoyer").click()
    expect(dialog).to_be_hidden()


def it_is_received(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.sandbox}/atelier/{MAILBOX}/winformex")
    expect(page.get_by_role("row", name=PLATE)).to_contain_text("84210")
    expect(page.locator("img")).to_have_count(1)


def nothing_leaves_any_more(page: Page) -> None:
    """What was under way says so by itself; the section is gone, and its address refuses."""
    ended = page.locator("#transmissions article", has=page.locator(".chip.off"))
    expect(ended).to_contain_text(NO_LONGER)
    address = page.locator("#winformex a").get_attribute("href")
    page.reload()
    expect(page.locator("#history")).to_contain_text("84 999 km")
    expect(page.get_by_role("link", name="Winformex")).to_have_count(0)
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text(NO_LONGER)
    assert_well(page)

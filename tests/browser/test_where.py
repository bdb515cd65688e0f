""" "Where is my mission?": never seen, because its status had not changed; then found, and asked for anew."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import log_in
from tests.browser.programs import Demo

pytestmark = pytest.mark.browser

REPAIRER, BODYSHOP_ID = "Karosserie Hohes Venn", "475869433"
PLATE, OTHER_PLATE = "1-WHR-001", "1-WHR-002"


def test_where_is_my_mission(chromium: Browser, demo: Demo) -> None:
    context = chromium.new_context(base_url=demo.web, locale="fr-BE")
    page = context.new_page()
    page.goto("/login/")
    log_in(page, "gent")
    linked(page, demo)
    made = in_claims360(
        page, demo, "missions", bodyshop=BODYSHOP_ID, transmitted=False, data={"vehicle": {"plate": PLATE}}
    )
    ask(page, PLATE)
    never_seen = page.locator("#never-seen")
    expect(never_seen).to_contain_text(BODYSHOP_ID)
    in_claims360(page, demo, f"quotes/{made['quotes'][0]}/status", status="submitted")
    never_seen.get_by_role("button", name=re.compile(REPAIRER)).click()
    found = page.locator(f"article[data-mission={made['id']}]")
    expect(found).to_be_visible()  # the page looks again by itself while it is synchronised
    expect(page.locator("#answer")).not_to_have_attribute("hx-trigger", re.compile(""))
    in_claims360(page, demo, f"missions/{made['id']}/change", vehicle={"plate": OTHER_PLATE})
    found.locator(".asked button").click()
    expect(found).to_have_count(0)  # it was answered: nothing goes by the old plate any more
    ask(page, OTHER_PLATE)
    expect(found.locator(".asked")).to_contain_text("1 opdracht")
    context.close()


def linked(page: Page, demo: Demo) -> None:
    keys = page.request.get(f"{demo.sandbox}/_control/keys?bodyshop={BODYSHOP_ID}").json()
    page.goto("/claims360/")
    page.locator("#import-for").select_option(REPAIRER)
    for name in ("bodyshop", "planmanager"):
        page.get_by_role("dialog").locator(f"[name={name}_key]").fill(keys[name])
    page.get_by_role("dialog").locator("[name=save]").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".frame-sync .dot.is-ok")).to_be_visible()


def ask(page: Page, text: str) -> None:
    page.goto("/claims360/")
    box = page.get_by_role("search").get_by_role("searchbox")
    box.fill(text)
    box.press("Enter")
    expect(page).to_have_url(re.compile("/where/"))


def in_claims360(page: Page, demo: Demo, path: str, **what: object) -> dict:
    return page.request.post(f"{demo.sandbox}/_control/{path}", data=what).json()

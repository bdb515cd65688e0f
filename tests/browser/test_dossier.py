"""The page of a dossier: what a jump leads to can be seen, and the badges beside it follow what comes."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FindReader, Reader
from tests.browser.programs import Site
from tests.browser.waiting import anew

pytestmark = pytest.mark.browser

COVERED = """() => {
    const nav = document.querySelector(".subnav").getBoundingClientRect();
    return document.querySelector(":target :is(h2, h3)").getBoundingClientRect().top < nav.bottom;
}"""


@pytest.mark.parametrize("width", [1280, 1024, 768, 360])
@pytest.mark.parametrize("language", ["fr", "nl", "de", "en"])
def test_a_jump_leads_to_a_heading_that_is_seen(
    find_reader: FindReader, site: Site, language: str, width: int
) -> None:
    page = find_reader("namur", language).page
    page.set_viewport_size({"width": width, "height": 500})
    page.goto(f"/dossiers/{site.ids['dossier']}/")
    for name in ("photos", "quotes", "orders"):
        jump(page, name)
        assert not page.evaluate(COVERED), name


def test_the_badges_come_by_themselves(reader: Reader, site: Site) -> None:
    page = reader.page
    page.clock.install()
    page.goto(f"/dossiers/{site.ids['dossier']}/")
    badge = page.locator("#unread-side")
    before = (badge.text_content() or "").strip()
    badge.evaluate("badge => badge.replaceChildren()")
    with page.expect_response("**/communication/badges/"):
        page.clock.fast_forward(31_000)
    expect(badge).to_have_text(before)
    assert before and reader.troubles == []


@pytest.mark.parametrize("name", ["transmissions", "photo-grid"])
def test_the_focus_stays_though_what_it_is_in_comes_anew(reader: Reader, site: Site, name: str) -> None:
    """Every few seconds, while something is sent or fetched: whoever goes by Tab goes on from there."""
    page = reader.page
    page.goto(f"/dossiers/{site.ids['dossier']}/")
    part = page.locator(f"#{name}")
    first = part.locator("summary, a").first
    first.focus()
    with anew(part):
        pass
    expect(first).to_be_focused()


def jump(page: Page, name: str) -> None:
    page.locator(f".subnav a[href='#{name}']").click()
    expect(page.locator(f"#{name}:target")).to_be_in_viewport()


def test_a_card_with_one_fact_is_as_high_as_that(reader: Reader, site: Site) -> None:
    page = reader.page
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/dossiers/{site.ids['dossier']}/")
    card, fact = page.locator("#damage_zones"), page.locator("#damage_zones .facts")
    around, said = card.bounding_box(), fact.bounding_box()
    assert around and said and around["height"] <= said["height"] + 80

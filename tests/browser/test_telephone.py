"""On a telephone: the first mission stands on the first screen, and what was folded for it is one press away."""

import pytest
from django.conf import settings
from playwright.sync_api import expect

from tests.browser.conftest import FindReader, Reader
from tests.browser.programs import Site

pytestmark = pytest.mark.browser

TELEPHONE = {"width": 360, "height": 780}
LANGUAGES = [code for code, _name in settings.LANGUAGES]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_mission_stands_on_the_first_screen(find_reader: FindReader, language: str) -> None:
    page = find_reader("namur", language).page
    page.set_viewport_size(TELEPHONE)
    page.goto("/claims360/")

    def height(selector: str) -> float:
        box = page.locator(selector).bounding_box()
        assert box
        return box["height"]

    first = page.locator(".missions tbody tr").first.bounding_box()
    # The frame says more where something is wrong, as rows that are old by now; while all is well it has 145 pixels.
    assert first and first["y"] - height("#frame") <= 560 - 145
    assert height("#counts") <= 60 and height("#by-repairer > summary") <= 45


def test_the_counts_are_a_line_that_opens_and_stays_open(reader: Reader) -> None:
    page = reader.page
    page.set_viewport_size(TELEPHONE)
    page.goto("/claims360/")
    waiting = page.locator("#count-waiting")
    expect(waiting).to_be_hidden()
    page.locator("#counts-line").press("Enter")
    expect(waiting).to_be_visible()
    with page.expect_response("**/claims360/?again"):  # as it looks by itself
        page.evaluate("htmx.ajax('GET', '/claims360/?again', { target: '#frame', swap: 'outerHTML' })")
    expect(waiting).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/claims360/")
    expect(waiting).to_be_visible()
    expect(page.locator("#counts-line")).to_be_hidden()


def test_the_sections_of_a_dossier_are_one_line(reader: Reader, site: Site) -> None:
    page = reader.page
    page.set_viewport_size(TELEPHONE)
    page.goto(f"/dossiers/{site.ids['dossier']}/")
    links = page.locator(".subnav a")
    tops = links.evaluate_all("all => all.map((one) => Math.round(one.getBoundingClientRect().top))")
    assert len(tops) > 8 and max(tops) - min(tops) <= 4
    links.last.focus()
    expect(links.last).to_be_in_viewport(ratio=1)

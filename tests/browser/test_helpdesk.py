"""Somebody of the helpdesk at their screen: from a red light to its reason, a report to copy, a rule tried out."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import FindReader, Reader
from tests.browser.matrix import assert_well, assert_well_once, each_in_turn, languages_of
from tests.browser.programs import Site
from tests.browser.rows_of_admin import HELPDESK
from tests.browser.waiting import note_what_it_says

pytestmark = pytest.mark.browser

REPAIRERS = "/claims360/repairers/"
ILL = "Carrosserie de l'Ourthe"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def desk(find_reader: FindReader) -> Reader:
    reader = find_reader(HELPDESK, "fr")
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    return reader


def test_every_repairer_at_a_glance(desk: Reader) -> None:
    """Its light, its last runs, how long its queue has stood, what failed; what is ill stands first."""
    desk.page.goto(REPAIRERS)
    first = desk.page.locator("#list tbody tr").first
    expect(first).to_contain_text(ILL)
    expect(first.get_by_role("link", name="Claims360 refuse les clés")).to_be_visible()
    expect(first.get_by_role("img")).to_have_accessible_name(
        "Les 12 dernières synchronisations : sans erreur (4), échouée (8). "
        f"Durée : 2{NBSP}s en moyenne, 2{NBSP}s au plus."
    )
    expect(first.locator(".c-queue")).to_contain_text(f"la plus ancienne : 3{NBSP}jours")
    expect(first.locator(".c-failed")).to_contain_text("1 élément a été mis de côté")
    expect(desk.page.locator("#list tbody")).to_contain_text("Karosserie Hohes Venn")  # of another site
    assert desk.troubles == []


def test_from_a_red_light_to_its_reason_and_a_report_in_the_clipboard(desk: Reader, site: Site) -> None:
    page = desk.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(REPAIRERS)
    page.get_by_role("link", name="Claims360 refuse les clés").first.click()
    page.wait_for_url(f"**{REPAIRERS}{site.ids['ill']}/#troubles")
    expect(page.locator("#troubles")).to_contain_text("Claims360 refuse les clés.")
    page.get_by_role("link", name="Rapport").click()
    dialog = page.get_by_role("dialog")
    button = dialog.locator("button[data-copy-from]")
    expect(button).to_have_accessible_name("Copier")
    note_what_it_says(button)
    button.click()
    expect(button).to_have_attribute("data-said", re.compile("Copié"))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == dialog.get_by_role("textbox").input_value().strip()
    assert f"{ILL} (Liège), identifiant de l'atelier 480001" in copied.splitlines()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Rapport")).to_be_focused()
    assert desk.troubles == []


@pytest.mark.parametrize(("path", "language"), each_in_turn([REPAIRERS, f"{REPAIRERS}{{ill}}/"]))
def test_what_the_helpdesk_sees_in_its_language(
    find_reader: FindReader, site: Site, path: str, language: str
) -> None:
    """Every repairer with its light, and one that is ill."""
    reader = find_reader(HELPDESK, language)
    reader.page.goto(path.format(**site.ids))
    assert_well_once(language, reader.page)
    assert reader.troubles == []


@pytest.mark.parametrize("language", languages_of("report"))
def test_the_report_in_its_language(find_reader: FindReader, site: Site, language: str) -> None:
    reader = find_reader(HELPDESK, language)
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    reader.page.goto(f"{REPAIRERS}{site.ids['ill']}/")
    reader.page.locator("a[href$='/report/']").click()
    expect(reader.page.get_by_role("dialog").get_by_role("textbox")).to_be_visible()
    assert_well(reader.page)
    assert reader.troubles == []


def test_a_rule_is_tried_out_before_it_counts(desk: Reader) -> None:
    page = desk.page
    page.goto(REPAIRERS)
    page.get_by_role("link", name="Règles, avec aperçu").click()
    rules(page).fill("make = Volkswagen")
    page.get_by_role("button", name="Aperçu").click()
    preview = page.locator("#preview")
    expect(preview).to_contain_text("make = Volkswagen")
    expect(preview.get_by_role("row", name="exclu").first).to_be_visible()
    page.goto("/admin/constance/config/")  # nothing was saved
    expect(rules(page)).to_have_value("")
    assert desk.troubles == []


def rules(page: Page) -> Locator:
    return page.get_by_label("INFORMEX_EXCLUDES")


def test_without_javascript_the_report_is_a_page(chromium: Browser, desk: Reader, site: Site) -> None:
    plain = chromium.new_context(base_url=site.url, java_script_enabled=False)
    plain.add_cookies(desk.page.context.cookies())
    page = plain.new_page()
    page.goto(REPAIRERS)
    page.get_by_role("link", name="Rapport", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rapport : tout ce qui ne va pas")
    expect(page.get_by_role("textbox")).to_contain_text(ILL)
    expect(page.get_by_role("button", name="Copier")).to_be_hidden()
    plain.close()

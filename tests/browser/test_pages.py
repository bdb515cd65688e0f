"""Every page in every language, wide, narrow, enlarged, dark: nothing is cut, no barrier, no error, no other host."""

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, expect

from dossiers.models import MissionState
from planmanager.demo.data import PASSWORD
from planmanager.help import PAGES as HELP
from tests.browser.conftest import FindReader, Reader, fill_login, reads
from tests.browser.matrix import (
    BARRIERS_AT,
    EVERYWHERE,
    LANGUAGES,
    SOAK,
    assert_well,
    assert_well_by_keyboard,
    assert_well_in,
    each_in_turn,
    languages_of,
)
from tests.browser.programs import Site
from tests.browser.watching import barriers, lost, misplaced, stuck, too_faint, too_wide, untold, watch

pytestmark = pytest.mark.browser

PAGES = {
    "claims360": "/claims360/",
    "claims360, all": "/claims360/?state=all",
    "claims360, set aside": "/claims360/?state=set_aside",
    "claims360, nothing fits": "/claims360/?plate=nothing-like-it",
    "claims360, in a frame": "/claims360/?embed=1",
    "repairers": "/claims360/repairers/",
    "repairer": "/claims360/repairers/{configured}/",
    "report": "/claims360/repairers/report/",
    "report of one": "/claims360/repairers/{configured}/report/",
    "repairer not configured": "/claims360/repairers/{unlinked}/",
    "where, found": "/claims360/where/?q=1-abc-234",
    "where, a dossier only": "/claims360/where/?q=2-dmo-361",
    "where, never seen": "/claims360/where/?q=9-zzz-999",
    "where, too short": "/claims360/where/?q=9",
    "history": "/claims360/history/",
    "history, nothing fits": "/claims360/history/?outcome=failed",
    "mission that waits": "/claims360/missions/{waiting}/",
    "mission of two dossiers": "/claims360/missions/{several}/",
    "mission in a dossier": "/claims360/missions/{linked}/",
    "link": "/claims360/missions/{several}/link/",
    "deny": "/claims360/missions/{waiting}/deny/",
    "keys": "/claims360/keys/",
    "configure": "/claims360/configure/?repairer={unlinked}",
    "configured": "/claims360/configure/?repairer={configured}",
    "i": "/claims360/dossiers/{dossier}/send/",
    "dossiers": "/dossiers/",
    "dossiers, nothing fits": "/dossiers/?plate=nothing-like-it",
    "new dossier": "/dossiers/new/",
    "dossier": "/dossiers/{dossier}/",
    "dossier, edit": "/dossiers/{dossier}/edit/",
    "dossier, before and after": "/dossiers/{dossier}/?photos=stages",
    "photo": "/dossiers/photos/{photo}/",
    "i, with photos": "/claims360/dossiers/{album}/send/",
    "move": "/dossiers/{dossier}/missions/{linked}/move/",
    "undo": "/dossiers/{dossier}/missions/{linked}/undo/",
    "deny a quote": "/dossiers/{dossier}/quotes/{quote}/deny/",
    "versions side by side": "/dossiers/{dossier}/quotes/{quote}/compare/",
    "orders": "/commandes/",
    "messages": "/communication/",
    "messages, settled": "/communication/?settled",
    "preferences": "/preferences/",
    "password": "/password/",
    "API": "/api/v1/",
    **{f"help, {page.slug}": f"/aide/{page.slug}/" for page in HELP},
}
DIALOGS = {  # the page, and the address that its button asks for
    "keys": ("/claims360/", "/claims360/keys/"),
    "report": ("/claims360/repairers/", "/claims360/repairers/report/"),
    "link": ("/claims360/", "/claims360/missions/{several}/link/"),
    "deny": ("/claims360/", "/claims360/missions/{waiting}/deny/"),
    "deny a quote from the list": ("/claims360/", "/claims360/quotes/{quote}/deny/"),
    "photo": ("/dossiers/{album}/", "/dossiers/photos/{photo}/"),
    "i": ("/dossiers/{dossier}/", "/claims360/dossiers/{dossier}/send/"),
    "move": ("/dossiers/{dossier}/", "/dossiers/{dossier}/missions/{linked}/move/"),
    "undo": ("/dossiers/{dossier}/", "/dossiers/{dossier}/missions/{linked}/undo/"),
    "deny a quote": ("/dossiers/{dossier}/", "/dossiers/{dossier}/quotes/{quote}/deny/"),
}


MISTAKES = {  # the page, and what is typed into which of its fields before it is sent
    "new dossier": ("/dossiers/new/", {"mileage": "-1", "power_kw": "10000"}),
    "dossier, edit": ("/dossiers/{dossier}/edit/", {"mileage": "99999999", "power_kw": "-1"}),
    "i": ("/claims360/dossiers/{dossier}/send/", {"plate": " ", "mileage": ""}),
    "link": ("/claims360/missions/{several}/link/", {}),
    "deny": ("/claims360/missions/{waiting}/deny/", {}),
    "deny a quote": ("/dossiers/{dossier}/quotes/{quote}/deny/", {}),
    "move": ("/dossiers/{dossier}/missions/{linked}/move/", {}),
    "preferences": ("/preferences/", {"email": "nobody"}),
    "password": ("/password/", {"old_password": "wrong", "new_password2": "2"}),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PAGES)
def test_page(find_reader: FindReader, site: Site, name: str, language: str) -> None:
    reader = find_reader("namur", language)
    reader.page.goto(PAGES[name].format(**site.ids))
    assert_well_in(language, reader.page)
    if language == settings.LANGUAGE_CODE:
        assert_well_by_keyboard(reader.page)
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_tied_to_their_fields(
    find_reader: FindReader, site: Site, name: str, language: str
) -> None:
    reader = find_reader("namur", language)
    path, typed = MISTAKES[name]
    page = reader.page
    page.goto(path.format(**site.ids))
    for field, text in typed.items():
        page.locator(f"main [name={field}]").fill(text)
    page.evaluate("for (const form of document.forms) form.noValidate = true")
    page.locator("main .main").last.click()
    expect(page.locator("main .errorlist:not(:empty)")).not_to_have_count(0)
    page.wait_for_load_state()
    assert page.locator("main [aria-invalid=true]").count() >= max(1, len(typed))
    assert untold(page) == []
    assert_well_in(language, page)
    if language == settings.LANGUAGE_CODE:
        assert_well_by_keyboard(page)


@pytest.mark.parametrize(("state", "language"), each_in_turn(MissionState.values))
def test_list_of_a_state(find_reader: FindReader, state: str, language: str) -> None:
    reader = find_reader("namur", language)
    reader.page.goto(f"/claims360/?state={state}")
    expect(reader.page.locator("tr[data-mission]")).not_to_have_count(0)
    assert_well(reader.page, barriers_at=EVERYWHERE if SOAK else {})  # the rows of all are in "all"
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/claims360/", "/dossiers/", "/commandes/", "/communication/"])
def test_where_nothing_is_yet(find_reader: FindReader, path: str, language: str) -> None:
    reader = find_reader("nobody", language)
    reader.page.goto(path)
    expect(reader.page.locator(".empty")).to_be_visible()
    assert_well_in(language, reader.page)
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_of_many_pages(find_reader: FindReader, language: str) -> None:
    """With all that leads from one page to another; its fifty rows are alike, so axe reads them in one language."""
    reader = find_reader("hoarder", language)
    reader.page.goto("/commandes/?page=3")
    expect(reader.page.locator("nav.pages li")).to_have_count(5)
    assert_well(reader.page, barriers_at=BARRIERS_AT[language] if language in languages_of("pages") else {})
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "troubles"), [("/login/", []), ("/nowhere/", ["404 /nowhere/"])])
def test_page_for_anybody(find_reader: FindReader, path: str, troubles: list[str], language: str) -> None:
    reader = find_reader("", language)
    reader.page.goto(path)
    assert_well_in(language, reader.page)
    assert reader.troubles == troubles


@pytest.mark.parametrize("language", languages_of("second factor"))
def test_second_factor_of_the_helpdesk(find_reader: FindReader, language: str) -> None:
    reader = find_reader("", language)
    reader.page.goto("/login/")
    fill_login(reader.page, "helpdesk", PASSWORD)
    expect(reader.page.get_by_role("img")).to_be_visible()
    assert reader.page.locator("html").get_attribute("lang") == language
    assert_well(reader.page)
    assert reader.troubles == []
    reader.page.context.clear_cookies()


@pytest.mark.parametrize("language", languages_of("too many attempts"))
def test_too_many_attempts(find_reader: FindReader, language: str) -> None:
    reader = find_reader("", language)
    reader.page.goto("/login/")
    for _ in range(settings.AXES_FAILURE_LIMIT):
        fill_login(reader.page, f"nobody-{language}", "wrong")
    expect(reader.page.locator("[name=password]")).to_have_count(0)
    assert reader.page.locator("html").get_attribute("lang") == language
    assert_well(reader.page)
    assert reader.troubles == ["429 /login/"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", ["403", "500"])
def test_page_of_an_error(find_reader: FindReader, status: str, language: str) -> None:
    """Which no address leads to here: it is rendered as the server does, and shown in place of a page."""
    reader = find_reader("", language)
    with translation.override(language):
        html = render_to_string(f"{status}.html")
    reader.page.route("**/an-error/", lambda route: route.fulfill(body=html, content_type="text/html"))
    reader.page.goto("/an-error/")
    assert_well_in(language, reader.page)
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DIALOGS)
def test_dialog(find_reader: FindReader, site: Site, name: str, language: str) -> None:
    reader = find_reader("namur", language)
    path, address = (text.format(**site.ids) for text in DIALOGS[name])
    reader.page.goto(path)
    reader.page.locator(f"a[href='{address}']").first.dispatch_event("click")  # it may be behind "⋯"
    expect(reader.page.get_by_role("dialog")).to_be_visible()
    assert_well_in(language, reader.page)
    if language == settings.LANGUAGE_CODE:
        assert_well_by_keyboard(reader.page)
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["several", "linked"])
def test_a_row_opens_into_what_became_of_it(
    find_reader: FindReader, site: Site, name: str, language: str
) -> None:
    reader = find_reader("namur", language)
    reader.page.set_viewport_size({"width": 1280, "height": 900})
    reader.page.goto("/claims360/")
    opened = reader.page.locator(f"#opened-{site.ids[name]}")
    button = reader.page.locator(f"[aria-controls=opened-{site.ids[name]}]")
    button.click()
    expect(opened.locator(".history")).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    assert_well_in(language, reader.page)
    button.click()
    expect(opened).to_be_hidden()
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_many_at_once(find_reader: FindReader, site: Site, language: str) -> None:
    """Rows are chosen, the window asks why they are denied, and what was done to one can be taken back."""
    reader = find_reader("namur", language)
    page, popup = reader.page, reader.page.get_by_role("dialog")
    page.goto("/claims360/?state=waiting")
    page.locator("#choose-all").check()
    assert_well_in(language, page)
    page.locator("#many [formaction]").click()
    expect(popup.get_by_role("radio")).not_to_have_count(0)
    assert_well_in(language, page)
    popup.locator(".form-acts .main").click()
    expect(popup.locator(".errorlist:not(:empty)")).not_to_have_count(0)
    assert_well_in(language, page)
    popup.locator("[data-close]").first.click()
    page.locator("#choose-all").uncheck()
    page.locator(f".pick[value=m{site.ids['waiting']}]").check()
    page.locator("#many button:not([formaction])").click()
    expect(page.locator("#messages [data-undo]")).to_be_visible()
    expect(page.locator(f".pick[value=m{site.ids['waiting']}]")).to_have_count(0)
    assert_well_in(language, page)
    page.locator("#messages [data-undo] button").click()
    expect(page.locator(f".pick[value=m{site.ids['waiting']}]")).to_be_visible()
    assert [trouble[:25] for trouble in reader.troubles] == ["422 /claims360/many/deny/"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_behind_the_dots(find_reader: FindReader, language: str) -> None:
    """Every menu of the page, open; what one covers is not there to be pressed."""
    reader = find_reader("namur", language)
    reader.page.goto("/claims360/")
    reader.page.evaluate("for (const menu of document.querySelectorAll('details.menu')) menu.open = true")
    expect(reader.page.locator(".user .menu-items")).to_be_visible()
    assert_well(reader.page, barriers_at={})
    assert [one for one in barriers(reader.page) if not one.startswith("target-size")] == []
    assert reader.troubles == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_popup_and_its_mistakes(reader: Reader, site: Site, language: str) -> None:
    """As it opens, with a sentence at each field, and with a Claims360 that can't be reached."""
    reads(reader.page.context, site, language)
    page, popup = reader.page, reader.page.get_by_role("dialog")
    save = popup.locator("button[name=save]")
    page.goto("/claims360/")
    page.locator("#import-for").select_option(str(site.ids["unlinked"]))
    expect(save).to_be_visible()
    assert_well_in(language, page)
    save.click()
    expect(popup.locator("[aria-invalid=true]")).to_have_count(2)
    assert_well_in(language, page)
    popup.locator("[name=bodyshop_key]").fill("b" * 53)
    popup.locator("[name=planmanager_key]").fill("p" * 53)
    save.click()
    expect(popup.locator("button[name=unchecked]")).to_be_visible()
    assert_well_in(language, page)
    assert [trouble[:27] for trouble in reader.troubles] == ["422 /claims360/configure/?r"] * 2


def test_nothing_moves_for_who_wants_no_motion(reader: Reader) -> None:
    """What runs without an end, and what glides to its place: only for those who have not said otherwise."""
    page = reader.page
    moving = """() => {
        document.querySelector("main").insertAdjacentHTML("beforeend", "<progress aria-label='x'></progress>");
        return document.getAnimations().length;
    }"""
    page.goto("/claims360/")
    assert page.evaluate(moving)
    page.emulate_media(reduced_motion="reduce")
    page.goto("/claims360/")
    assert not page.evaluate(moving)
    glides = "getComputedStyle(document.querySelector('#refresh')).transitionDuration"
    assert page.evaluate(glides) == "0s"


WRONG = {  # what is put into a page, and which look sees it
    "too wide": ("<pre>" + "x" * 900 + "</pre>", too_wide),
    "over its neighbour": ("<p class='nowrap'>one<span class='on-top'>two</span></p>", misplaced),
    "out of its box": ("<p class='card narrow'>Vorschadenbegutachtungsbescheinigung</p>", misplaced),
    "cut": ("<p class='cut'>one<br>two<br>three</p>", misplaced),
    "cut before it is typed over": ("<input class='narrow' placeholder='a plate' aria-label='x'>", misplaced),
    "out of the page": (
        "<details class='menu' open><summary>a</summary><p class='menu-items outside'>b</p></details>",
        misplaced,
    ),
    "squeezed": ("<input type='checkbox' class='squeezed' aria-label='x'>", misplaced),
    "stays in place": ("<p class='stays'>one</p>", stuck),
    "unmarked": ("<a class='unmarked' href='#x'>one</a>", lost),
    "covered": ("<div class='stays'>one</div><a class='covered' href='#x'>two</a>", lost),
    "a mistake untold": ("<input aria-label='x' aria-invalid='true'>", untold),
    "a barrier": ("<img>", barriers),
    "too small to press": ("<button class='small'>a</button><button class='small'>b</button>", barriers),
    "too faint": ("<p class='faint'>one</p>", too_faint),
}
WRONG_STYLE = """
    .on-top { margin-left: -15px; } .narrow { width: 40px; } .cut { height: 20px; overflow: hidden; }
    .stays { position: fixed; inset: 0 0 auto; height: 50px; z-index: 9; background: white; }
    .outside { position: absolute; left: -9px; } .squeezed { width: 13px; height: 18px; }
    .unmarked { outline: 0 !important; } .covered { position: fixed; top: 10px; }
    .small { width: 12px; height: 12px; padding: 0; border: 0; font-size: 8px; } .faint { color: #bbb; }
"""


PLANTED = {  # where, in which language, as which style or field, and what is then said of it
    "faint, wide": ("fr", "h1 { color: #aaa }", "color-contrast"),
    "faint, narrow": ("fr", "@media (width < 400px) { h1 { color: #aaa } }", "color-contrast"),
    "faint in the dark": (
        "de",
        "@media (prefers-color-scheme: dark) { h1 { color: #444 } }",
        "color-contrast",
    ),
    "faint in the dark, narrow": (
        "nl",
        "@media (prefers-color-scheme: dark) and (width < 400px) { h1 { color: #444 } }",
        "color-contrast",
    ),
    "too wide at 320": ("nl", "@media (width < 400px) { h1 { width: 400px } }", "px"),
    "cut at 768": ("en", "@media (width < 800px) { h1 { height: 8px; overflow: hidden } }", "<h1"),
    "covered": ("fr", "main::after { content: ''; position: fixed; inset: 0; z-index: 99 }", "hidden: "),
    "unmarked": ("fr", "main :focus-visible { outline: 0 !important }", "not marked: "),
    "stays in place": ("fr", "@media (width < 400px) { h1 { position: sticky } }", "<h1"),
    "too wide where it is folded away": (
        "de",
        "@media (width < 400px) { .side-fold div { width: 400px } }",
        "px",
    ),
    **{f"without a label, {language}": (language, "<input>", "label: ") for language in LANGUAGES},
}
PLANT = """(text) => {
    if (text.startsWith("<")) return document.querySelector("main").insertAdjacentHTML("beforeend", text);
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = [sheet];
}"""


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_is_found_wherever_it_is(find_reader: FindReader, name: str) -> None:
    """What axe is spared above loses none: a fault of one language, width or scheme, planted into a page."""
    language, text, said = PLANTED[name]
    reader = find_reader("namur", language)
    reader.page.goto("/preferences/")
    reader.page.evaluate(PLANT, text)
    with pytest.raises(AssertionError, match=said):
        assert_well_in(language, reader.page)
        assert_well_by_keyboard(reader.page)


@pytest.mark.parametrize("name", WRONG)
def test_the_watch_sees_what_is_wrong(chromium: Browser, name: str) -> None:
    html, look = WRONG[name]
    page = chromium.new_page(viewport={"width": 1280, "height": 900})
    page.set_content(f"<title>x</title><style>{WRONG_STYLE}</style><main><h1>x</h1>{html}</main>")
    found = look(page)
    page.close()
    assert found


def test_the_watch_hears_what_is_wrong(reader: Reader) -> None:
    with reader.page.expect_console_message(lambda message: message.text == "said aloud"):
        reader.page.evaluate(
            """() => {
                document.body.insertAdjacentHTML("beforeend", `<i style="color: red"></i>`);
                console.error("said aloud");
            }"""
        )
    assert "said aloud" in reader.troubles
    assert any("Content Security Policy" in trouble for trouble in reader.troubles)


def test_the_watch_sees_another_host(chromium: Browser) -> None:
    page = chromium.new_page()
    troubles = watch(page, "http://127.0.0.1")
    page.set_content("<img src='http://other.invalid/x.png' alt=''>")
    page.close()
    assert "another host: http://other.invalid/x.png" in troubles

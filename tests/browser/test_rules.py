"""No rule of the stylesheets is dead: each of its selectors matches something on a page that somebody can reach."""

from collections.abc import Callable, Iterator

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Page, Route

from claims360_link.information import Telling
from dossiers.paging import SIZE
from dossiers.paging import Page as PageOfRows
from tests.browser.conftest import FindReader, fill_login
from tests.browser.programs import Site
from tests.browser.test_pages import DIALOGS, PAGES

pytestmark = pytest.mark.browser

# What a selector asks of a moment (a mouse above, a key pressed, a script at work) is taken as given.
SELECTORS = r"""() => {
    const ELEMENT = /::[\w-]+/g;
    const MOMENT = /:(?:hover|focus-visible|focus|target|checked|indeterminate|disabled)(?![\w-])/g;
    const GIVEN = /\.(?:js|htmx-request|is-over)(?![\w-])|\[(?:open|aria-busy="true"|aria-disabled="true")\]/g;
    const parts = (text, at = 0, depth = 0, from = 0) => {
        const found = [];
        for (; at < text.length; at++) {
            if ("([".includes(text[at])) depth++;
            if (")]".includes(text[at])) depth--;
            if (text[at] === "," && !depth) { found.push(text.slice(from, at)); from = at + 1; }
        }
        return [...found, text.slice(from)].map((part) => part.trim());
    };
    const inside = (text, open) => {
        let depth = 0;
        for (let at = open; ; at++) {
            if (text[at] === "(") depth++;
            if (text[at] === ")" && !--depth) return at;
        }
    };
    const alternatives = (text) => { // a:is(b, c) is two selectors, of which each may be dead
        const at = text.search(/(?<!:not\([^)]*):is\(/);
        if (at < 0) return [text];
        const open = at + 3, close = inside(text, open);
        return parts(text.slice(open + 1, close)).flatMap((one) => {
            const isType = /^[a-z*]/i.test(one), follows = at > 0 && !/[\s>+~(,]/.test(text[at - 1]);
            const put = isType && follows ? `:where(${one})` : one;
            return alternatives(text.slice(0, at) + put + text.slice(close + 1));
        });
    };
    const full = (rule, parents) => parts(rule.selectorText).flatMap((own) => {
        if (!parents.length) return [own];
        return parents.map((parent) => own.includes("&") ? own.replaceAll("&", `:is(${parent})`) : `${parent} ${own}`);
    });
    const walk = (rules, parents) => [...rules].flatMap((rule) => {
        const own = rule.selectorText ? full(rule, parents) : parents;
        const declares = rule.style?.length || rule instanceof CSSNestedDeclarations;
        return [...(declares && rule.selectorText ? own : []), ...(rule.cssRules ? walk(rule.cssRules, own) : [])];
    });
    // not at such a moment is a moment too
    const NOT = /:not\((?:[^()]|\([^()]*\))*\)/g;
    const atOnce = (selector) => selector.replace(NOT, (not) => not.search(MOMENT) < 0 ? not : ":where(*)");
    const found = [...document.styleSheets].flatMap((sheet) => walk(sheet.cssRules, []));
    return [...new Set(found.flatMap(alternatives))].map((selector) => [
        selector,
        [ELEMENT, MOMENT, GIVEN].reduce((asked, given) => asked.replace(given, ":where(*)"), atOnce(selector)),
    ]);
}"""
UNMATCHED = """(selectors) => selectors.filter(([, asked]) => !document.querySelector(asked))"""

Selectors = list[list[str]]  # as the stylesheet writes it, and as it is looked for


def test_no_rule_is_dead(find_reader: FindReader, site: Site) -> None:
    page = find_reader("namur", "fr").page
    page.goto("/claims360/")
    dead: Selectors = page.evaluate(SELECTORS)
    assert len(dead) > 400
    for visit in visits(find_reader, site):
        page = visit()
        page.wait_for_load_state()
        dead = page.evaluate(UNMATCHED, dead)
        if not dead:
            break
    assert not dead, "\n".join(selector for selector, _asked in dead)


def test_a_dead_rule_is_found(find_reader: FindReader) -> None:
    page = find_reader("namur", "fr").page

    def add(route: Route) -> None:
        answer = route.fetch()
        more = (
            ".head { & .gone { margin: 0; } } :is(.head, .lost) > h1:hover { margin: 0; }"
            " .gone:not(:checked), .head:not(:has(:checked)) > h1 { margin: 0; }"
        )
        route.fulfill(response=answer, body=answer.text() + more)

    page.route("**/site*.css", add)
    page.goto("/claims360/")
    page.unroute_all()
    dead = [selector for selector, _asked in page.evaluate(UNMATCHED, page.evaluate(SELECTORS))]
    assert {".head .gone", ".lost > h1:hover", ".gone:not(:checked)"} <= set(dead)
    assert not {".head > h1:hover", ".head:not(:has(:checked)) > h1"} & set(dead)


def visits(find_reader: FindReader, site: Site) -> Iterator[Callable[[], Page]]:
    """Every page, then what stands on one only after somebody did something."""
    reader = find_reader("namur", "fr")

    def goto(path: str) -> Page:
        reader.page.goto(path.format(**site.ids))
        return reader.page

    for path in PAGES.values():
        yield lambda path=path: goto(path)
    for path, address in DIALOGS.values():
        yield lambda path=path, address=address: with_dialog(goto(path), address.format(**site.ids))
    yield lambda: with_opened_row(goto("/claims360/?sort=plate"), site)
    yield lambda: with_message(goto("/claims360/"))
    yield lambda: goto("/dossiers/{dossier}/quotes/{quote}/compare/?from=2&to=1")  # an amount that goes down
    yield lambda: with_mistakes(goto("/claims360/configure/?repairer={unlinked}"), "save")
    yield lambda: with_mistakes(goto("/claims360/missions/{waiting}/deny/"))
    yield lambda: with_mistakes(goto("/dossiers/new/"))  # of no repairer
    yield lambda: with_uploads(goto("/dossiers/{uploads}/"))
    yield lambda: with_parts(goto("/claims360/"))
    yield lambda: not_configured(find_reader)
    yield lambda: nobodys(find_reader)


def with_dialog(page: Page, address: str) -> Page:
    page.locator(f"a[href='{address}']").first.dispatch_event("click")
    page.locator("dialog[open]").wait_for()
    return page


def with_opened_row(page: Page, site: Site) -> Page:
    page.locator(f"[aria-controls=opened-{site.ids['several']}]").click()
    page.locator(".opened-in").wait_for()
    return page


def with_message(page: Page) -> Page:
    """Past the script, which lets nobody accept before a row is chosen."""
    page.evaluate("document.getElementById('many').submit()")
    page.locator("#messages .note").wait_for()
    return page


def with_mistakes(page: Page, button: str = "") -> Page:
    page.locator(f"main [name={button}]" if button else "main button.main").click()
    page.locator("[aria-invalid=true]").first.wait_for()
    return page


def with_uploads(page: Page) -> Page:
    """As uploads.js adds a row."""
    page.evaluate(
        """() => {
            const row = document.getElementById("upload-row").content.cloneNode(true);
            row.querySelector(".sub").classList.add("bad");
            document.getElementById("uploads").append(row);
        }"""
    )
    return page


def with_parts(page: Page) -> Page:
    """What these few rows do not come to, from the templates: many pages, an answer that is waited for, a picture."""
    telling = Telling("info", "Claims360 is being asked for it", moving=True)
    parts = {
        "components/pagination.html": {"page": PageOfRows([], 2, 3 * SIZE, has_more=True)},
        "claims360/_asked.html": {"url": "/claims360/", "telling": telling},
        "help/_picture.html": {"wide": {"path": "favicon.svg", "width": 32, "height": 32}},
    }
    request = RequestFactory().get("/")
    html = "".join(render_to_string(name, context, request) for name, context in parts.items())
    page.evaluate("html => { document.getElementById('list').innerHTML = html; }", html)
    page.evaluate(
        """() => {
            const picture = document.querySelector("#list img"), prose = document.createElement("ol");
            prose.className = "prose";
            prose.innerHTML = `<li>${picture.outerHTML}</li>`;
            picture.replaceWith(prose);
        }"""
    )
    return page


def not_configured(find_reader: FindReader) -> Page:
    page = find_reader("gent", "fr").page
    page.goto("/claims360/")
    return page


def nobodys(find_reader: FindReader) -> Page:
    """Whose password is wrong."""
    page = find_reader("", "fr").page
    page.goto("/login/")
    fill_login(page, "gent", "wrong")
    page.locator(".errorlist").wait_for()
    return page

"""Rafraîchir is seen to do something, whatever the page was just reading by itself."""

import re
import time

import pytest
from playwright.sync_api import APIResponse, Page, Request, Route, expect

from tests.browser.conftest import Reader
from tests.browser.waiting import anew
from tests.processes import PATIENCE

pytestmark = pytest.mark.browser


class Held:
    """Answers that are on their way: PlanManager has given them, the page gets them when the test says so."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.answers: dict[str, tuple[Route, APIResponse]] = {}
        page.route("**/claims360/**", self.hold)

    def hold(self, route: Route) -> None:
        self.answers[asked(route.request)] = route, route.fetch()

    def wait_for(self, what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while what not in self.answers:
            assert time.monotonic() < deadline, f"nothing asked for the {what}"
            self.page.wait_for_timeout(20)

    def let_through(self, what: str) -> None:
        route, answer = self.answers.pop(what)
        route.fulfill(response=answer)


def asked(request: Request) -> str:
    """What htmx asks for: the frame, the list, or a deed."""
    return "deed" if request.method == "POST" else request.headers.get("hx-target", "")


def test_answers_from_before_the_click_do_not_undo_it(reader: Reader) -> None:
    """Frame and list were asked for before the click; their answers come after it and are older than it."""
    page = reader.page
    page.goto("/claims360/")
    expect(page.locator("#frame")).not_to_contain_text("Synchronisation demandée")
    held = Held(page)
    page.evaluate("htmx.trigger(document.body, 'list-changed')")
    held.wait_for("list")
    held.wait_for("frame")
    page.get_by_role("button", name="Rafraîchir").click()
    held.wait_for("deed")
    for what in ("frame", "deed", "list"):
        held.let_through(what)
    expect(page.locator("#frame")).to_contain_text("Synchronisation demandée")


ASKED_FOR = """() => {
    let asked = 0;
    const count = () => asked++;
    document.addEventListener("list-changed", count);
    htmx.trigger(document.body, "list-grows");
    document.removeEventListener("list-changed", count);
    return asked;
}"""


def test_what_a_long_synchronisation_brings_comes_into_a_list_that_nobody_reads(reader: Reader) -> None:
    page = reader.page
    page.goto("/claims360/?state=all")
    with anew(page.locator("#list")):
        assert page.evaluate(ASKED_FOR) == 1
    opens = page.locator("#list [data-opens]").first
    opens.click()
    expect(opens).to_have_attribute("aria-expanded", "true")
    assert page.evaluate(ASKED_FOR) == 0, "it would close what somebody reads"
    opens.click()
    page.locator("#list details.menu summary").first.click()
    assert page.evaluate(ASKED_FOR) == 0


def test_the_repairer_is_changed_while_the_list_is_on_its_way(reader: Reader) -> None:
    """As right after a sync: the list that is on its way, and the frame in it, are of the repairer before."""
    page = reader.page
    page.goto("/claims360/")
    held = Held(page)
    page.evaluate("htmx.trigger(document.body, 'list-changed')")
    held.wait_for("list")
    route, answer = held.answers.pop("list")
    page.get_by_label("Importer pour").select_option("Insypro")
    held.wait_for("deed")
    held.let_through("deed")
    route.fulfill(response=answer)
    held.wait_for("list")
    held.let_through("list")
    expect(page.locator("#frame")).to_contain_text("Pas encore configuré")


def test_a_look_that_the_list_overtook_is_let_go(reader: Reader) -> None:
    """The list brings the frame along: what the frame before it had asked for comes too late, and to nowhere."""
    page = reader.page
    page.goto("/claims360/")
    held = Held(page)
    held.wait_for("frame")
    route, answer = held.answers.pop("frame")
    page.evaluate("htmx.trigger(document.body, 'list-changed')")
    held.wait_for("list")
    with anew(page.locator("#list")):
        held.let_through("list")
    with page.expect_event("requestfinished", lambda request: request == route.request):
        route.fulfill(response=answer)
    page.wait_for_timeout(200)  # for what htmx makes of it
    assert reader.troubles == []


CAME = """() => {
    const note = () => document.body.setAttribute("data-came", "");
    document.addEventListener("htmx:beforeSwap", note, { once: true });
}"""


def test_a_click_is_not_lost_though_the_frame_comes_anew_under_it(reader: Reader) -> None:
    """While something moves it does so each second, and a finger is down for a tenth of one."""
    page = reader.page
    page.goto("/claims360/")
    held = Held(page)
    held.wait_for("frame")
    page.evaluate(CAME)
    page.get_by_role("link", name=re.compile("^En attente")).hover()
    page.mouse.down()
    held.let_through("frame")
    expect(page.locator("body[data-came]")).to_be_attached()
    page.mouse.up()
    held.wait_for("tab")
    held.let_through("tab")
    expect(page.get_by_role("link", name=re.compile("^En attente"))).to_have_attribute("aria-current", "true")
    held.wait_for("frame")  # which goes on looking


def test_the_list_comes_anew_once_nothing_in_it_is_pressed(reader: Reader) -> None:
    page = reader.page
    page.goto("/claims360/")
    held = Held(page)
    page.evaluate("htmx.trigger(document.body, 'list-changed')")
    held.wait_for("list")
    page.evaluate(CAME)
    opens = page.locator("#list [data-opens]").first
    opens.hover()
    page.mouse.down()
    held.let_through("list")
    expect(page.locator("body[data-came]")).to_be_attached()
    page.mouse.up()
    expect(opens).to_have_attribute("aria-expanded", "true")
    held.wait_for("list")

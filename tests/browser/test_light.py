"""The tab over a slow connection: few bytes, nothing that jumps, soon to be used."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, CDPSession, Page, Route

from tests import figures
from tests.browser.conftest import log_in
from tests.browser.programs import Site, behind_caddy

pytestmark = pytest.mark.browser

MOST_BYTES = 120_000
SLOW = {
    "latency": 100,
    "downloadThroughput": 5_000_000 / 8,
    "uploadThroughput": 1_000_000 / 8,
}  # a weak 4G; ms, B/s
TRICKLE = {"latency": 0, "downloadThroughput": 30_000, "uploadThroughput": 30_000}
TAB = "/claims360/?state=all"
WIDE_AND_NARROW = pytest.mark.parametrize("width", [1280, 360])
JUMPS = """
    window.jumps = [];
    const seen = (source) => source.node ? (source.node.outerHTML ?? source.node.nodeValue).slice(0, 160) : "";
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.jumps.push(...one.sources.map(seen));
    }).observe({ type: "layout-shift", buffered: true });
"""
# What has come, style sheets and scripts with it, and the scripts have run.
USABLE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


SHOWN = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def compressed(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with behind_caddy(tmp_path_factory.mktemp("caddy"), site.url) as address:
        yield address


@contextmanager
def visit(chromium: Browser, address: str, width: int) -> Iterator[Page]:
    """For somebody of the garage who is logged in, and has nothing kept of what was loaded for it."""
    first = chromium.new_context(base_url=address)
    page = first.new_page()
    page.goto("/login/")
    log_in(page, "namur")
    context = chromium.new_context(base_url=address, viewport={"width": width, "height": 900})
    context.add_cookies(first.cookies())
    first.close()
    context.add_init_script(JUMPS)
    yield context.new_page()
    context.close()


def connected(page: Page, over: dict[str, float]) -> CDPSession:
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", {"offline": False, **over})
    return wire


@WIDE_AND_NARROW
def test_the_first_visit(chromium: Browser, compressed: str, width: int) -> None:
    with visit(chromium, compressed, width) as page:
        wire = connected(page, SLOW)
        came: list[float] = []
        wire.on("Network.loadingFinished", lambda ended: came.append(ended["encodedDataLength"]))
        page.goto(TAB, wait_until="networkidle")
        assert sum(came) < MOST_BYTES
        assert page.evaluate("window.jumps") == []
        figures.count(f"bytes of the first visit of the tab, {width} px wide", round(sum(came)))
        figures.count(f"ms until it can be used at 5 Mbit/s, {width} px wide", round(page.evaluate(USABLE)))


@WIDE_AND_NARROW
def test_nothing_jumps_in_a_page_that_comes_in_pieces(chromium: Browser, site: Site, width: int) -> None:
    with visit(chromium, site.url, width) as page:  # uncompressed, so that it is in pieces for long
        page.goto(
            "/dossiers/", wait_until="networkidle"
        )  # its style is kept: only the page itself is waited for
        connected(page, TRICKLE)
        page.goto(TAB, wait_until="networkidle")
        assert page.evaluate("window.jumps") == []


@WIDE_AND_NARROW
def test_nothing_jumps_when_its_scripts_come_late(chromium: Browser, site: Site, width: int) -> None:
    late: list[str] = []

    def hold(route: Route) -> None:
        route.request.frame.page.evaluate(SHOWN)
        late.append(route.request.url)
        route.continue_()

    with visit(chromium, site.url, width) as page:
        page.route("**/*.js", hold)
        page.goto(TAB, wait_until="networkidle")
        assert late
        assert page.evaluate("window.jumps") == []

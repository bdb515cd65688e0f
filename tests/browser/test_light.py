"""The first visit of the tab over a slow connection: few bytes, nothing that jumps, soon to be used."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

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
JUMPS = """
    window.jumps = [];
    const seen = (source) => source.node ? (source.node.outerHTML ?? source.node.nodeValue).slice(0, 160) : "";
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.jumps.push(...one.sources.map(seen));
    }).observe({ type: "layout-shift", buffered: true });
"""
# What has come, style sheets and scripts with it, and the scripts have run.
USABLE = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


@pytest.mark.parametrize("width", [1280, 360])
def test_the_first_visit_of_the_tab(chromium: Browser, site: Site, tmp_path: Path, width: int) -> None:
    with behind_caddy(tmp_path, site.url) as address:
        first = chromium.new_context(base_url=address)
        page = first.new_page()
        page.goto("/login/")
        log_in(page, "namur")
        # Logged in, and with nothing kept of what was loaded for it.
        visit = chromium.new_context(base_url=address, viewport={"width": width, "height": 900})
        visit.add_cookies(first.cookies())
        first.close()
        page = visit.new_page()
        page.add_init_script(JUMPS)
        wire = visit.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.emulateNetworkConditions", {"offline": False, **SLOW})
        came: list[float] = []
        wire.on("Network.loadingFinished", lambda ended: came.append(ended["encodedDataLength"]))
        page.goto("/claims360/?state=all", wait_until="networkidle")
        assert sum(came) < MOST_BYTES
        assert page.evaluate("window.jumps") == []
        figures.count(f"bytes of the first visit of the tab, {width} px wide", round(sum(came)))
        figures.count(f"ms until it can be used at 5 Mbit/s, {width} px wide", round(page.evaluate(USABLE)))
        visit.close()

"""What must not be seen in any page: an error, another host, something too wide, cut or covered, a barrier."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from tests import figures

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = ["color-contrast"]  # all that a dark screen changes of what axe looks at
BARRIERS = """async (runOnly) => {
    if (!window.axe) return null;
    const { violations } = await axe.run({ runOnly, resultTypes: ["violations"], selectors: false, preload: false });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}"""
# A refused request is noted with its status, by `answered`; htmx tells of one that failed a second time, by its
# reason, and of one that was given up because the page was left, which is no trouble.
SAID_OTHERWISE = ("Failed to load resource", "htmx:afterRequest", "htmx:sendAbort")
PARTS_OF_A_DATE = 7  # at which Tab stops at most: day, month, year, hour, minute, half of the day, calendar
HERE = Path(__file__).parent
SEEN = (HERE / "seen.js").read_text()
AXE = f"{AXE_SCRIPT};{(HERE / 'axe_colours.js').read_text()}"


def watch(page: Page, url: str) -> list[str]:
    """A list that fills with what goes wrong in `page`, whose own site is `url`."""
    troubles: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(SAID_OTHERWISE):
            troubles.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{url}/", "data:", "blob:")):
            troubles.append(f"another host: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            troubles.append(f"{response.status} {response.url.removeprefix(url)}")

    page.on("console", heard)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", asked)
    page.on("response", answered)
    return troubles


def prepare_to_look(context: BrowserContext) -> None:
    """Each of its pages has the scripts that look from its beginning, which takes half as long as to bring them."""
    context.add_init_script(script=f"{AXE};{SEEN}")


def too_wide(page: Page) -> list[str]:
    """Where the page has to be scrolled sideways: how wide it is, and the elements that stick out."""
    return _seen(page, "tooWide")


def misplaced(page: Page) -> list[str]:
    """As `too_wide`, and what lies over something else, leaves its box, is cut or squeezed."""
    return _seen(page, "tooWide", "overfull", "overlaps", "cut", "unread", "outside", "squeezed")


def unfold(page: Page) -> None:
    """Open whatever is folded away, at whichever width; not the menus, which lie over something else."""
    page.evaluate("for (const one of document.querySelectorAll('details:not(.menu)')) one.open = true")


@contextmanager
def on_a_screen(page: Page, scheme: str) -> Iterator[None]:
    """While it lasts the page is "light", as it always is, or "dark"; nothing moves, for colours would fade."""
    if scheme == "light":
        yield
        return
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    try:
        yield
    finally:
        page.emulate_media(color_scheme="light")
        page.evaluate("document.body.offsetWidth")  # it is light before anything may move again
        page.emulate_media(reduced_motion="no-preference")


def stuck(page: Page) -> list[str]:
    """What stays where it is while the page is scrolled."""
    return _seen(page, "stuck")


def lost(page: Page) -> list[str]:
    """What does not show that it has the focus, or is covered while it has it, whichever way one comes to it."""
    page.keyboard.press("Tab")  # from now on the browser marks the focus, also where a script sets it
    return _seen(page, "lost")


def missed_by_tab(page: Page) -> list[str]:
    """What can be pressed or filled in, and Tab does not come to on its way from the top of the page to its end."""
    _seen(page, "missed")  # what there is, to have it loaded
    stops = page.evaluate("seen.walk() ?? seen.missed().length")
    dates = page.locator("input[type^=date]").count()
    for _ in range(stops + 1 + PARTS_OF_A_DATE * dates):
        page.keyboard.press("Tab")
    return _seen(page, "missed")


def untold(page: Page) -> list[str]:
    """The fields with a mistake to which no sentence is tied."""
    return _seen(page, "untold")


def barriers(page: Page) -> list[str]:
    """The violations of WCAG 2.2 AA that axe finds, each with the element."""
    return _axe(page, {"type": "tag", "values": WCAG})


def too_faint(page: Page) -> list[str]:
    """What of the text can't be told from its ground, as `barriers`."""
    return _axe(page, {"type": "rule", "values": CONTRAST})


def _axe(page: Page, rules: dict[str, object]) -> list[str]:
    figures.count("runs of axe: pages × languages × states")
    return _asked(page, AXE, BARRIERS, rules)


def _seen(page: Page, *names: str) -> list[str]:
    looks = ", ".join(f"...seen.{name}()" for name in names)
    return _asked(page, SEEN, f"() => window.seen ? [{looks}] : null")


def _asked(page: Page, script: str, question: str, about: object = None) -> list[str]:
    """What the page answers; it is asked first, and given the script only where it answers null for want of it.

    Not before all of it is there: until its style sheets are, nothing is in its place.
    """
    page.wait_for_load_state()
    answer = page.evaluate(question, about)
    if answer is None:
        page.evaluate(script)
        answer = page.evaluate(question, about)
    return answer

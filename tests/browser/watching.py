"""What must not be seen in any page: an error, another host, something too wide, a barrier."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page, Request, Response

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
BARRIERS = """async (tags) => {
    const { violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}"""
TOO_WIDE = """() => {
    const width = document.documentElement.scrollWidth;
    if (width <= innerWidth) return [];
    const scrolls = (element) => element !== document.body && element !== document.documentElement
        && ["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(element).overflowX);
    const inScroller = (element) => element && (scrolls(element) || inScroller(element.parentElement));
    const outside = [...document.querySelectorAll("body *")].filter((element) =>
        element.getBoundingClientRect().right > innerWidth + 1 && !inScroller(element.parentElement));
    return [`${width} px`, ...outside.map((element) => element.outerHTML.slice(0, 160))];
}"""

OVERLAPS = """() => [...document.querySelectorAll("td")].flatMap((cell) => {
    const { left, right, width } = cell.getBoundingClientRect();
    const apart = ".sr, .menu-items, td td, svg, .scroll *";
    const inside = [...cell.querySelectorAll("*")].filter((one) => !one.closest(apart));
    const outside = inside.filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width && (box.left < left - 1 || box.right > right + 1);
    });
    const isOverfull = width && cell.scrollWidth > cell.clientWidth + 1 && !cell.querySelector(".menu[open]");
    return outside.length || isOverfull ? [cell.outerHTML.slice(0, 160)] : [];
})"""


def watch(page: Page, url: str) -> list[str]:
    """A list that fills with what goes wrong in `page`, whose own site is `url`."""
    troubles: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A refused request is noted with its status, by `answered`.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
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


def too_wide(page: Page) -> list[str]:
    """Where the page has to be scrolled sideways: how wide it is, and the elements that stick out."""
    return page.evaluate(TOO_WIDE)


def overlaps(page: Page) -> list[str]:
    """The cells of which something lies over their neighbours."""
    return page.evaluate(OVERLAPS)


def barriers(page: Page) -> list[str]:
    """The violations of WCAG 2.2 AA that axe finds, each with the element."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(BARRIERS, WCAG)

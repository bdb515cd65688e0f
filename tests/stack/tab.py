"""What a garage sees on the Claims360 tab, by any browser that has logged in."""

from planmanager.demo.browser import TIMEOUT, Browser

TAB, REFRESH = "/claims360/", "/claims360/refresh/"


def shown(browser: Browser) -> list[str]:
    """The missions of the tab."""
    return [row.attrib["data-mission"] for row in browser.open(TAB).all("tr[@data-mission]")]


def photos(browser: Browser) -> int:
    """How many photos the pages of the missions show, each of them really there."""
    pages = {path for path in browser.open(TAB).links(f"{TAB}missions/") if path.endswith("/")}
    images = {image.attrib["src"] for path in pages for image in browser.open(path).all("img")}
    answers = [browser.session.get(f"{browser.url}{image}", timeout=TIMEOUT) for image in images]
    assert {(answer.status_code, answer.headers["Content-Type"]) for answer in answers} <= {
        (200, "image/jpeg")
    }
    return len(images)

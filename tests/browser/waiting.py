"""What the next step waits for: a page with its scripts, a part of it that comes anew, a word that goes again."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect

SAID = """(one) => new MutationObserver(() => {
    one.dataset.said = `${one.dataset.said ?? ""}|${one.textContent.trim()}`;
}).observe(one, { childList: true })"""


def follow(link: Locator) -> None:
    """Click, and wait for the page that it leads to: before its scripts are there it does less."""
    with link.page.expect_navigation():
        link.click()


@contextmanager
def anew(part: Locator) -> Iterator[None]:
    """Wait at the end until other elements have taken the place of `part`: what is done to these would be lost."""
    part.evaluate("one => one.setAttribute('data-before', '')")
    yield
    expect(part).not_to_have_attribute("data-before", "")


def note_what_it_says(button: Locator) -> None:
    """From now on `data-said` holds each text that it had, however briefly."""
    button.evaluate(SAID)

"""In which languages, at which widths and in which schemes a state of a page is looked at, and for what."""

import os
from collections.abc import Iterable, Mapping
from zlib import crc32

from django.conf import settings
from playwright.sync_api import Page

from tests.browser.watching import barriers, lost, misplaced, on_a_screen, stuck, too_faint, unfold

WIDTHS = (1280, 768, 320)
LIGHT, DARK = ("light",), ("dark",)
# Where axe looks: in every language, and at each width in each scheme, but not at each of them in each language.
# Which words are missing shows wherever it looks; no colour depends on the words (tests/test_style.py). Between
# two widths there is no barrier that one of them has not. With SOAK=1 it looks everywhere.
SPREAD = {"fr": {1280: LIGHT, 320: LIGHT}, "nl": {320: DARK}, "de": {1280: DARK}, "en": {1280: LIGHT}}
EVERYWHERE = dict.fromkeys(WIDTHS, LIGHT + DARK)
SOAK = os.environ.get("SOAK") == "1"
BARRIERS_AT = dict.fromkeys(SPREAD, EVERYWHERE) if SOAK else SPREAD
ENLARGED = {"width": 320, "height": 256}  # what a screen of 1280 by 1024 shows at 400 %
LANGUAGES = [code for code, _name in settings.LANGUAGES]


def languages_of(state: str) -> list[str]:
    """Of a state that `make test` looks at once: one language, always the same; with SOAK=1 all of them."""
    return LANGUAGES if SOAK else [LANGUAGES[crc32(state.encode()) % len(LANGUAGES)]]


def each_in_turn(states: Iterable[str]) -> list[tuple[str, str]]:
    """Each with its language, so that together they meet all; with SOAK=1 each in every language."""
    return [(state, language) for state in states for language in languages_of(state)]


def assert_well(page: Page, *, barriers_at: Mapping[int, tuple[str, ...]] = BARRIERS_AT["fr"]) -> None:
    """What is shown fits, wide and narrow, and keeps nobody out: axe looks at these widths, in these schemes."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert misplaced(page) == []
        for scheme in barriers_at.get(width, ()):
            with on_a_screen(page, scheme):
                assert barriers(page) == []


def assert_well_in(language: str, page: Page) -> None:
    """As `assert_well`, in one language of the four that are all looked at: as it comes, in the others unfolded."""
    assert page.locator("html").get_attribute("lang") == language
    if language != settings.LANGUAGE_CODE:
        unfold(page)
    assert_well(page, barriers_at=BARRIERS_AT[language])


def assert_well_once(language: str, page: Page) -> None:
    """What is looked at in this language only, or with SOAK=1 in each: also in the dark, and by the keyboard."""
    assert page.locator("html").get_attribute("lang") == language
    assert_well(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    with on_a_screen(page, "dark"):
        assert too_faint(page) == []
    assert_well_by_keyboard(page)


def assert_well_by_keyboard(page: Page) -> None:
    """The focus is seen, also enlarged so far that little of the page is seen at a time; in whichever language."""
    page.set_viewport_size({"width": 1280, "height": 900})
    assert lost(page) == []
    page.set_viewport_size(ENLARGED)
    assert stuck(page) == []
    assert lost(page) == []

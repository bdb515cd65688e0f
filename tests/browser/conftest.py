"""A real chromium, the demo that it walks through, and where its pictures go."""

import io
import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.programs import ROOT, Demo, running_demo
from tests.run import CHROMIUM

PICTURES = ROOT / "docs" / "screenshots"
COLOURS = 128  # of a picture's palette: a page has few, and its photos stay photos
Shot = Callable[[Page, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", action="store_true", help="write the pictures of docs/screenshots anew")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    assert path, "chromium is not installed"
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        args = ["--no-sandbox"] if os.geteuid() == 0 else []  # root has no other way
        browser = playwright.chromium.launch(executable_path=path, args=args)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("demo")) as demo:
        yield demo


@pytest.fixture(scope="session")
def shot(pytestconfig: pytest.Config) -> Shot:
    """Writes what a page shows to docs/screenshots/NN-name.png; with --screenshots only."""
    if not pytestconfig.getoption("--screenshots", default=False):
        return lambda _page, _name: None
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    return _write


def _write(page: Page, name: str) -> None:
    number = len(list(PICTURES.iterdir())) + 1
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(PICTURES / f"{number:02}-{name}.png", optimize=True)

"""The page of components: in DEBUG only, and each component is shown there."""

import re
from pathlib import Path

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from planmanager import style

ROOT = Path(__file__).resolve().parent.parent
CSS = [
    path
    for path in sorted((ROOT / "static" / "css").glob("*.css"))
    if not path.name.startswith("admin") and path.name != "site.css"
]  # admin's have Django's names
SHOWN_ELSEWHERE = {
    "back": "where PlanManager's other screens are, for who is logged in",
    "user": "who is logged in",
    "bare": "a page without the shell: login, errors",
    "embedded": "the shell in the frame of another program",
    "dialog-page": "a popup as a page of its own, without a script",
    "js": "app.js sets it on the page",
    "htmx-request": "htmx sets it on what is being fetched",
}
FOUND_BY_NAME = ("403", "404", "500", "admin/", "registration/", "help/")  # by Django; the last by their page


def classes_of(css: str) -> set[str]:
    """The classes that its selectors name."""
    return set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|[\w-]+:[^;{}]*;", "", css, flags=re.DOTALL)))


@pytest.fixture
def shown() -> set[str]:
    """The classes of what the page shows."""
    request = RequestFactory().get("/style/")
    request.htmx = None
    with translation.override("en"):
        html = style.page(request).content.decode()
    return {name for found in re.findall(r'class="([^"]*)"', html) for name in found.split()}


@pytest.mark.parametrize("path", CSS, ids=lambda path: path.name)
def test_each_component_is_shown(shown: set[str], path: Path) -> None:
    assert classes_of(path.read_text()) - shown - SHOWN_ELSEWHERE.keys() == set()


def test_a_component_that_is_not_shown_is_found(shown: set[str]) -> None:
    assert classes_of(".shown-nowhere { color: var(--ink); & .chip { top: 0.5rem; } }") - shown == {
        "shown-nowhere"
    }


def test_it_is_there_in_debug_only(client: Client) -> None:
    assert client.get("/style/").status_code == 404


def test_no_style_depends_on_the_language() -> None:
    """Nor on which page of which language it is: what axe says of a colour in one language holds in all."""
    styles = "".join(path.read_text() for path in (ROOT / "static" / "css").glob("*.css"))
    assert re.findall(r".*(?::lang\(|\[lang|\[hreflang).*", styles) == []


APPS = ("planmanager", "claims360_link", "dossiers", "repairers")
TEMPLATES = sorted(
    path.relative_to(ROOT / "templates").as_posix() for path in (ROOT / "templates").rglob("*.html")
)


WRITTEN_ANEW = (
    r'class="(?:chip|note|empty|plate)(?! bad page-note)[ "]'  # the shell's one is for a script to show
)
PAGES = [name for name in TEMPLATES if not name.startswith(("components/", "style/", "help/"))]


@pytest.mark.parametrize("name", PAGES)
def test_pages_include_a_component_rather_than_write_it_anew(name: str) -> None:
    assert re.findall(WRITTEN_ANEW, (ROOT / "templates" / name).read_text()) == []


def test_each_component_is_on_some_page() -> None:
    sources = "".join(
        (ROOT / "templates" / name).read_text() for name in TEMPLATES if not name.startswith("style/")
    )
    code = "".join(path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py"))
    components = [name for name in TEMPLATES if name.startswith("components/")]
    assert [name for name in components if name not in sources + code] == []


def test_each_template_is_used() -> None:
    paths = [
        path
        for app in ("templates", *APPS)
        for path in (ROOT / app).rglob("*")
        if path.suffix in (".html", ".py")
    ]
    sources = "".join(path.read_text() for path in paths)
    named = [name for name in TEMPLATES if not name.startswith(FOUND_BY_NAME)]
    assert [name for name in named if f'"{name}"' not in sources] == []

"""Aide: the user documentation as pages, to which each page of the product leads at the right place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from planmanager.help import PAGES, PLACES, place_of
from repairers.models import Repairer, User
from tests.security.addresses import address, routes
from tests.security.world import World, build

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "static" / "help"
LANGUAGES = [code for code, _name in django_settings.LANGUAGES]
LINK = re.compile(r'<a [^>]*href="(/aide/[^"]*)"')
APART = ("admin/", "aide/", "api/v1/")  # Django's own, Aide itself, and what is its own documentation
HEAVIEST, ALL = (
    60_000,
    3_200_000,
)  # bytes of a picture, and of all: wide and for a telephone, in each language


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def world(active: None, repairer: Repairer, staff: User) -> World:
    return build(repairer, staff)


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_every_page_is_there_and_leads_to_all_others(browser: Client, slug: str) -> None:
    answer = browser.get(f"/aide/{slug}/")
    assert answer.status_code == 200
    for page in PAGES:
        assert f'href="{page.url}"' in answer.content.decode()


def test_the_first_page_is_activation(browser: Client) -> None:
    assert browser.get("/aide/").context["page"].slug == "activation"


def test_no_such_page(browser: Client) -> None:
    assert browser.get("/aide/nothing/").status_code == 404


def test_addresses_come_from_the_settings(browser: Client, settings: Settings) -> None:
    settings.HELPDESK_EMAIL, settings.INFORMEX_EMAIL = "desk@example.test", "box@example.test"
    text = browser.get("/aide/configuration/").content.decode()
    assert "mailto:desk@example.test" in text
    assert "mailto:box@example.test" in text


def test_a_video_shows_only_where_one_is_set(browser: Client, settings: Settings) -> None:
    url = "https://video.example.test/keys"
    assert url not in browser.get("/aide/keys/").content.decode()
    settings.HELP_VIDEO_KEYS_URL = url
    assert f'href="{url}"' in browser.get("/aide/keys/").content.decode()


# -- the right place


def is_there(browser: Client, url: str) -> bool:
    path, _, heading = url.partition("#")
    answer = browser.get(path)
    return answer.status_code == 200 and (not heading or f'id="{heading}"' in answer.content.decode())


def led_to(browser: Client, world: World) -> Iterator[tuple[str, str]]:
    """The route of every page that shows the shell, and where its Aide leads."""
    for route in routes():
        if not route.startswith(APART):
            answer = browser.get(address(route, world), {"repairer": world.repairer.pk})
            is_page = answer.status_code == 200 and "html" in answer.headers["Content-Type"]
            if is_page and (link := LINK.search(answer.content.decode())):
                yield route, link[1]


def test_each_page_leads_to_what_aide_says_of_it(browser: Client, world: World) -> None:
    led = dict(led_to(browser, world))
    assert len(led) > 20
    assert [route for route, url in led.items() if url == "/aide/"] == [], "pages that Aide says nothing of"
    assert {route: url for route, url in led.items() if not is_there(browser, url)} == {}


@pytest.mark.parametrize("view_name", PLACES)
def test_each_place_is_there(browser: Client, view_name: str) -> None:
    assert is_there(browser, place_of(view_name))


def test_a_window_leads_to_its_own_place(browser: Client, world: World) -> None:
    """In a new tab, so that what was typed stays."""
    asked = {"HX-Request": "true", "HX-Target": "dialog"}
    text = browser.get(f"/claims360/missions/{world.waiting.pk}/deny/", headers=asked).content.decode()
    assert re.search(r'<a [^>]*href="/aide/queue/#deny" target="_blank"', text)


def test_in_a_frame_aide_stands_on_the_page(browser: Client, world: World) -> None:
    """The side bar that leads to it is hidden there."""
    text = browser.get("/claims360/where/?embed=1").content.decode()
    assert 'href="/aide/where/"' in text[text.index('id="main"') :]


def test_nobody_is_led_to_aide_before_the_login(client: Client, db: None) -> None:
    assert "/aide/" not in client.get("/login/").content.decode()


# -- what it names

NAMED = re.compile(r'{% translate "([^"]+)" as (\w+) %}')
TERM = re.compile(r'<dt>{% translate "([^"]+)" %}</dt>')
PROGRAMS = ("planmanager", "repairers", "dossiers", "claims360_link", "templates")


def on_the_screen() -> str:
    """All that the screens are made of, Aide itself left out."""
    paths = [
        path for folder in PROGRAMS for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".html")
    ]
    return "".join(
        path.read_text() for path in paths if not {"help", "sandbox", "style"} & {*path.parts}
    ).lower()


@pytest.mark.parametrize("slug", [page.slug for page in PAGES if page.slug != "questions"])
def test_what_aide_names_is_called_so_on_the_screen(slug: str) -> None:
    """By the same text, so that it is the same in each language."""
    aide, screen = (ROOT / "templates" / "help" / f"{slug}.html").read_text(), on_the_screen()
    named = {text for text, name in NAMED.findall(aide) if f"<strong>{{{{ {name} }}}}</strong>" in aide}
    assert {text for text in {*named, *TERM.findall(aide)} if f'"{text.lower()}"' not in screen} == set()


# -- pictures


def shown() -> set[str]:
    """The names of the pictures in the pages of Aide."""
    pages = [path.read_text() for path in (ROOT / "templates" / "help").glob("*.html")]
    return {name for text in pages for name in re.findall(r'{% picture "([\w-]+)"', text)}


def pictures(folder: Path) -> set[str]:
    """Their names; each may be there as it looks on a telephone, too."""
    return {path.stem.removesuffix("-narrow") for path in folder.glob("*.webp")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_and_none_is_left_over(language: str) -> None:
    assert pictures(PICTURES) | pictures(PICTURES / language) == shown()


def test_pictures_are_light() -> None:
    sizes = {path.name: path.stat().st_size for path in PICTURES.rglob("*.webp")}
    assert {name: size for name, size in sizes.items() if size > HEAVIEST} == {}
    assert sum(sizes.values()) < ALL


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_are_in_the_language_of_their_reader_and_have_their_size(
    browser: Client, staff: User, language: str
) -> None:
    """Of which the browser keeps the room, so that nothing shifts: digits alone, as wide as it may be."""
    User.objects.filter(pk=staff.pk).update(language=language)
    pages = "".join(browser.get(page.url).content.decode() for page in PAGES)
    found = re.findall(r'<img [^>]*src="/static/help/(\S+)/[\w-]+.webp"[^>]* width="\d+" height="\d+"', pages)
    common = re.findall(r'<img [^>]*src="/static/help/[\w-]+.webp"[^>]* width="\d+" height="\d+"', pages)
    phone = re.findall(
        r'<source [^>]*srcset="/static/help/(\S+)/[\w-]+-narrow.webp" width="\d+" height="\d+"', pages
    )
    assert set(found) == set(phone) == {language}
    assert len(found) == len(phone) and len(found) + len(common) == len(shown())

"""What every answer says to the browser, and that no page carries code or style of its own."""

from html.parser import HTMLParser

import pytest
from django.http import HttpResponse
from django.test import Client

from repairers.models import Repairer, User
from tests.security.addresses import address, routes
from tests.security.world import build

WANTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
KEPT = ("/dossiers/photos/", "/admin/jsi18n/")  # they say themselves for how long


class Inline(HTMLParser):
    """Collects what a strict policy would refuse: scripts and styles in the page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        is_data = known.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in known and not is_data):
            self.found.append(tag)
        self.found += [
            f"{tag} {name}"
            for name in known
            if name == "style" or name.startswith(("on", "hx-on", "hx-vals-js"))
        ]
        self.found += [
            f"{tag} {name}" for name, value in attrs if (value or "").strip().startswith("javascript:")
        ]


@pytest.fixture
def answers(
    active: None, repairer: Repairer, staff: User, helpdesk: User, client: Client
) -> dict[str, HttpResponse]:
    """Every URL as the helpdesk gets it, and the login page."""
    world = build(repairer, staff)
    query = {"repairer": repairer.pk}
    found = {"/login/": client.get("/login/")}
    client.force_login(helpdesk)
    places = [address(route, world) for route in routes() if not route.startswith("admin/logout")]
    for place in places:
        found[place] = client.get(place, query if place == "/claims360/configure/" else {})
        client.force_login(helpdesk)
    return found


def test_every_answer_is_guarded(answers: dict[str, HttpResponse]) -> None:
    for place, answer in answers.items():
        said = {name: answer.headers.get(name) for name in WANTED}
        assert said == WANTED, place
        policy = {part.strip() for part in answer.headers["Content-Security-Policy"].split(";")}
        assert policy == {part.strip() for part in CSP.split(";")}, place


def test_no_page_is_kept_in_a_cache(answers: dict[str, HttpResponse]) -> None:
    for place, answer in answers.items():
        if not place.startswith(KEPT):
            assert "no-store" in answer.headers["Cache-Control"], place
            assert "private" in answer.headers["Cache-Control"], place


def test_no_page_has_code_or_style_of_its_own(answers: dict[str, HttpResponse]) -> None:
    pages = {
        place: answer.content.decode()
        for place, answer in answers.items()
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    }
    assert len(pages) > 70
    assert {place: found for place, page in pages.items() if (found := Inline(page).found)} == {}


def test_what_is_looked_for_would_be_found() -> None:
    page = "<p style='a'><a onclick=x href='javascript:y'><script>z</script><script src=a></script><style></style>"
    assert Inline(page).found == ["p style", "a onclick", "a href", "script", "style"]

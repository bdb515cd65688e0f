"""What every answer says to the browser, and that no page carries code or style of its own."""

from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client

from repairers.models import Repairer, User
from tests.security.addresses import address, routes
from tests.security.world import World, build

WANTED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
KEPT = ("/dossiers/photos/", "/admin/jsi18n/", "/api/v1/openapi.json")  # they say themselves for how long


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


def test_every_answer(active: None, repairer: Repairer, staff: User, helpdesk: User, client: Client) -> None:
    answers = answers_of(client, build(repairer, staff), helpdesk)
    pages = 0
    for place, answer in answers.items():
        assert {name: answer.headers.get(name) for name in WANTED} == WANTED, place
        assert parts(answer.headers["Content-Security-Policy"]) == parts(CSP), place
        if not place.startswith(KEPT):
            assert parts(answer.headers["Cache-Control"], ",") >= {"no-store", "private"}, place
        if answer.headers["Content-Type"].startswith("text/html") and answer.status_code == 200:
            assert Inline(answer.content.decode()).found == [], place
            pages += 1
    assert pages > 70


def answers_of(client: Client, world: World, user: User) -> dict[str, HttpResponse]:
    """The login page, and every URL as `user` gets it."""
    found = {"/login/": client.get("/login/")}
    for route in (route for route in routes() if route not in ("login/", "admin/logout/")):
        client.force_login(user)
        query = {"repairer": world.repairer.pk} if route == "claims360/configure/" else {}
        found[address(route, world)] = client.get(address(route, world), query)
    return found


def parts(header: str, mark: str = ";") -> set[str]:
    return {part.strip() for part in header.split(mark)}


def test_what_is_looked_for_would_be_found() -> None:
    page = "<p style='a'><a onclick=x href='javascript:y'><script>z</script><script src=a></script><style></style>"
    assert Inline(page).found == ["p style", "a onclick", "a href", "script", "style"]

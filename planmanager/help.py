"""Aide: the user documentation, as pages of the shell, each page of the product leading to its place in it."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Page:
    """A page of templates/help/; the first one is what /aide/ shows."""

    slug: str
    title: str | Promise

    @property
    def url(self) -> str:
        return reverse("help-page", args=[self.slug])


CHAPTERS: list[tuple[str | Promise, list[Page]]] = [
    (
        _("Setting up"),
        [
            Page("activation", _("Activating the Claims360 tab")),
            Page("configuration", _("What is needed to set up the link")),
            Page("keys", _("Where to find the API keys in Claims360")),
        ],
    ),
    (
        _("Every day"),
        [
            Page("link", _("How the link works")),
            Page("tab", _("The Claims360 page")),
            Page("queue", _("The queue: accept, link, deny")),
            Page("where", _("Where is my mission?")),
            Page("dossier", _("A dossier and its orders")),
            Page("quotes", _("Quotes, version beside version")),
            Page("photos", _("Photos")),
            Page("sending", _("What is sent to Claims360")),
            Page("communication", _("Communication")),
        ],
    ),
    (
        _("Besides"),
        [
            Page("questions", _("When something is not right")),
            Page("winformex", "Winformex II"),
            Page("helpdesk", _("For the helpdesk")),
        ],
    ),
]
PAGES = [page for _title, pages in CHAPTERS for page in pages]

# The place that tells of a page of the product, by the name of its view: the page of Aide, and a heading of it.
PLACES = {
    "claims360:list": "tab",
    "claims360:repairers": "tab#repairers",
    "claims360:repairer": "tab#repairers",
    "claims360:report": "helpdesk#report",
    "claims360:repairer-report": "helpdesk#report",
    "claims360:history": "tab#history",
    "claims360:keys": "queue#keys",
    "claims360:mission": "queue#which",
    "claims360:link": "queue#which",
    "claims360:deny": "queue#deny",
    "claims360:deny-many": "queue#many",
    "claims360:deny-quote": "quotes#decide",
    "claims360:where": "where",
    "claims360:configure": "configuration#fields",
    "claims360:choose-repairer": "configuration#fields",
    "claims360:send": "sending#send",
    "dossiers:list": "dossier",
    "dossiers:create": "dossier#new",
    "dossiers:detail": "dossier",
    "dossiers:edit": "dossier#fields",
    "dossiers:move-link": "dossier#missions",
    "dossiers:undo-link": "dossier#missions",
    "dossiers:orders": "dossier#orders",
    "dossiers:compare-quote": "quotes#beside",
    "dossiers:deny-quote": "quotes#decide",
    "dossiers:photo": "photos#viewer",
    "dossiers:send-winformex": "winformex#send",
    "winformex:queue": "winformex#queue",
    "communication": "communication",
    "preferences": "communication#email",
    "password": "questions#account",
}


def place_of(view_name: str) -> str:
    """The URL of what Aide says of the page that this view shows; its first page where it says nothing of it."""
    slug, hash_sign, heading = PLACES.get(view_name, "").partition("#")
    return f"{reverse('help-page', args=[slug])}{hash_sign}{heading}" if slug else reverse("help")


def page(request: HttpRequest, slug: str = PAGES[0].slug) -> HttpResponse:
    """One page of the user documentation. Raises Http404 for a page that there is none of."""
    at = next((number for number, page in enumerate(PAGES) if page.slug == slug), None)
    if at is None:
        raise Http404
    return render(request, f"help/{slug}.html", {**_addresses(), **_around(at)})


def _around(at: int) -> dict[str, Any]:
    return {
        "chapters": CHAPTERS,
        "page": PAGES[at],
        "previous": PAGES[at - 1] if at else None,
        "next": PAGES[at + 1] if at + 1 < len(PAGES) else None,
    }


def _addresses() -> dict[str, str]:
    return {
        "helpdesk_email": settings.HELPDESK_EMAIL,
        "informex_email": settings.INFORMEX_EMAIL,
        "video_configure_url": settings.HELP_VIDEO_CONFIGURE_URL,
        "video_keys_url": settings.HELP_VIDEO_KEYS_URL,
    }

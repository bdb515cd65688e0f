"""Aide: the user documentation, as pages of the shell."""

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


PAGES = [
    Page("activation", _("Activating the Claims360 tab")),
    Page("configuration", _("What is needed to set up the link")),
    Page("keys", _("Where to find the API keys in Claims360")),
    Page("link", _("How the link works")),
    Page("queue", _("The queue: accept, link, deny")),
    Page("sending", _("What is sent to Claims360")),
    Page("photos", _("Photos")),
    Page("messages", _("Messages and questions")),
]


def page(request: HttpRequest, slug: str = PAGES[0].slug) -> HttpResponse:
    """One page of the user documentation. Raises Http404 for a page that there is none of."""
    at = next((number for number, page in enumerate(PAGES) if page.slug == slug), None)
    if at is None:
        raise Http404
    return render(request, f"help/{slug}.html", {**_addresses(), **_around(at)})


def _around(at: int) -> dict[str, Any]:
    return {
        "pages": PAGES,
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

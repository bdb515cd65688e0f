"""What of a page, an error or a log stays behind: nothing in the browser's cache, no value in an error report."""

import re
from collections.abc import Callable, ItemsView
from types import TracebackType
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.views.debug import SafeExceptionReporterFilter

# What tells of an owner by its form alone. No message of ours names one; this is for what libraries write.
PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+"  # an e-mail
    r"|(?<![\w.-])(?:\+32|0032|0) ?[1-9][\d ./-]{6,}\d"  # a telephone
    r"|\b[1-9T]-?[A-Z]{3}-?\d{3}\b"  # a plate
    r"|(?<=DETAIL: ).*"  # the values of a row that PostgreSQL refused
)


def masked(text: str) -> str:
    """`text` without what looks personal."""
    return PERSONAL.sub("…", text)


class NothingKeptMiddleware:
    """A page that does not say how long it may be kept is kept nowhere: whoever is next at this screen sees none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        if getattr(request, "was_logged_out", False):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


@receiver(user_logged_out)
def note_logout(request: HttpRequest, **_: Any) -> None:
    """The browser then forgets the photos, which may be kept while somebody is logged in."""
    request.was_logged_out = True  # type: ignore[attr-defined]


class NoValues(SafeExceptionReporterFilter):
    """Error reports, those of DEBUG too, name the places of an error and no value: a key may be in any of them."""

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        return dict.fromkeys(request.POST, self.cleansed_substitute) if request else {}

    def get_traceback_frame_variables(
        self, request: HttpRequest | None, tb_frame: TracebackType
    ) -> ItemsView[str, Any]:
        nothing: dict[str, Any] = {}
        return nothing.items()

"""What a view takes from a request, and what it answers once the deed is done or could not be done."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django_htmx.http import HttpResponseClientRedirect

from dossiers.intake.decide import CannotDecide
from dossiers.outbox import CannotSend
from dossiers.sentences import sentence


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the posted fields, even if there are none, or nothing on a GET."""
    return request.POST if request.method == "POST" else None


@contextmanager
def saying_why_not(request: HttpRequest) -> Iterator[None]:
    """A decision or a sending that is not possible (any more) becomes a sentence above the page."""
    try:
        yield
    except (CannotDecide, CannotSend) as refusal:
        messages.error(request, sentence(refusal.code, {}))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Leave for `url`: from a dialog by htmx, else by an ordinary redirect."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]

"""What a view takes from a request, and what it answers once the deed is done or could not be done."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urldefrag, urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from dossiers.intake.desk import CannotDecide
from dossiers.intake.undo import decision_of
from dossiers.models import Mission, Quote
from dossiers.outbox import CannotSend
from dossiers.sentences import whole


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the posted fields, even if there are none, or nothing on a GET."""
    return request.POST if request.method == "POST" else None


@contextmanager
def saying_why_not(request: HttpRequest) -> Iterator[None]:
    """A decision or a sending that is not possible (any more) becomes a sentence above the page."""
    try:
        yield
    except (CannotDecide, CannotSend) as refusal:
        messages.error(request, whole(refusal.code))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """Leave for `url`: from a dialog by htmx, else by an ordinary redirect."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)  # type: ignore[attr-defined]


def say_done(request: HttpRequest, text: str, events: Iterable[int]) -> None:
    """`text` above the page, with a button that takes back what these lines of the trail tell of."""
    messages.success(request, text, extra_tags=",".join(map(str, events)))


def say_decided(request: HttpRequest, text: str, decided: Mission | Quote) -> None:
    """The same for the last decision on a mission or quote."""
    event = decision_of(decided)
    say_done(request, text, [event.pk] if event else [])


def say_refused(request: HttpRequest, refused: Mapping[str, Iterable[str]]) -> None:
    """Which rows could not be decided, by the code of the reason."""
    for code, names in refused.items():
        told = {"rows": ", ".join(names), "why": whole(code)}
        messages.error(request, _("Nothing was done for %(rows)s. %(why)s") % told)


def page_of_ours(request: HttpRequest, url: str | None) -> str:
    """`url` where it is a page of this site other than the form that was just sent, else ""."""
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and ours and urlsplit(url).path != request.path else ""


def done(request: HttpRequest) -> HttpResponse:
    """After a decision: the list refreshes itself, another page is shown anew, a form's own gives way to the list."""
    tab = reverse("claims360:list")
    htmx = request.htmx  # type: ignore[attr-defined]
    page = page_of_ours(request, htmx.current_url if htmx else request.headers.get("Referer")) or tab
    if not htmx:
        return redirect(page)
    if urlsplit(page).path != tab or urlsplit(htmx.current_url).path == request.path:
        return HttpResponseClientRedirect(urldefrag(page).url)  # to a place in itself no page is loaded anew
    answer = render(request, "claims360/_done.html")
    answer["HX-Reswap"] = "none"
    trigger_client_event(answer, "close-dialog", after="settle")  # the swap of nothing must not open it again
    return trigger_client_event(answer, "list-changed")

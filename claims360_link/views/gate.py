"""The Claims360 pages are there only once the helpdesk has switched them on; each row through the one gate."""

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from dossiers.models import Mission, Quote
from dossiers.options import enabled_for
from repairers.access import own_row, repairers_of, visible
from repairers.models import Repairer

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def only_when_active(view: "View[P]") -> "View[P]":
    """404 before activation, whoever asks."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not enabled_for(request):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def own_repairer(request: HttpRequest, text: str | None) -> Repairer:
    """The repairer whose id `text` is; Http404 when it is none that the user may see."""
    if not text or not text.isdecimal() or len(text) > 18:
        raise Http404
    return own_row(repairers_of(request.user).select_related("site").distinct(), int(text))


def own_mission(request: HttpRequest, pk: int) -> Mission:
    """The mission `pk`; Http404 when the user may not see it."""
    return own_row(visible(Mission.objects.select_related("dossier", "repairer"), request.user), pk)


def own_quote(request: HttpRequest, pk: int) -> Quote:
    """The quote `pk` of a mission in a dossier; Http404 when the user may not see it."""
    rows = Quote.objects.select_related("mission__dossier").exclude(mission__dossier=None)
    return own_row(visible(rows, request.user), pk)

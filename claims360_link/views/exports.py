"""What the tab and its history show, as files."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST

from claims360_link.exports import MISSIONS, QUOTES, SET_ASIDE, SYNCHRONISATIONS, quotes_of
from claims360_link.views import history
from claims360_link.views.gate import only_when_active
from claims360_link.views.tab import Tab
from dossiers.views.exports import download


@require_POST
@only_when_active
def missions(request: HttpRequest) -> HttpResponseBase:
    """The missions of the list."""
    return download(request, MISSIONS, Tab(request).found())


@require_POST
@only_when_active
def quotes(request: HttpRequest) -> HttpResponseBase:
    """The quotes of these missions."""
    return download(request, QUOTES, quotes_of(Tab(request).found()))


@require_POST
@only_when_active
def set_aside(request: HttpRequest) -> HttpResponseBase:
    """The records that could not be taken over, without what came: that is not for a spreadsheet."""
    return download(request, SET_ASIDE, Tab(request).set_aside_rows())


@require_POST
@only_when_active
def synchronisations(request: HttpRequest) -> HttpResponseBase:
    """The runs of the history."""
    return download(request, SYNCHRONISATIONS, history.found(request).qs)

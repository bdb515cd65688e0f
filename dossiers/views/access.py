"""The rows of a dossier's pages, each through the one gate: what belongs to another is not there (404)."""

from typing import cast

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from dossiers.models import Dossier, Mission, Quote, Transmission
from repairers.access import visible
from repairers.models import User

MAX_ID = 2**63 - 1


def user_of(request: HttpRequest) -> User:
    """Who asks; LoginRequiredMiddleware lets nobody else come this far."""
    return cast(User, request.user)


def own_dossier(request: HttpRequest, pk: int) -> Dossier:
    """The dossier `pk` with its repairer and site; Http404 when there is none that the user may see."""
    rows = visible(Dossier.objects.select_related("repairer__site"), request.user)
    return get_object_or_404(rows, pk=_possible(pk))


def own_mission(request: HttpRequest, pk: int, mission_pk: int) -> Mission:
    """The mission of that dossier."""
    rows = visible(Mission.objects.select_related("dossier", "repairer"), request.user)
    return get_object_or_404(rows, pk=_possible(mission_pk), dossier=_possible(pk))


def own_quote(request: HttpRequest, pk: int, quote_pk: int) -> Quote:
    """The quote of a mission of that dossier."""
    rows = visible(Quote.objects.select_related("mission__dossier"), request.user)
    return get_object_or_404(rows, pk=_possible(quote_pk), mission__dossier=_possible(pk))


def own_transmission(request: HttpRequest, pk: int, transmission_pk: int) -> Transmission:
    """The transmission of that dossier."""
    rows = visible(Transmission.objects.select_related("dossier"), request.user, "dossier__repairer")
    return get_object_or_404(rows, pk=_possible(transmission_pk), dossier=_possible(pk))


def _possible(pk: int) -> int:
    if pk > MAX_ID:
        raise Http404
    return pk

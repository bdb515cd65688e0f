"""The rows of a dossier's pages, each through the one gate: what belongs to another is not there (404)."""

from typing import cast

from django.http import HttpRequest

from dossiers.models import Dossier, Mission, Quote, Transmission
from repairers.access import own_row, visible
from repairers.models import User


def user_of(request: HttpRequest) -> User:
    """Who asks; LoginRequiredMiddleware lets nobody else come this far."""
    return cast(User, request.user)


def own_dossier(request: HttpRequest, pk: int) -> Dossier:
    """The dossier `pk` with its repairer and site."""
    return own_row(visible(Dossier.objects.select_related("repairer__site"), request.user), pk)


def own_mission(request: HttpRequest, pk: int, mission_pk: int) -> Mission:
    """The mission `mission_pk` of that dossier."""
    rows = visible(Mission.objects.select_related("dossier", "repairer"), request.user)
    return own_row(rows, mission_pk, dossier=pk)


def own_quote(request: HttpRequest, pk: int, quote_pk: int) -> Quote:
    """The quote of a mission of that dossier."""
    rows = visible(Quote.objects.select_related("mission__dossier"), request.user)
    return own_row(rows, quote_pk, mission__dossier=pk)


def own_transmission(request: HttpRequest, pk: int, transmission_pk: int) -> Transmission:
    """The transmission of that dossier."""
    rows = visible(Transmission.objects.select_related("dossier"), request.user, "dossier__repairer")
    return own_row(rows, transmission_pk, dossier=pk)

"""The repairer to import for: the one that somebody chose last, kept in their session."""

from django.http import HttpRequest

from repairers.access import Own, own_repairers
from repairers.models import Repairer

CHOSEN = "claims360_repairer"


def own_with_chosen(request: HttpRequest) -> Own:
    """The repairers that the user may see, the chosen one among them however many there are."""
    return own_repairers(request, first=request.session.get(CHOSEN))


def chosen_of(request: HttpRequest) -> Repairer | None:
    """The one chosen last, else the first."""
    own, wanted = own_with_chosen(request).repairers, request.session.get(CHOSEN)
    return next((one for one in own if one.pk == wanted), own[0] if own else None)


def choose(request: HttpRequest, repairer: Repairer) -> None:
    request.session[CHOSEN] = repairer.pk

"""How much waits for a person: the badge beside Claims360, wherever it stands."""

from django.db.models import QuerySet
from django.db.models.expressions import Combinable

from dossiers.models import Mission, MissionState, Quote, QuoteState
from dossiers.paging import Counted, both


def waiting_of(missions: QuerySet[Mission], quotes: QuerySet[Quote]) -> Combinable:
    """How many of `missions` and of `quotes` wait, as an expression."""
    waiting = Counted(missions.filter(state=MissionState.WAITING))
    return both(waiting, Counted(quotes.filter(state=QuoteState.WAITING)))

"""The information frame, a line a repairer: how its link is, and how much came, waits and stays out. One statement."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from claims360_link import status
from claims360_link.failures import UNSENT
from claims360_link.filters import NEW, SET_ASIDE, new_since
from claims360_link.information import Telling, counts_of, tell
from dossiers.models import Mission, MissionState, Quote, SetAside, Transmission
from dossiers.models.transmission import SendState
from dossiers.paging import Counted
from repairers.models import Repairer

ILL = ("bad", "wait")  # kinds of a dot
LABELS = {  # of what a line counts, in its order
    NEW: _("New"),
    MissionState.WAITING.value: _("Waiting"),
    MissionState.EXCLUDED.value: _("Excluded"),
    SET_ASIDE: _("Set aside"),
    UNSENT: _("Not sent"),
}


@dataclass(frozen=True, slots=True)
class Line:
    repairer: Repairer
    telling: Telling
    counts: Mapping[str, int]  # by the names of LABELS; NEW only where it is known since when

    @property
    def is_ill(self) -> bool:
        """Whether its link is not as it should be."""
        return self.telling.kind in ILL

    @property
    def cells(self) -> list[tuple[Any, int, str]]:
        """(label, count, the URL of what is counted)."""
        return [self.cell(name) for name in self.counts]

    def cell(self, name: str) -> tuple[Any, int, str]:
        """The same of one of them."""
        return LABELS[name], self.counts[name], self._url(name)

    def _url(self, name: str) -> str:
        if name == UNSENT:
            return f"{reverse('claims360:repairer', args=[self.repairer.pk])}#troubles"
        return f"{reverse('claims360:list')}?repairer={self.repairer.pk}&state={name}"


def lines(
    repairers: Sequence[Repairer], since: dt.datetime | None, photos_of: Repairer | None = None
) -> list[Line]:
    """The line of each of `repairers`, in their order; what came after `since` is new.

    The photos that are still to come are told of `photos_of` only.
    """
    rows = Repairer.objects.filter(pk__in=[one.pk for one in repairers])
    rows = status.linked(rows, photos_of=[photos_of.pk] if photos_of else [])
    found = {row.pk: row for row in with_counts(rows, since)}
    return [line_of(found[one.pk], one) for one in repairers if one.pk in found]


def with_counts(rows: QuerySet[Repairer], since: dt.datetime | None) -> QuerySet[Repairer]:
    """`rows` with what their line counts."""
    return rows.annotate(**{f"n_{name}": count for name, count in _counts(since).items()})


def line_of(row: Any, repairer: Repairer) -> Line:
    """What a row of `status.linked`, `with_counts`, says of `repairer`."""
    counts = {name: getattr(row, f"n_{name}") for name in LABELS if hasattr(row, f"n_{name}")}
    return Line(repairer, tell(status.read(row)), counts)


def _counts(since: dt.datetime | None) -> dict[str, Combinable]:
    mine = OuterRef("pk")
    missions = Mission.objects.filter(repairer=mine, twin_of=None)
    by_state = counts_of(missions, Quote.objects.filter(repairer=mine))
    aside = SetAside.objects.filter(repairer=mine, resolved_at=None)
    unsent = Transmission.objects.filter(dossier__repairer=mine, state=SendState.NEEDS_PERSON)
    counts: dict[str, Combinable] = {SET_ASIDE: Counted(aside), UNSENT: Counted(unsent)}
    counts |= {state: by_state[state] for state in (MissionState.WAITING, MissionState.EXCLUDED)}
    return counts | ({NEW: Counted(new_since(missions, since))} if since else {})

"""Many repairers at a glance: the light of each, its last runs, what failed, and how long its queue has stood."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from claims360_link import overview, status
from claims360_link.failures import OfKind, failures_of, something_failed
from claims360_link.filters import NEW
from claims360_link.lights import LIGHTS, with_urgency
from claims360_link.sparkline import Sparkline, sparklines, with_last_runs
from dossiers.formats import up_to_limit
from dossiers.models import Mission, MissionState, Quote, QuoteState
from repairers.models import Repairer

FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Glance:
    line: overview.Line
    sparkline: Sparkline
    failures: Sequence[OfKind]
    oldest: dt.datetime | None  # when what has waited longest came

    @property
    def repairer(self) -> Repairer:
        return self.line.repairer

    @property
    def besides(self) -> list[tuple[Any, int, str]]:
        """What is new and what is excluded, where there is any: (label, count, URL)."""
        cells = [self.line.cell(name) for name in (NEW, MissionState.EXCLUDED) if name in self.line.counts]
        return [cell for cell in cells if cell[1]]

    @property
    def waiting(self) -> tuple[Any, int, str]:
        """(label, count, the URL of what waits)."""
        return self.line.cell(MissionState.WAITING)

    @property
    def age(self) -> str:
        """How long the oldest has waited, to its largest unit: "3 days"."""
        return timesince(self.oldest, depth=1) if self.oldest else ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to report."""
        return not (self.line.is_ill or self.failures)


def dressed(since: dt.datetime | None) -> QuerySet[Any]:
    """Repairers with all that `glances` wants of them."""
    linked = status.linked(Repairer.objects.select_related("site"), photos_of=[])
    return with_last_runs(with_urgency(_with_oldest(overview.with_counts(linked, since))))


def glances(rows: Sequence[Any]) -> list[Glance]:
    """What there is to see of rows of `dressed`. Two statements."""
    drawn, failures = sparklines(rows), failures_of([row.pk for row in rows])
    return [
        Glance(overview.line_of(row, row), drawn[row.pk], failures.get(row.pk, ()), _oldest(row))
        for row in rows
    ]


def ill(rows: QuerySet[Repairer]) -> QuerySet[Any]:
    """Those of `rows` whose link is not as it should be, or where something failed."""
    urgent = [place for place, light in enumerate(LIGHTS) if light in overview.ILL]
    return with_urgency(rows).filter(Q(urgency__in=urgent) | something_failed())


def counts(rows: QuerySet[Repairer]) -> dict[str, int]:
    """How many of `rows` have each light, and of how many something FAILED. One statement."""
    by_light = with_urgency(rows).order_by().values("urgency")
    found = by_light.annotate(n=Count("pk"), n_failed=Count("pk", filter=something_failed()))
    numbers = {row["urgency"]: (row["n"], row["n_failed"]) for row in found}
    counted = {light: numbers.get(place, (0, 0))[0] for place, light in enumerate(LIGHTS)}
    return {**counted, FAILED: sum(failed for _n, failed in numbers.values())}


def cells(counts: Mapping[str, int], url: str, light: str, failed: bool) -> list[dict[str, Any]]:
    """Of the frame: each light with how many have it, as a link that filters; what is chosen is marked."""
    lights = [
        {"label": label, "kind": name, "url": f"{url}?light={name}", "current": name == light}
        for name, label in LIGHTS.items()
    ]
    failures = {"label": _("With failures"), "url": f"{url}?failed=on", "current": failed}
    numbers = [counts[name] for name in (*LIGHTS, FAILED)]
    return [{**cell, "count": up_to_limit(n)} for cell, n in zip([*lights, failures], numbers, strict=True)]


def _with_oldest(rows: QuerySet[Repairer]) -> QuerySet[Repairer]:
    mine = {"repairer": OuterRef("pk")}
    missions = Mission.objects.filter(**mine, state=MissionState.WAITING, twin_of=None)
    quotes = Quote.objects.filter(**mine, state=QuoteState.WAITING)
    return rows.annotate(
        oldest_mission=_least(missions, "received_at"),
        oldest_quote=_least(quotes, "updated_at"),  # of a quote its newest version waits
    )


def _least(rows: QuerySet[Any], column: str) -> Subquery:
    return Subquery(rows.order_by().values("repairer").annotate(least=Min(column)).values("least"))


def _oldest(row: Any) -> dt.datetime | None:
    return min(filter(None, (row.oldest_mission, row.oldest_quote)), default=None)

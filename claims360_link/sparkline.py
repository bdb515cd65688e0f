"""The last synchronisations of a repairer, drawn small: up is what came, down is what failed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from django.db.models import F, JSONField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link.information import Brought, brought, run_kind
from claims360_link.models import SyncRun
from dossiers.formats import labelled, number, when
from repairers.models import Repairer

RUNS = 20  # that are drawn
STEP, BAR = 6, 4  # from one bar to the next, and its width
UP, DOWN = 18, 8  # what there is above the base line, and below
LEAST, FULL = 2, 100  # height of a bar where nothing came; what it takes to be of full height


class Listed(Subquery):
    """The one column of a queryset, `listed`, as a list."""

    output_field = JSONField()
    template = "(SELECT JSON_GROUP_ARRAY(rows.listed) FROM (%(subquery)s) AS rows)"

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        template = "(SELECT COALESCE(JSONB_AGG(rows.listed), '[]') FROM (%(subquery)s) AS rows)"
        return self.as_sql(compiler, connection, template=template)


@dataclass(frozen=True, slots=True)
class Bar:
    """A run; lengths in units of the drawing."""

    kind: str  # of its colour
    x: int
    y: int
    height: int
    title: str  # when and how, where it did not go well; "" else

    @property
    def outline(self) -> str:
        """As a path is drawn."""
        return f"M{self.x} {self.y}h{BAR}v{self.height}h-{BAR}z"


@dataclass(frozen=True, slots=True)
class Sparkline:
    bars: list[Bar]
    label: str  # what it shows, in words
    failed: str  # "" where none did

    width, height, base = RUNS * STEP, UP + DOWN + 1, UP

    @property
    def paths(self) -> list[tuple[str, str, str]]:
        """(kind, title, outline): a bar that is named is one of its own, the others of a kind are one together."""
        outlines: dict[tuple[str, str], str] = defaultdict(str)
        for bar in self.bars:
            outlines[bar.kind, bar.title] += bar.outline
        return [(*named, outline) for named, outline in outlines.items()]


def with_last_runs(rows: QuerySet[Repairer]) -> QuerySet[Repairer]:
    """`rows` with `last_runs`: the ids of the last runs of each."""
    mine = SyncRun.objects.filter(repairer=OuterRef("pk")).order_by("-started_at", "-pk")
    return rows.annotate(last_runs=Listed(mine.values(listed=F("pk"))[:RUNS]))


def sparklines(rows: Iterable[Any]) -> dict[int, Sparkline]:
    """One for each of `rows` of `with_last_runs`, by its pk. One statement."""
    ids = {row.pk: row.last_runs for row in rows}
    # Not in_bulk, which asks SQLite twice for more than 999 ids.
    found = SyncRun.objects.filter(pk__in=[run for some in ids.values() for run in some]).order_by()
    runs = {run.pk: run for run in found}
    return {pk: sparkline([runs[one] for one in reversed(some) if one in runs]) for pk, some in ids.items()}


def sparkline(runs: Sequence[SyncRun]) -> Sparkline:
    """Of `runs`, the oldest first; the newest stands at the right."""
    first = RUNS - len(runs)
    bars = [_bar(run, first + place) for place, run in enumerate(runs)]
    return Sparkline(bars, _label(runs), _failed(runs))


def took(run: SyncRun) -> str:
    """How long it took, "" while it is under way."""
    return _seconds(run.ended_at - run.started_at) if run.ended_at else ""


def in_words(run: SyncRun, came: Brought) -> str:
    """ "without error · 3 missions · 1.2 s"."""
    parts = (str(SyncRun.Outcome(run.outcome).label), str(came), took(run))
    return " · ".join(part for part in parts if part)


def _bar(run: SyncRun, place: int) -> Bar:
    failed, came = run.outcome == SyncRun.Outcome.FAILED, brought(run)
    up, down = (0, DOWN) if failed else (_height(came), 0)
    went_well = run.outcome in (SyncRun.Outcome.OK, SyncRun.Outcome.RUNNING)
    title = "" if went_well else f"{when(run.started_at)} · {in_words(run, came)}"
    return Bar(run_kind(run), place * STEP, UP + 1 if failed else UP - up, up + down, title)


def _height(came: Brought) -> int:
    """As the logarithm of how much it was."""
    n = came.missions + came.quotes + came.photos
    return min(UP, LEAST + round((UP - LEAST) * log(1 + n) / log(1 + FULL)))


def _label(runs: Sequence[SyncRun]) -> str:
    if not runs:
        return _("Not synchronised yet")
    counts = [(str(kind.label), sum(run.outcome == kind for run in runs)) for kind in SyncRun.Outcome]
    n = len(runs)
    last = ngettext("The last %(n)d synchronisation", "The last %(n)d synchronisations", n) % {"n": n}
    told = labelled(last, ", ".join(f"{word} ({count})" for word, count in counts if count))
    return f"{told}. {_lengths(runs)}".strip()


def _lengths(runs: Sequence[SyncRun]) -> str:
    lasted = [run.ended_at - run.started_at for run in runs if run.ended_at]
    if not lasted:
        return ""
    mean = sum(lasted, dt.timedelta()) / len(lasted)
    words: Mapping[str, str] = {"mean": _seconds(mean), "most": _seconds(max(lasted))}
    return _("They took %(mean)s on average, %(most)s at most.") % words


def _failed(runs: Sequence[SyncRun]) -> str:
    n = sum(run.outcome == SyncRun.Outcome.FAILED for run in runs)
    text = ngettext("%(n)d of the last %(all)d failed", "%(n)d of the last %(all)d failed", n)
    return text % {"n": n, "all": len(runs)} if n else ""


def _seconds(time: dt.timedelta) -> str:
    """ "1.2 s", from ten seconds on "12 s"."""
    seconds = time.total_seconds()
    return f"{number(round(seconds, 0 if seconds >= 10 else 1))}\N{NO-BREAK SPACE}s"

"""The information frame of one repairer, opened: what is new, excluded by which rule, what failed and goes on how."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count, F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link import overview
from claims360_link.failures import PHOTOS, told
from claims360_link.filters import NEW, SET_ASIDE, new_since
from claims360_link.information import cells, counts_of, outcome, run_kind
from claims360_link.models import SyncRun
from claims360_link.photos import WORTH_ANOTHER
from claims360_link.rows import Row, dressed, rows_of
from dossiers.formats import labelled
from dossiers.models import Mission, MissionState, Photo, Quote, QuoteState, SetAside, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.paging import Counted, counted, limited
from dossiers.sentences import sentence
from repairers.models import Repairer

MOST = 10  # rows of a part
NO_RULE = "–"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What failed, what happens next, and where somebody can look."""

    kind: str  # of the dot: bad or wait
    what: str
    next: str
    url: str = ""


class RepairerPage:
    """The frame of `repairer` for somebody to whom what came after `since` is new."""

    def __init__(self, repairer: Repairer, since: dt.datetime | None) -> None:
        self.repairer, self.since = repairer, since
        self.list_url = f"{reverse('claims360:list')}?repairer={repairer.pk}&state="
        self.missions = Mission.objects.filter(repairer=repairer, twin_of=None)
        self.quotes = Quote.objects.filter(repairer=repairer)
        self.set_aside = SetAside.objects.filter(repairer=repairer, resolved_at=None)

    @cached_property
    def line(self) -> overview.Line:
        [line] = overview.lines([self.repairer], None, photos_of=self.repairer)
        return line

    @cached_property
    def counts(self) -> dict[str, int]:
        counts = counts_of(self.missions, self.quotes) | {SET_ASIDE: Counted(self.set_aside)}
        new = {NEW: Counted(new_since(self.missions, self.since))} if self.since else {}
        return counted(counts | new)

    @property
    def cells(self) -> list[dict[str, Any]]:
        return cells(self.counts, self.list_url, since=self.since)

    @cached_property
    def new(self) -> list[Row]:
        """What came since, the newest first; the first of it."""
        if not self.counts.get(NEW):
            return []
        newest = new_since(self.missions, self.since).order_by("-received_at", "-pk").values("pk")[:MOST]
        return rows_of(dressed().filter(pk__in=newest).order_by("-received_at", "-pk"))

    @property
    def new_url(self) -> str:
        return f"{self.list_url}{NEW}"

    @cached_property
    def rules(self) -> list[tuple[str, int]]:
        """Each rule that keeps something out, and how many missions and quotes; the one with most first."""
        found: dict[str, int] = {}
        for rows in (
            self.missions.filter(state=MissionState.EXCLUDED),
            self.quotes.filter(state=QuoteState.EXCLUDED),
        ):
            for rule, n in _by_rule(rows):
                found[rule or NO_RULE] = found.get(rule or NO_RULE, 0) + n
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))

    @property
    def excluded_url(self) -> str:
        return f"{self.list_url}{MissionState.EXCLUDED}"

    @cached_property
    def troubles(self) -> list[Trouble]:
        return [*self._of_link(), *self.failed]

    @cached_property
    def failed(self) -> list[Trouble]:
        """The same without what is the matter with the link itself."""
        return [*self._of_photos(), *self._of_sending(), *self._of_records()]

    @cached_property
    def runs(self) -> list[tuple[SyncRun, str, str]]:
        """The newest, each with the kind of its dot and what it brought."""
        newest = SyncRun.objects.filter(repairer=self.repairer).select_related("asked_by")[:MOST]
        return [(run, run_kind(run), outcome(run)) for run in newest]

    def _of_link(self) -> Iterator[Trouble]:
        telling = self.line.telling
        if self.line.is_ill:
            yield Trouble(telling.kind, f"{telling.title}. {telling.detail}", telling.foot)

    def _of_photos(self) -> Iterator[Trouble]:
        photos = Photo.objects.filter(repairer=self.repairer, withdrawn=False)
        for code, n in _by(photos.filter(fetch_state=FetchState.FAILED), "fetch_error"):
            again = _("Refresh tries it once more.")
            next_ = again if code in WORTH_ANOTHER else _("Another photo in its place is fetched by itself.")
            yield Trouble("bad", f"{told(PHOTOS, n)}. {sentence(code)}", next_)
        put_off = photos.filter(fetch_state=FetchState.PENDING, fetch_not_before__gt=timezone.now())
        for code, n in _by(put_off, "fetch_error"):
            what = ngettext("%(n)d photo is still to come", "%(n)d photos are still to come", n) % {"n": n}
            yield Trouble("wait", f"{what}. {sentence(code)}", _("Refresh tries it at once."))

    def _of_sending(self) -> Iterator[Trouble]:
        mine = Transmission.objects.filter(dossier__repairer=self.repairer, state=SendState.NEEDS_PERSON)
        for row in mine.order_by("-pk")[:MOST]:
            what = _("Not sent from dossier %(number)s. %(why)s") % {
                "number": row.dossier_id,
                "why": sentence(row.error),
            }
            url = f"{reverse('dossiers:detail', args=[row.dossier_id])}#transmissions"
            yield Trouble("bad", what, _("Try again or cancel it in the dossier."), url)

    def _of_records(self) -> Iterator[Trouble]:
        for code, n in _by(self.set_aside, "reason"):
            goes_on = _(
                "A later good version clears it by itself; otherwise the helpdesk (%(helpdesk)s) can try it again."
            )
            next_ = goes_on % {"helpdesk": settings.HELPDESK_EMAIL}
            what = f"{labelled(told(SET_ASIDE, n), sentence(code))}."
            yield Trouble("bad", what, next_, f"{self.list_url}{SET_ASIDE}")


def _by(rows: QuerySet[Any], column: str) -> list[tuple[str, int]]:
    """How many of `rows` there are of each value of `column`, the most frequent first."""
    found = rows.order_by().values_list(column).annotate(n=Count("pk")).order_by("-n", column)
    return list(found[:MOST])


def _by_rule(rows: QuerySet[Any]) -> list[tuple[str | None, int]]:
    """The same by the rule that excluded them; of no more rows than are counted elsewhere."""
    few = rows.model._default_manager.filter(pk__in=limited(rows))
    return list(
        few.order_by().annotate(rule=F("reason_args__rule")).values_list("rule").annotate(n=Count("pk"))
    )

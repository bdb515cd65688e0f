"""The information frame in words: how a repairer's link is, and what became of what came in."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link.filters import NEW, SET_ASIDE, with_quotes_in
from claims360_link.models import Inquiry, SyncRun
from claims360_link.one_mission import ANSWERED_WITHIN
from claims360_link.status import SyncStatus
from dossiers.formats import up_to_limit, when
from dossiers.intake.tally import Tally
from dossiers.models import Mission, MissionState, Quote, QuoteState
from dossiers.paging import Counted, both
from dossiers.sentences import sentence

SOONEST, LATEST = 20, 1000  # milliseconds
RUN_KINDS = {
    SyncRun.Outcome.RUNNING: "info",
    SyncRun.Outcome.OK: "ok",
    SyncRun.Outcome.PARTIAL: "wait",
    SyncRun.Outcome.FAILED: "bad",
}
COUNTED = {  # of what a run brought
    "missions": lambda n: ngettext("%(n)d mission", "%(n)d missions", n),
    "quotes": lambda n: ngettext("%(n)d quote", "%(n)d quotes", n),
    "photos": lambda n: ngettext("%(n)d photo", "%(n)d photos", n),
    "waiting": lambda n: ngettext("%(n)d waiting", "%(n)d waiting", n),
    "aside": lambda n: ngettext("%(n)d set aside", "%(n)d set aside", n),
}


@dataclass(frozen=True, slots=True)
class Telling:
    """What the sync cell says; `moving`: something is under way, look again soon."""

    kind: str  # of the dot: ok, wait, bad, info, off
    title: str
    detail: str = ""
    foot: str = ""
    moving: bool = False
    done: int | None = None
    total: int | None = None
    run_id: int = 0  # of the newest run, 0 while one is under way
    pages: int = 0  # that the one under way has read
    again: int = 0  # milliseconds until a page looks again at what is moving


def tell(status: SyncStatus) -> Telling:
    """The sync cell for the repairer that is imported for."""
    under_way, run = status.running or status.asked, status.run
    run_id = run.pk if run is not None and not under_way else 0
    pages = run.pages if run is not None and status.running and run.ended_at is None else 0
    return replace(_telling(status), run_id=run_id, pages=pages, again=_again(status))


def _again(status: SyncStatus) -> int:
    """A tenth of the time that it took so far, within bounds: nobody waits long for what is done soon."""
    took = status.since.total_seconds() * 1000 if status.since is not None else 0.0
    return int(min(max(took / 10, SOONEST), LATEST))


def _telling(status: SyncStatus) -> Telling:
    if not status.configured:
        return Telling("off", _("Not configured yet"), _("Nothing is imported until its keys are entered."))
    if status.running or status.asked:
        return _moving(status)
    if status.photos_pending and status.run is not None and not status.error and not status.stale:
        return _fetching(status)
    if status.stale:
        why = f"{sentence('no-worker')} {sentence(status.error)}".strip()
        return Telling("bad", _("No synchronisation for more than 30 minutes"), why, _last(status))
    if status.error:
        return _ill(status)
    if status.run is None:
        return Telling("info", _("Not synchronised yet"), foot=_next(status))
    return Telling("ok", _("Synchronised"), _brought(status), f"{_last(status)} · {_next(status)}")


@dataclass(frozen=True, slots=True)
class Brought:
    """What a run, or an answer to who asked, brought: how many of each."""

    missions: int
    quotes: int
    photos: int
    waiting: int
    aside: int

    def __str__(self) -> str:
        """ "3 missions, 5 quotes, 12 photos · 1 waiting"."""
        if not (self.missions or self.quotes or self.photos or self.aside):
            return _("nothing new")
        parts = (self._counted("missions", "quotes", "photos"), self._counted("waiting", "aside"))
        return " · ".join(part for part in parts if part)

    def _counted(self, *names: str) -> str:
        """Those of which there is any."""
        counts = [(COUNTED[name], getattr(self, name)) for name in names]
        return ", ".join(text(n) % {"n": n} for text, n in counts if n)


def brought(run: SyncRun | Inquiry) -> Brought:
    """What its tally says."""
    tally = Tally(run.tally)
    missions, quotes, photos = (tally.counts[kind] for kind in ("missions", "quotes", "photos"))
    return Brought(
        missions=missions["new"] + missions["updated"],
        quotes=quotes["new"] + quotes["updated"],
        photos=photos["received"],
        waiting=missions["waiting"] + quotes["waiting"],
        aside=tally.set_aside,
    )


def outcome(run: SyncRun | Inquiry) -> str:
    """What it brought, in words."""
    return str(brought(run))


def asked(inquiry: Inquiry) -> Telling:
    """How far Claims360 is with the one mission that somebody asked for."""
    if inquiry.ended_at is None and timezone.now() - inquiry.asked_at < ANSWERED_WITHIN:
        return Telling("info", _("Claims360 is being asked for it"), moving=True)
    if inquiry.ended_at is None:
        return Telling("bad", _("Claims360 could not be asked"), sentence("no-worker"))
    if inquiry.error:
        at = {"at": when(inquiry.ended_at)}
        return Telling("bad", _("Asked %(at)s, without an answer") % at, sentence(inquiry.error))
    return Telling("ok", _("Asked %(at)s") % {"at": when(inquiry.ended_at)}, outcome(inquiry))


def run_kind(run: SyncRun) -> str:
    """Of its dot: how a run ended."""
    return RUN_KINDS[SyncRun.Outcome(run.outcome)]


def cells(
    counts: Mapping[str, int], url: str, current: str = "", since: dt.datetime | None = None
) -> list[dict[str, Any]]:
    """How many missions are new, waiting, in a dossier, excluded, denied, set aside: each a link that filters.

    `url` ends where the name of a state follows. What is new is told only where it is known since when.
    """
    named = (
        *([(NEW, _("New"))] if since else []),
        ("waiting", _("Waiting")),
        ("dossier", _("In a dossier")),
        ("excluded", _("Excluded")),
        ("denied", _("Denied")),
        (SET_ASIDE, _("Set aside")),
    )
    return [
        {
            "id": f"count-{name}",
            "label": label,
            "count": up_to_limit(counts[name]),
            "url": f"{url}{name}",
            "current": name == current,
            "title": _("New since your last visit, %(at)s") % {"at": when(since)} if name == NEW else "",
        }
        for name, label in named
    ]


def counts_of(missions: QuerySet[Mission], quotes: QuerySet[Quote]) -> dict[str, Combinable]:
    """By state, as the cells count: a mission in a dossier with a waiting quote counts as waiting too."""
    counts: dict[str, Combinable] = {
        state: Counted(missions.filter(state=state)) for state in MissionState.values
    }
    for state in (QuoteState.WAITING, QuoteState.EXCLUDED):
        counts[state] = both(counts[state], Counted(with_quotes_in(state, quotes)))
    return counts


def _brought(status: SyncStatus) -> str:
    """What the last run brought, and how many photos could not be fetched for good."""
    assert status.run is not None
    failed = ngettext(
        "%(n)d photo could not be fetched", "%(n)d photos could not be fetched", status.photos_failed
    )
    missing = [failed % {"n": status.photos_failed}] if status.photos_failed else []
    return " · ".join([outcome(status.run), *missing])


def _moving(status: SyncStatus) -> Telling:
    if not status.running:
        return Telling(
            "info", _("Synchronisation asked for"), _waiting_for_worker(status), _last(status), True
        )
    so_far = _so_far(status.run) if status.run is not None and status.run.ended_at is None else ""
    return Telling("info", _("Synchronising"), so_far, _last(status), moving=True)


def _so_far(run: SyncRun) -> str:
    """What a run has brought, and how many pages that took: how many are to come, Claims360 doesn't say."""
    pages = ngettext("%(n)d page read", "%(n)d pages read", run.pages) % {"n": run.pages}
    return f"{outcome(run)} · {pages}" if run.pages else ""


def _waiting_for_worker(status: SyncStatus) -> str:
    if status.stale or status.unanswered:
        return sentence("no-worker")
    return _("It begins in a moment.")


def _fetching(status: SyncStatus) -> Telling:
    assert status.run is not None
    total = status.photos_done + status.photos_pending
    photos = ngettext("%(done)s of %(total)s photo", "%(done)s of %(total)s photos", total) % {
        "done": status.photos_done,
        "total": total,
    }
    if status.photos_error:
        return Telling(
            "wait", _("Fetching photos"), f"{sentence(status.photos_error)} · {photos}", _last(status)
        )
    return Telling(
        "info",
        _("Fetching photos"),
        f"{outcome(status.run)} · {photos}",
        _last(status),
        True,
        status.photos_done,
        total,
    )


def _ill(status: SyncStatus) -> Telling:
    kind = "wait" if status.refused_since is None else "bad"
    title = _("Claims360 refuses the keys") if status.refused_since else _("The last synchronisation failed")
    again = _("Next try %(at)s") % {"at": when(status.not_before)} if status.not_before else _next(status)
    why = sentence(status.error).removeprefix(f"{title}. ")  # which the title says already
    return Telling(kind, title, why, f"{_last(status)} · {again}")


def _last(status: SyncStatus) -> str:
    if status.last_ok_at is None:
        return _("Never without error so far")
    return _("Last %(at)s, without error") % {"at": when(status.last_ok_at)}


def _next(status: SyncStatus) -> str:
    return _("next %(at)s") % {"at": when(status.next_round_at)} if status.next_round_at else ""

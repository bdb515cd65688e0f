"""How the link of a repairer is, as its pages say it: read from rows, never from the broker."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Case, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone

from claims360_link import lease
from claims360_link.models import Configuration, SyncRun, SyncState
from dossiers.models import Photo
from dossiers.models.photo import FetchState
from dossiers.paging import Counted
from dossiers.waiting import UNANSWERED
from repairers.models import Repairer

STALE = dt.timedelta(minutes=30)
RELATIONS = ("claims360_configuration", "feed", "newest_run")


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """What a page says of a repairer's link."""

    configured: bool
    running: bool = False
    asked: bool = False
    unanswered: bool = False  # asked for, and no worker began
    run: SyncRun | None = None
    since: dt.timedelta | None = None  # it was asked for, or the newest run began
    photos_pending: int = 0
    photos_done: int = 0
    photos_failed: int = 0
    photos_error: str = ""  # why some of them wait
    error: str = ""
    error_detail: str = ""
    refused_since: dt.datetime | None = None
    not_before: dt.datetime | None = None
    last_ok_at: dt.datetime | None = None
    next_round_at: dt.datetime | None = None
    stale: bool = False


def status_of(repairer_id: int) -> SyncStatus:
    """How a repairer's link is, in one statement."""
    found = linked(Repairer.objects.filter(pk=repairer_id), photos_of=[repairer_id]).first()
    return read(found) if found is not None else SyncStatus(configured=False)


def linked(rows: QuerySet[Repairer], *, photos_of: Collection[int]) -> QuerySet[Repairer]:
    """`rows` with all that `read` wants of their links, their keys left in the database.

    Photos are counted for `photos_of` alone: that reads the more rows the more there are.
    """
    runs = SyncRun.objects.filter(repairer=OuterRef("pk")).values("pk")[:1]
    configured = F("repairer__claims360_configuration__bodyshop_id")
    feeds = SyncState.objects.filter(repairer=OuterRef("pk"), bodyshop_id=configured).values("pk")[:1]
    counted = Q(pk__in=photos_of)
    return (
        rows.annotate(
            feed=FilteredRelation("sync_states", condition=Q(sync_states__id=Subquery(feeds))),
            newest_run=FilteredRelation("sync_runs", condition=Q(sync_runs__id=Subquery(runs))),
        )
        .select_related(*RELATIONS)
        .defer("claims360_configuration__bodyshop_key", "claims360_configuration__planmanager_key")
        .annotate(
            **{
                name: Case(When(counted, then=count), default=Value("" if name == "photos_error" else 0))
                for name, count in _photo_counts().items()
            }
        )
    )


def read(row: Any) -> SyncStatus:
    """What a row of `linked` says."""
    now = timezone.now()
    configuration: Configuration | None = getattr(row, "claims360_configuration", None)
    state: SyncState | None = getattr(row, "feed", None)
    run: SyncRun | None = getattr(row, "newest_run", None)
    if configuration is None:
        return SyncStatus(configured=False)
    if state is None:
        return SyncStatus(configured=True, next_round_at=next_round_at(now))
    return SyncStatus(
        configured=True,
        running=lease.is_held(state),
        asked=state.asked_at is not None,
        unanswered=state.asked_at is not None and now - state.asked_at > UNANSWERED,
        run=run,
        since=_since(state, run, now),
        error=state.error,
        error_detail=run.error_detail if run and state.error else "",
        refused_since=state.refused_since,
        not_before=state.not_before,
        last_ok_at=state.last_ok_at,
        next_round_at=next_round_at(now),
        stale=abs(now - (state.last_run_at or configuration.created_at)) > STALE,
        photos_pending=row.photos_pending,
        photos_done=row.photos_done,
        photos_failed=row.photos_failed,
        photos_error=row.photos_error,
    )


def next_round_at(now: dt.datetime) -> dt.datetime:
    """When beat starts the next round: at every full SYNC_EVERY of the hour."""
    seconds = int(now.timestamp())
    return dt.datetime.fromtimestamp(seconds - seconds % settings.SYNC_EVERY + settings.SYNC_EVERY, dt.UTC)


def _since(state: SyncState, run: SyncRun | None, now: dt.datetime) -> dt.timedelta | None:
    began = state.asked_at or (run.started_at if run is not None else None)
    return now - began if began is not None else None


def _photo_counts() -> Mapping[str, Combinable]:
    """Of a repairer: the photos that are still to come, that came or failed since the newest run began, and why
    some were put off, while none is on its way.
    """
    pending = Q(fetch_state=FetchState.PENDING, withdrawn=False)
    fresh = Q(updated_at__gte=OuterRef("newest_run__started_at"))  # whichever run announced it
    fetched = fresh & Q(fetch_state=FetchState.STORED) & ~Q(external_id="")
    put_off = _photos(pending & Q(fetch_not_before__isnull=False)).order_by("-fetch_error")
    idle = Exists(put_off) & ~Exists(_photos(pending & Q(fetch_since__isnull=False)))
    return {
        "photos_pending": Counted(_photos(pending)),
        "photos_done": Counted(_photos(fetched)),
        "photos_failed": Counted(_photos(fresh & Q(fetch_state=FetchState.FAILED))),
        "photos_error": Case(When(idle, then=Subquery(put_off.values("fetch_error")[:1])), default=Value("")),
    }


def _photos(which: Q) -> QuerySet[Photo]:
    return Photo.objects.filter(which, repairer=OuterRef("pk")).order_by()

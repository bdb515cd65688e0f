"""What is kept for long enough goes, each night, a portion a transaction: settings say how long, 0 is for good."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from claims360_link.models import ConfigurationReset, Inquiry, SyncRun
from dossiers import contents, history
from dossiers.forgetting import UNSENT, forget, forget_photos, forget_set_aside
from dossiers.intake.tally import Tally
from dossiers.models import (
    Dossier,
    Event,
    Mission,
    MissionState,
    OptionChange,
    Photo,
    Quote,
    SetAside,
    TransmissionPhoto,
)
from dossiers.models.dossier import DossierStatus
from repairers.api.idempotency import KEPT_FOR
from repairers.locking import one_writer
from repairers.models import KeptAnswer, Message

PORTION = 500  # rows of a transaction
OVER = (MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED, MissionState.WITHDRAWN)


def delete_what_is_old() -> dict[str, int]:
    """Delete what the settings no longer want kept; gives how much of each kind. Goes on where it was broken off."""
    now = timezone.now()
    counts = {
        "quiet_runs": _if_kept_for(settings.KEEP_QUIET_RUNS_DAYS, _quiet_runs, now),
        "runs": _if_kept_for(settings.KEEP_RUNS_DAYS, _runs, now),
        "missions": _if_kept_for(settings.KEEP_MISSIONS_DAYS, _missions, now),
        "set_aside": _if_kept_for(settings.KEEP_MISSIONS_DAYS, _set_aside, now),
        "photos": _if_kept_for(settings.KEEP_PHOTOS_DAYS, _photos, now),
        "trail": _if_kept_for(settings.KEEP_TRAIL_DAYS, _trail, now),
        "messages": _if_kept_for(settings.KEEP_MESSAGES_DAYS, _messages, now),
        "answers": _deleted(KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR)),
        "sessions": _deleted(Session.objects.filter(expire_date__lt=now)),
    }
    contents.delete_old_parts()
    return {**counts, "left_over": contents.discard_left_over(PORTION) + contents.delete_loose()}


def _if_kept_for(days: int, delete: Callable[[int, dt.datetime], int], now: dt.datetime) -> int:
    return delete(days, now - dt.timedelta(days=days)) if days > 0 else 0


def _quiet_runs(_days: int, before: dt.datetime) -> int:
    """Rounds that found nothing new: nearly all of the runs, and the one thing that grows while nothing happens."""
    quiet = {"trigger": SyncRun.Trigger.ROUND, "outcome": SyncRun.Outcome.OK, "tally": Tally().as_dict()}
    return _deleted(_old_runs(before).filter(**quiet))


def _runs(_days: int, before: dt.datetime) -> int:
    """And what was asked for one mission anew."""
    return _deleted(_old_runs(before)) + _deleted(Inquiry.objects.filter(ended_at__lt=before))


def _old_runs(before: dt.datetime) -> QuerySet[SyncRun]:
    """But for the newest of each repairer, which its page shows."""
    newer = SyncRun.objects.filter(repairer=OuterRef("repairer"), started_at__gt=OuterRef("started_at"))
    return SyncRun.objects.filter(Exists(newer), ended_at__lt=before)


def _missions(days: int, before: dt.datetime) -> int:
    """They stay, to be known again when they are sent again; what is personal goes, with their quotes and photos."""
    count = 0
    for repairer_id, ids in _by_repairer(_old_missions(before)):
        with one_writer(repairer_id):
            rows = _old_missions(before).filter(pk__in=ids)  # as they are now
            still_old = list(rows.values_list("pk", flat=True))
            forget(repairer_id, still_old, (), "forgotten", days=days)
        count += len(still_old)
    return count


def _old_missions(before: dt.datetime) -> QuerySet[Mission]:
    """Those of `_ended` that still have, or have again, what is personal."""
    return _ended(before).filter(Q(forgotten_at=None) | Q(forgotten_at__lt=F("updated_at")))


def _ended(before: dt.datetime) -> QuerySet[Mission]:
    """The missions in no dossier that wait for nobody, and to which nothing happened since `before`."""
    moved = Quote.objects.filter(mission=OuterRef("pk"), updated_at__gte=before)
    undecided = Q(decided_at=None) | Q(decided_at__lt=before)
    rows = Mission.objects.filter(undecided, dossier=None, state__in=OVER, updated_at__lt=before)
    return rows.exclude(Exists(moved))


def _set_aside(_days: int, before: dt.datetime) -> int:
    rows = SetAside.objects.filter(resolved_at__lt=before).exclude(raw={})
    return sum(forget_set_aside(SetAside.objects.filter(pk__in=ids)) for ids in _portions(rows))


def _photos(days: int, before: dt.datetime) -> int:
    count = 0
    for repairer_id, ids in _by_repairer(_old_photos(before)):
        with one_writer(repairer_id):
            rows = _old_photos(before).filter(pk__in=ids)
            of = Counter(rows.values_list("mission", Coalesce("dossier", "mission__dossier")))
            forget_photos(rows)
            history.record_all(
                _photo_event(repairer_id, mission, dossier, {"photos": number, "days": days})
                for (mission, dossier), number in of.items()
            )
        count += of.total()
    return count


def _old_photos(before: dt.datetime) -> QuerySet[Photo]:
    """Those of dossiers that were closed before, and of missions that ended before; none that is still to be sent."""
    held = Q(content__isnull=False) | Q(prepared__isnull=False)
    closed = Dossier.objects.filter(status=DossierStatus.CLOSED, closed_at__lt=before)
    old = Q(dossier__in=closed) | Q(mission__dossier__in=closed) | Q(mission__in=_ended(before))
    wanted = TransmissionPhoto.objects.filter(photo=OuterRef("pk"), transmission__state__in=UNSENT)
    return Photo.objects.filter(held, old).exclude(Exists(wanted)).order_by()


def _photo_event(
    repairer_id: int, mission_id: int | None, dossier_id: int | None, args: dict[str, Any]
) -> Event:
    event = history.event("photos-forgotten", repairer_id=repairer_id, args=args)
    event.mission_id, event.dossier_id = mission_id, dossier_id
    return event


def _trail(_days: int, before: dt.datetime) -> int:
    return sum(
        _deleted(rows)
        for rows in (
            Event.objects.filter(at__lt=before),
            OptionChange.objects.filter(changed_at__lt=before),
            ConfigurationReset.objects.filter(reset_at__lt=before),
            LogEntry.objects.filter(action_time__lt=before),
        )
    )


def _messages(_days: int, before: dt.datetime) -> int:
    """What was settled; who had read it goes along."""
    return _deleted(Message.objects.filter(settled_at__lt=before))


def _deleted(rows: QuerySet[Any]) -> int:
    return sum(rows.model._base_manager.filter(pk__in=ids).delete()[0] for ids in _portions(rows))


def _by_repairer(rows: QuerySet[Any]) -> Iterator[tuple[int, list[Any]]]:
    """The ids of `rows` in portions, each of one repairer, whose id comes first."""
    for repairer_id in list(rows.order_by().values_list("repairer", flat=True).distinct()):
        for ids in _portions(rows.filter(repairer=repairer_id)):
            yield repairer_id, ids


def _portions(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The ids of `rows`, some at a time."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:PORTION])
    while ids:
        yield ids
        ids = list(rows.filter(pk__gt=ids[-1]).order_by("pk").values_list("pk", flat=True)[:PORTION])

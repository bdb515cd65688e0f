"""What the tasks do: read from the rows what is due, do it, and wake the next. Safe to be done twice."""

import logging
import random

from django.db.models import QuerySet
from django.utils import timezone

from claims360_link import credentials, one_mission, photos, sender, sync
from claims360_link.credentials import KeyDamaged, NotConfigured
from claims360_link.fields import CannotDecrypt
from claims360_link.figures import figures
from claims360_link.models import Configuration, Inquiry, SyncRun, SyncState
from claims360_link.nudges import ASK, DELIVER, PHOTOS, RECONSIDER, SYNC, SYNC_PORTION
from claims360_link.portions import Ids, portions, work_through
from dossiers import outbox
from dossiers.intake import rejudge
from dossiers.intake.tally import Tally
from dossiers.models import Mission, MissionState, Photo, Source
from dossiers.models.photo import FetchState
from dossiers.nudges import nudge, tell
from dossiers.options import read_options
from dossiers.waiting import is_over

log = logging.getLogger(__name__)


def start_round() -> int:
    """Enqueue one sync a configured repairer, in portions; gives how many. None while Claims360 is not active."""
    if not read_options().claims360_enabled:
        return 0
    repairers = list(Configuration.objects.values_list("repairer_id", flat=True))
    random.shuffle(repairers)  # whoever shares a portion with one that kills its worker does so once
    _wake_in_portions(repairers)
    return len(repairers)


def sync_portion(repairer_ids: Ids) -> None:
    """One automatic sync each; who has to wait for too long is done by whoever is free."""
    work_through(repairer_ids, sync_repairer, lambda rest: tell(SYNC_PORTION, *rest))


def sync_for_who_asked(repairer_id: int) -> None:
    """The sync that somebody asked for, unless they have been answered: they may be told of twice."""
    sync_repairer(repairer_id, if_asked=True)


def sync_repairer(repairer_id: int, if_asked: bool = False) -> None:
    """One automatic or asked-for sync; its photos and what else is due are then done apart."""
    try:
        run = sync.sync(repairer_id, SyncRun.Trigger.ROUND, if_asked=if_asked)
    except (sync.NotActive, sync.Busy, sync.NotAsked, NotConfigured) as reason:
        log.info("Repairer %s is not synced: %s.", repairer_id, type(reason).__name__)
        return
    if run.outcome == SyncRun.Outcome.FAILED and sync.is_asked(repairer_id):
        nudge(SYNC, repairer_id)  # who asked while it failed reads that it begins in a moment
    eager = run.trigger == SyncRun.Trigger.BUTTON
    if eager or Tally(run.tally).counts["photos"]["received"]:
        nudge(PHOTOS, repairer_id, eager)


def fetch_photos(repairer_id: int, eager: bool = False) -> dict[str, int]:
    """Fetch the contents that are due for one repairer; gives how many were received, stored and failed.

    `eager`: a person asked, so what was put off, or failed but may be well now, is tried as well.
    """
    if not read_options().claims360_enabled or _are_keys_refused(repairer_id):
        return {"received": 0, "stored": 0, "failed": 0}
    try:
        client = credentials.client_for(repairer_id, "planmanager")
    except (NotConfigured, KeyDamaged, CannotDecrypt) as reason:
        log.warning("No photos for repairer %s: %s.", repairer_id, type(reason).__name__)
        return {"received": 0, "stored": 0, "failed": 0}
    counts = photos.fetch_pending(repairer_id, client, eager=eager)
    for outcome in ("stored", "failed"):
        figures.add("photos_total", counts[outcome], outcome=outcome)
    return counts


def ask_anew(inquiry_id: int) -> None:
    """Ask Claims360 for one mission, unless that is done already; its photos are then fetched apart."""
    inquiry = one_mission.answer(inquiry_id)
    if inquiry is not None and Tally(inquiry.tally).counts["photos"]["received"]:
        nudge(PHOTOS, inquiry.repairer_id, True)


def deliver(transmission_id: int) -> None:
    """Deliver one transmission, if it is still due."""
    if read_options().claims360_enabled:
        sender.deliver(transmission_id, credentials.client_for)


def reconsider(repairer_id: int) -> int:
    """Judge the queue of one repairer by the options as they are now; gives how many changed."""
    return rejudge.reconsider_by_rules(repairer_id)


def reconsider_all() -> None:
    """Wake one reconsideration for each repairer whose queue was judged by other options."""
    undecided = Mission.objects.filter(state__in=(MissionState.WAITING, MissionState.EXCLUDED))
    others = undecided.exclude(rules_digest=read_options().digest).order_by()
    for repairer_id in others.values_list("repairer_id", flat=True).distinct():
        nudge(RECONSIDER, repairer_id)


def pick_up_pending() -> None:
    """Whatever is due and nobody was told of: lost nudges, retries, late missions."""
    _promote_incomplete()
    reconsider_all()
    if read_options().claims360_enabled:
        _wake_syncs()
        _wake_inquiries()
        _wake_photos()
        _wake_transmissions()


def _wake_syncs() -> None:
    now = timezone.now()
    asked = SyncState.objects.exclude(asked_at=None)
    failed = SyncState.objects.filter(asked_at=None).exclude(error="").exclude(not_before=None)
    for repairer_id in asked.values_list("repairer", flat=True):
        nudge(SYNC, repairer_id)
    _wake_in_portions(list(failed.filter(is_over("not_before", now)).values_list("repairer", flat=True)))


def _wake_in_portions(repairer_ids: Ids) -> None:
    for portion in portions(repairer_ids):
        nudge(SYNC_PORTION, *portion)


def _wake_inquiries() -> None:
    for inquiry_id in Inquiry.objects.filter(begun_at=None).order_by("pk").values_list("pk", flat=True):
        nudge(ASK, inquiry_id)


def _wake_photos() -> None:
    for repairer_id in _pending_photos().order_by().values_list("repairer_id", flat=True).distinct():
        nudge(PHOTOS, repairer_id)


def _wake_transmissions() -> None:
    for transmission_id in outbox.next_due(Source.CLAIMS360, timezone.now()):
        nudge(DELIVER, transmission_id)


def _promote_incomplete() -> None:
    now = timezone.now()
    late = Mission.objects.filter(
        state=MissionState.INCOMPLETE, received_at__lt=now - rejudge.LATE
    ).order_by()
    for repairer_id in late.values_list("repairer_id", flat=True).distinct():
        rejudge.promote_incomplete(repairer_id, now)


def _are_keys_refused(repairer_id: int) -> bool:
    """Then only a sync asks Claims360, now and then, whether it takes them again."""
    return SyncState.objects.filter(repairer=repairer_id, refused_since__isnull=False).exists()


def _pending_photos() -> QuerySet[Photo]:
    due = Photo.objects.filter(fetch_state=FetchState.PENDING, withdrawn=False).exclude(external_id="")
    return due.filter(is_over("fetch_not_before", timezone.now()))

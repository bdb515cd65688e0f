"""Judged anew, with nobody deciding: under other options than before, and what stayed incomplete for too long."""

import datetime as dt

from django.db.models import Q
from django.utils import timezone

from dossiers.intake import twins
from dossiers.intake.judge import judge_mission, judge_quote
from dossiers.models import Mission, MissionState, Quote, QuoteState
from dossiers.options import read_options
from dossiers.staff_messages import tell_of_queue
from repairers.locking import one_writer
from repairers.models import Repairer

LATE = dt.timedelta(hours=24)  # design, "States of a mission": an incomplete one then goes to a person


def reconsider_by_rules(repairer_id: int) -> int:
    """Judge anew what waits or is excluded under other options than now; gives how many changed their state.

    Freed missions go to the queue, never straight to a dossier; what is in a dossier is not touched.
    """
    options = read_options()
    with one_writer(repairer_id):
        name, now = Repairer.objects.get(pk=repairer_id).name, timezone.now()
        rows = Mission.objects.filter(
            repairer=repairer_id, state__in=(MissionState.WAITING, MissionState.EXCLUDED)
        ).exclude(rules_digest=options.digest)
        rows = rows.filter(twin_of=None)  # a twin comes along
        # What a person brought back to the queue is not taken out again by a rule.
        rows = rows.exclude(state=MissionState.WAITING, decided_by__isnull=False)
        judged = list(rows)
        changed = 0
        for mission in judged:
            verdict = judge_mission(mission, options.queueing, options.excludes, name)
            if verdict.state != mission.state:
                changed, mission.decided_at = changed + 1, now
            mission.state, mission.reason, mission.reason_args = verdict.state, verdict.reason, verdict.args
            mission.rules_digest = options.digest
        judged += _mirrored(judged)
        Mission.objects.bulk_update(
            judged, ["state", "reason", "reason_args", "rules_digest", "decided_at"], batch_size=500
        )
        changed += _reconsider_quotes(repairer_id, name)
        if changed:
            tell_of_queue(repairer_id, came=False)
        return changed


def promote_incomplete(repairer_id: int, now: dt.datetime) -> int:
    """Missions that stayed incomplete for 24 hours go to a person, with their twins; gives how many rows."""
    with one_writer(repairer_id):
        rows = Mission.objects.filter(repairer=repairer_id, state=MissionState.INCOMPLETE)
        late = rows.filter(received_at__lt=now - LATE)
        both = rows.filter(Q(pk__in=late) | Q(twin_of__in=late) | Q(twins__in=late))
        promoted = both.update(state=MissionState.WAITING, reason="incomplete-for-long", updated_at=now)
        if promoted:
            tell_of_queue(repairer_id, came=True)
        return promoted


def _mirrored(leaders: list[Mission]) -> list[Mission]:
    """The twins of `leaders`, with their state; not saved."""
    by_pk = {leader.pk: leader for leader in leaders}
    found = list(Mission.objects.filter(twin_of__in=by_pk))
    for twin in found:
        twins.mirror(twin, by_pk[twin.twin_of_id or 0])
    return found


def _reconsider_quotes(repairer_id: int, name: str) -> int:
    options = read_options()
    quotes = Quote.objects.filter(repairer=repairer_id, state=QuoteState.EXCLUDED).select_related("mission")
    freed, now = [], timezone.now()
    for quote in quotes:
        verdict = judge_quote(quote, options.queueing, options.excludes, name)
        if verdict.state != QuoteState.EXCLUDED:
            quote.state, quote.reason, quote.reason_args = QuoteState.WAITING, "no-longer-excluded", {}
            quote.decided_at = now
            freed.append(quote)
    Quote.objects.bulk_update(freed, ["state", "reason", "reason_args", "decided_at"], batch_size=500)
    return len(freed)

"""One mission asked for by itself: as it stands in Claims360 now, beside what the feed brings."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from django.db.models import F
from django.utils import timezone

from claims360_link import credentials, mapping
from claims360_link.credentials import KeyDamaged, NotConfigured
from claims360_link.errors import OBEYED, BadCredentials, Claims360Error
from claims360_link.fields import CannotDecrypt
from claims360_link.models import Inquiry, SyncState
from dossiers.intake.receive import receive
from dossiers.intake.records import Batch
from dossiers.models import Mission, Source
from dossiers.options import claims360_enabled
from dossiers.staff_messages import tell_of_intake
from dossiers.waiting import lies_ahead
from repairers.locking import one_writer
from repairers.models import User

ANSWERED_WITHIN = dt.timedelta(minutes=3)  # after that nobody is at it any more


class _NotAsked(Exception):
    """`code` is a sentence code: why Claims360 was not asked."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def ask(repairer_id: int, external_id: str, user: User | None) -> Inquiry:
    """Want the mission `external_id` anew; one that is under way already is enough. Whoever calls wakes a worker."""
    now = timezone.now()
    about = {"repairer_id": repairer_id, "mission_external_id": external_id}
    under_way = Inquiry.objects.filter(**about, ended_at=None, asked_at__gt=now - ANSWERED_WITHIN).first()
    return under_way or Inquiry.objects.create(**about, asked_at=now, asked_by=user)


def can_be_asked_for(mission: Mission) -> bool:
    """Whether Claims360 may have more of it; what was forgotten for data protection is not fetched again."""
    return mission.source == Source.CLAIMS360 and mission.forgotten_at is None


def newest(repairer_ids: Iterable[int], external_ids: Iterable[str]) -> dict[tuple[int, str], Inquiry]:
    """The newest inquiry of each of these missions, by (repairer, external id); one statement."""
    rows = Inquiry.objects.filter(repairer__in=repairer_ids, mission_external_id__in=external_ids)
    oldest_first = rows.select_related("asked_by").order_by("asked_at", "pk")
    return {(row.repairer_id, row.mission_external_id): row for row in oldest_first}


def answer(inquiry_id: int) -> Inquiry | None:
    """Ask Claims360, take over what it has, and write down how that went; None where somebody has begun already."""
    now = timezone.now()
    if not Inquiry.objects.filter(pk=inquiry_id, begun_at=None).update(begun_at=now):
        return None
    inquiry = Inquiry.objects.select_related("repairer").get(pk=inquiry_id)
    try:
        _take_over(inquiry)
    except (_NotAsked, Claims360Error) as error:
        _end(inquiry, "keys-refused" if isinstance(error, BadCredentials) else error.code)
    except (NotConfigured, CannotDecrypt, KeyDamaged) as error:
        codes = {CannotDecrypt: "cannot-decrypt", KeyDamaged: "key-damaged"}
        _end(inquiry, codes.get(type(error), "not-configured"))
    return inquiry


def _take_over(inquiry: Inquiry) -> None:
    """Raises _NotAsked, Claims360Error, NotConfigured, CannotDecrypt, KeyDamaged."""
    _may_ask(inquiry)
    client = credentials.client_for(inquiry.repairer_id, "planmanager")
    before = _version(inquiry)
    batch = mapping.standing_batch(client.as_it_stands(inquiry.mission_external_id))
    with one_writer(inquiry.repairer_id):
        tally = receive(
            inquiry.repairer, Source.CLAIMS360, _still_news(inquiry, batch, before), timezone.now()
        )
        inquiry.tally = tally.as_dict()
        tell_of_intake(inquiry.repairer_id, tally)
        _end(inquiry, "")


def _may_ask(inquiry: Inquiry) -> None:
    """As a round does: not before Claims360 said, not with keys that it refuses, not while it is off."""
    if not claims360_enabled():
        raise _NotAsked("not-active")
    bodyshop_id = "repairer__claims360_configuration__bodyshop_id"
    state = SyncState.objects.filter(repairer=inquiry.repairer_id, bodyshop_id=F(bodyshop_id)).first()
    if state is None:
        return
    if state.refused_since is not None:
        raise _NotAsked("keys-refused")
    if state.error in OBEYED and lies_ahead(state.not_before, timezone.now()):
        raise _NotAsked(state.error)


def _version(inquiry: Inquiry) -> int | None:
    about = {"repairer": inquiry.repairer_id, "external_id": inquiry.mission_external_id}
    return Mission.objects.filter(**about, source=Source.CLAIMS360).values_list("version", flat=True).first()


def _still_news(inquiry: Inquiry, batch: Batch, before: int | None) -> Batch:
    """Without the mission where the feed brought another version meanwhile: that may be the newer one."""
    return batch if _version(inquiry) == before else replace(batch, missions=[])


def _end(inquiry: Inquiry, error: str) -> None:
    inquiry.ended_at, inquiry.error = timezone.now(), error
    inquiry.save(update_fields=["ended_at", "error", "tally"])

"""Transmissions of a dossier: written here, delivered by whichever link they go to.

One transmission of a dossier at a time, in the order of the clicks; a dossier without a mission has one opening.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from dossiers import history
from dossiers.models import (
    Dossier,
    Mission,
    MissionState,
    Opening,
    Photo,
    Source,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.transmission import Delivery, SendState
from dossiers.options import claims360_enabled
from dossiers.staff_messages import needs_nobody, needs_person
from dossiers.waiting import is_given_up, is_over
from repairers.locking import one_writer
from repairers.models import User

MAX_PLATE, MAX_MILEAGE, MAX_PHOTOS = 16, 9_999_999, 100  # characters, km, photos of a mission
DOUBLE_CLICK = dt.timedelta(seconds=5)
MAX_KILLED = 3
UNDER_WAY = (SendState.PENDING, SendState.IN_FLIGHT)
OPENS_FILES = (Source.CLAIMS360,)  # the links at which a dossier without a mission opens a file, once
WINFORMEX_OVER = "winformex-over"
ALREADY_THERE = "already-there"
NOTHING_OPENED = "validation"  # refused for its content: this attempt opened no file


class CannotSend(Exception):
    """`code` is a sentence code; `field` names what is wrong in the form, "" for the whole."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code, field)
        self.code, self.field = code, field


def ask(
    dossier: Dossier,
    user: User | None,
    *,
    plate: str,
    mileage: int | None,
    photo_ids: Iterable[int],
    link: str,
    mailbox: str,
    mission_id: int | None = None,
) -> Transmission:
    """Write one transmission of `plate`, `mileage` (km) and the chosen local photos, to be delivered by `link`.

    `mailbox` is the bodyshop id that it is for. Raises CannotSend; asked twice at once, it is written once.
    """
    require_open(link)
    body = {"plate": _plate(plate), "mileage": _mileage(mileage)}
    with one_writer(dossier.repairer_id):
        photos = _photos(dossier, sorted(set(photo_ids)))
        mission = _target(dossier, link, mission_id)
        same = _double(dossier, user, link, mission, body, photos)
        if same is not None:
            return same
        if mission is None and link in OPENS_FILES:
            _opening(dossier, link, mailbox, body)
        return _write(dossier, user, link, mailbox, mission, body, photos)


def require_open(link: str) -> None:
    """Raises CannotSend where nothing may go to `link`: once Claims360 is active, nothing leaves for Winformex II."""
    if link == Source.WINFORMEX and claims360_enabled():
        raise CannotSend(WINFORMEX_OVER)


def sendable(dossier: Dossier) -> QuerySet[Photo]:
    """The photos of a dossier that may be chosen: those that were added here."""
    rows = Photo.objects.filter(dossier=dossier, external_id="", prepared__isnull=False)
    return rows.select_related("prepared").order_by("pk")


def sent_photo_ids(dossier: Dossier, link: str) -> set[int]:
    """The local photos of a dossier that were sent to `link`, or are on their way."""
    rows = TransmissionPhoto.objects.filter(
        transmission__dossier=dossier,
        transmission__link=link,
        state__in=(*UNDER_WAY, SendState.DELIVERED),
    )
    return set(rows.exclude(transmission__state=SendState.CANCELLED).values_list("photo_id", flat=True))


def targets(dossier: Dossier, link: str) -> QuerySet[Mission]:
    """The missions that a transmission of `dossier` may go to."""
    return Mission.objects.filter(dossier=dossier, source=link, state=MissionState.DOSSIER)


def had_mission(dossier: Dossier, link: str) -> bool:
    """Whether `dossier` has a mission of `link`, be it withdrawn there: such a dossier opens no file."""
    return Mission.objects.filter(dossier=dossier, source=link).exists()


def next_due(link: str, now: dt.datetime) -> list[int]:
    """The ids of the transmissions to `link` whose turn it is."""
    return list(_due(link, now).values_list("pk", flat=True))


def claim(transmission_id: int, link: str, now: dt.datetime) -> Transmission | None:
    """Take a transmission to `link` in hand; None where it is not due, or another worker has it.

    One that was in flight for ten minutes lost its worker; after the third time it goes to a person.
    """
    with transaction.atomic():
        row = _due(link, now).filter(pk=transmission_id).select_for_update(of=("self",)).first()
        if row is None:
            return None
        killed = row.attempts if row.state == SendState.IN_FLIGHT else 0
        if killed >= MAX_KILLED:
            to_person(row, "killed-three-times")
            return None
        row.state, row.in_flight_since, row.not_before = SendState.IN_FLIGHT, now, None
        row.attempts = killed + 1
        row.first_attempt_at = row.first_attempt_at or now
        row.save()
        return Transmission.objects.select_related("dossier__repairer", "mission").get(pk=row.pk)


def delivered(row: Delivery) -> None:
    """`row` has arrived."""
    row.state, row.delivered_at, row.in_flight_since = SendState.DELIVERED, timezone.now(), None
    row.error, row.error_detail = "", ""
    row.save()


def still_at_it(row: Transmission, now: dt.datetime) -> None:
    """Its worker lives: many photos may take longer than ten minutes."""
    Transmission.objects.filter(pk=row.pk).update(in_flight_since=now)


def skip_already_there(row: Transmission, mission: Mission | None) -> None:
    """Photos that have arrived since the click, by an earlier transmission or another way, are not sent again."""
    waiting = row.photos.exclude(state__in=(SendState.DELIVERED, SendState.CANCELLED))
    photos = [one.photo for one in waiting.select_related("photo")]
    there = waiting.filter(photo__in=_already_there(row, mission, photos))
    there.update(state=SendState.DELIVERED, error=ALREADY_THERE, in_flight_since=None)


def try_later(row: Delivery, code: str, not_before: dt.datetime) -> None:
    """Nothing is wrong with `row`: it waits. Never counted as a failed attempt."""
    row.state, row.in_flight_since, row.not_before = SendState.PENDING, None, not_before
    row.attempts, row.error = 0, code
    row.save()


def to_person(row: Delivery, code: str, detail: str = "", correlation_id: str = "") -> None:
    """`row` can't go on by itself: a person must look at it."""
    row.state, row.in_flight_since = SendState.NEEDS_PERSON, None
    row.error, row.error_detail, row.correlation_id = code, detail[:500], correlation_id[:120]
    with transaction.atomic():
        row.save()
        if isinstance(row, Transmission):
            needs_person(row)


def try_again(transmission_id: int, user: User | None) -> None:
    """A person says to send what did not arrive once more, with the same keys. Raises CannotSend."""
    with _locked(transmission_id) as (row, dossier):
        require_open(row.link)
        if row.state != SendState.NEEDS_PERSON:
            raise CannotSend("nothing-to-try")
        opening = Opening.objects.filter(dossier=dossier, link=row.link, state=SendState.NEEDS_PERSON).first()
        if opening is not None and row.mission_id is None and not targets(dossier, row.link).exists():
            _reopen(opening)
        ended = (SendState.DELIVERED, SendState.CANCELLED)
        row.photos.exclude(state__in=ended).update(state=SendState.PENDING, error="", attempts=0)
        row.state, row.error, row.attempts, row.not_before = SendState.PENDING, "", 0, None
        row.save()
        needs_nobody(row)
        _tell("sending-again", row, user)


def cancel(transmission_id: int, user: User | None) -> None:
    """A person gives up a transmission that is not under way right now. Raises CannotSend."""
    with _locked(transmission_id) as (row, dossier):
        if row.state not in (SendState.PENDING, SendState.NEEDS_PERSON):
            raise CannotSend("nothing-to-cancel")
        _cancel(row)
        # An opening that has cost nothing goes with its last transmission.
        others = Transmission.objects.filter(dossier=dossier, link=row.link, mission=None)
        if not others.exclude(state=SendState.CANCELLED).exists():
            _harmless(dossier).filter(link=row.link).delete()
        _tell("sending-cancelled", row, user)


def end(row: Transmission, reason: str) -> None:
    """Whoever has `row` in hand gives it up for `reason`, a sentence code; what has arrived stays delivered."""
    row.error = reason
    _cancel(row)
    _tell("sending-ended", row, None)


def end_all(link: str, reason: str, now: dt.datetime) -> int:
    """Give up, for `reason`, every transmission to `link` that nobody has in hand; gives how many."""
    idle = Q(state__in=(SendState.PENDING, SendState.NEEDS_PERSON)) | _lost(now)
    rows = Transmission.objects.filter(idle, link=link)
    ended = 0
    for transmission_id in list(rows.values_list("pk", flat=True)):
        with _locked(transmission_id) as (row, _dossier):
            if rows.filter(pk=transmission_id).exists():
                end(row, reason)
                ended += 1
    return ended


def _cancel(row: Transmission) -> None:
    row.state, row.in_flight_since, row.not_before = SendState.CANCELLED, None, None
    row.save()
    needs_nobody(row)
    row.photos.exclude(state=SendState.DELIVERED).update(state=SendState.CANCELLED)


def _plate(plate: str) -> str:
    plate = plate.strip()
    if not plate:
        raise CannotSend("plate-missing", "plate")
    if len(plate) > MAX_PLATE:
        raise CannotSend("plate-too-long", "plate")
    return plate


def _mileage(mileage: int | None) -> int:
    if mileage is None:
        raise CannotSend("mileage-missing", "mileage")
    if not 0 <= mileage <= MAX_MILEAGE:
        raise CannotSend("mileage-range", "mileage")
    return mileage


def _photos(dossier: Dossier, photo_ids: list[int]) -> list[Photo]:
    if len(photo_ids) > MAX_PHOTOS:
        raise CannotSend("too-many-photos", "photos")
    photos = list(sendable(dossier).filter(pk__in=photo_ids))
    if len(photos) != len(photo_ids):
        raise CannotSend("photo-not-here", "photos")
    return photos


def _target(dossier: Dossier, link: str, mission_id: int | None) -> Mission | None:
    missions = list(targets(dossier, link))
    if mission_id is not None:
        missions = [mission for mission in missions if mission.pk == mission_id]
        if not missions:
            raise CannotSend("mission-not-here", "mission")
    if len(missions) > 1:
        raise CannotSend("choose-mission", "mission")
    if not missions and had_mission(dossier, link):
        raise CannotSend("mission-withdrawn", "mission")  # no second file for a dossier that had one
    return missions[0] if missions else None


def _double(
    dossier: Dossier,
    user: User | None,
    link: str,
    mission: Mission | None,
    body: dict[str, Any],
    photos: list[Photo],
) -> Transmission | None:
    """What the first of two clicks wrote, be it delivered already."""
    recent = Transmission.objects.filter(
        dossier=dossier,
        created_by=user,
        link=link,
        mission=mission,
        created_at__gt=timezone.now() - DOUBLE_CLICK,
        state__in=(*UNDER_WAY, SendState.DELIVERED),
    )
    wanted = {photo.pk for photo in photos}
    for row in recent.prefetch_related("photos"):
        if row.body == body and {photo.photo_id for photo in row.photos.all()} == wanted:
            return row
    return None


def _opening(dossier: Dossier, link: str, mailbox: str, body: dict[str, Any]) -> None:
    """The dossier's one opening. One that surely opened nothing, and can't any more, makes room for this one."""
    harmless = _harmless(dossier).filter(Q(state=SendState.NEEDS_PERSON) | ~Q(mailbox=mailbox))
    harmless.delete()
    values = {"link": link, "mailbox": mailbox, "body": body, "idempotency_key": str(uuid.uuid4())}
    Opening.objects.get_or_create(dossier=dossier, defaults=values)


def _harmless(dossier: Dossier) -> QuerySet[Opening]:
    """A dossier's opening, if surely no file was opened by it: every attempt was turned away."""
    return Opening.objects.filter(first_attempt_at=None, dossier=dossier)


def _write(
    dossier: Dossier,
    user: User | None,
    link: str,
    mailbox: str,
    mission: Mission | None,
    body: dict[str, Any],
    photos: list[Photo],
) -> Transmission:
    row = Transmission.objects.create(
        dossier=dossier,
        link=link,
        mailbox=mailbox,
        mission=mission,
        body=body,
        idempotency_key=str(uuid.uuid4()),
        created_at=timezone.now(),
        created_by=user,
    )
    there = _already_there(row, mission, photos)
    TransmissionPhoto.objects.bulk_create(_photo_row(row, photo, photo.pk in there) for photo in photos)
    _tell("sending-asked", row, user, photos=len(photos))
    return row


def _photo_row(row: Transmission, photo: Photo, there: bool) -> TransmissionPhoto:
    state = SendState.DELIVERED if there else SendState.PENDING
    error = ALREADY_THERE if there else ""
    return TransmissionPhoto(
        transmission=row, photo=photo, idempotency_key=str(uuid.uuid4()), state=state, error=error
    )


def _already_there(row: Transmission, mission: Mission | None, photos: list[Photo]) -> set[int]:
    """The photos that the target of `row` has, by an earlier transmission or by the hash of what would be sent."""
    dossier = row.dossier
    opened = Opening.objects.filter(dossier=dossier, link=row.link).exclude(mission_external_id="").first()
    same_file = Q(transmission__mission=mission)
    if mission is None or (opened is not None and opened.mission_external_id == mission.external_id):
        same_file |= Q(transmission__mission=None)  # sent with the opening, before the mission came back
    sent = TransmissionPhoto.objects.filter(
        same_file,
        transmission__dossier=dossier,
        transmission__link=row.link,
        state=SendState.DELIVERED,
        photo__in=photos,
    )
    there = set(sent.values_list("photo_id", flat=True))
    if mission is not None:
        hashes = set(Photo.objects.filter(mission=mission, withdrawn=False).values_list("sha256", flat=True))
        there |= {photo.pk for photo in photos if photo.prepared_id in hashes}
    return there


def _due(link: str, now: dt.datetime) -> QuerySet[Transmission]:
    """What is pending or lost its worker, and has no earlier transmission of the same dossier before it."""
    rows = Transmission.objects.filter(link=link)
    earlier = rows.filter(dossier=OuterRef("dossier"), pk__lt=OuterRef("pk"), state__in=UNDER_WAY)
    pending = Q(state=SendState.PENDING) & is_over("not_before", now)
    return rows.filter(pending | _lost(now)).exclude(Exists(earlier))


def _lost(now: dt.datetime) -> Q:
    """What lost its worker."""
    return Q(state=SendState.IN_FLIGHT) & is_given_up("in_flight_since", now)


def _reopen(opening: Opening) -> None:
    """A person looked: an opening is repeated only while its key still protects from a second file."""
    if opening.error == "opening-unsure":
        raise CannotSend("opening-unsure")
    opening.state, opening.error = SendState.PENDING, ""
    opening.save()


@contextmanager
def _locked(transmission_id: int) -> Iterator[tuple[Transmission, Dossier]]:
    dossier = Dossier.objects.get(transmissions=transmission_id)
    with one_writer(dossier.repairer_id):
        yield Transmission.objects.select_for_update().get(pk=transmission_id), dossier


def _tell(verb: str, row: Transmission, user: User | None, **args: Any) -> None:
    dossier = row.dossier
    history.record(
        verb, repairer_id=dossier.repairer_id, actor=user, dossier=dossier, args={**row.body, **args}
    )

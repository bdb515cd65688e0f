"""Deliver transmissions: open a file where there is none, return plate and mileage, return the photos.

Each step is written down before and after its call, so that a worker that dies leaves a row that says where.
"""

import datetime as dt
import random
from collections.abc import Callable
from pathlib import PurePath

from django.db.models import QuerySet
from django.utils import timezone

from claims360_link import payloads
from claims360_link.client import Claims360Client
from claims360_link.credentials import KeyDamaged, Kind, NotConfigured, configuration_of
from claims360_link.errors import BadCredentials, Claims360Error, MissionClosed, NotFound, TryLater
from claims360_link.fields import CannotDecrypt
from claims360_link.figures import figures
from claims360_link.models import Configuration, SyncRun, SyncState
from dossiers import outbox
from dossiers.contents import open_content
from dossiers.intake import decide
from dossiers.models import Mission, Opening, Source, Transmission, TransmissionPhoto
from dossiers.models.transmission import SendState
from dossiers.normalise import key
from dossiers.photo_file import EXTENSIONS
from dossiers.sentences import known
from dossiers.waiting import GIVEN_UP, is_over
from repairers.locking import on_disk, one_writer

ClientFactory = Callable[[int, Kind], Claims360Client]
OPENING_LASTS = dt.timedelta(hours=23)  # its key is kept for 24: after that a repeat would open another file
CLOCKS_APART = dt.timedelta(minutes=5)  # at most; a first attempt further ahead was noted by a wrong clock
WAITS = dt.timedelta(minutes=1)
REFUSED_WAITS = dt.timedelta(hours=1)


class _Person(Exception):
    """This transmission goes to a person."""

    def __init__(self, code: str, detail: str = "", correlation_id: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.correlation_id = code, detail, correlation_id


class _Paused(Exception):
    """Claims360 refused the keys less than an hour ago."""


HERE: dict[type[Exception], str] = {  # what keeps a transmission waiting before Claims360 is asked at all
    _Paused: "keys-refused",
    NotConfigured: "not-configured",
    CannotDecrypt: "cannot-decrypt",
    KeyDamaged: "key-damaged",
}


def deliver(transmission_id: int, client_for: ClientFactory) -> None:
    """Deliver one transmission if it is its turn; every outcome stands in its rows. Safe to be called again."""
    row = outbox.claim(transmission_id, Source.CLAIMS360, timezone.now())
    if row is None:
        return
    figures.add("sends_total", outcome=_attempt(row, client_for))


def _attempt(row: Transmission, client_for: ClientFactory) -> str:
    """Deliver it, and write down how that went; gives "delivered", "later" or "person"."""
    try:
        _deliver(row, client_for)
    except TryLater as error:
        outbox.try_later(row, error.code, timezone.now() + _pause(error))
    except BadCredentials:
        _pause_repairer(row)
        outbox.try_later(row, "keys-refused", timezone.now() + WAITS)
    except tuple(HERE) as reason:
        outbox.try_later(row, HERE[type(reason)], timezone.now() + WAITS)
    except _Person as person:
        outbox.to_person(row, person.code, person.detail, person.correlation_id)
        return "person"
    else:
        return "delivered"
    return "later"


def _deliver(row: Transmission, client_for: ClientFactory) -> None:
    configuration = configuration_of(row.dossier.repairer_id)
    if configuration is None:
        raise NotConfigured
    if configuration.bodyshop_id != row.mailbox:
        raise _Person("mailbox-changed")
    if _states(row).exclude(is_over("not_before", timezone.now())).exclude(refused_since=None).exists():
        raise _Paused
    client = client_for(row.dossier.repairer_id, "bodyshop")
    mission_id = _mission_id(row, client)
    if row.body_delivered_at is None:
        _return_vehicle(row, mission_id, client)
    _return_photos(row, mission_id, client)
    outbox.delivered(row)


def _mission_id(row: Transmission, client: Claims360Client) -> str:
    """The external id that this transmission goes to; opens the dossier's one file where it has none."""
    if row.mission is not None:
        return row.mission.external_id
    opening = Opening.objects.select_related("dossier").get(dossier=row.dossier)
    if not opening.mission_external_id:
        _open(row, opening, client)
    if row.mission is not None:
        return row.mission.external_id
    _carry_over(row, opening)
    return opening.mission_external_id


def _carry_over(row: Transmission, opening: Opening) -> None:
    """The opening has brought the plate and mileage of the first transmission along."""
    told = Transmission.objects.filter(dossier=row.dossier, body_delivered_at__isnull=False)
    if opening.body == row.body and not told.exists():
        row.body_delivered_at = opening.delivered_at
        row.save(update_fields=["body_delivered_at"])


def _open(row: Transmission, opening: Opening, client: Claims360Client) -> None:
    """Open the file, unless the dossier has a mission meanwhile: that is then the target of `row`."""
    tried_before = opening.first_attempt_at
    if not _begin(row, opening, client.bodyshop_id):
        return
    try:
        receipt = client.open_mission(opening.body["plate"], opening.body["mileage"], opening.idempotency_key)
    except TryLater as error:
        outbox.try_later(opening, error.code, timezone.now())
        raise
    except BadCredentials:
        opening.first_attempt_at = tried_before  # turned away at the door: nothing was opened
        outbox.try_later(opening, "keys-refused", timezone.now())
        raise
    except Claims360Error as error:
        person = _person(error)
        if person.code == outbox.NOTHING_OPENED:
            opening.first_attempt_at = tried_before
        outbox.to_person(opening, person.code, person.detail, person.correlation_id)
        raise person from error
    with one_writer(opening.dossier.repairer_id):
        opening.mission_external_id = receipt.mission_id
        outbox.delivered(opening)
        decide.link_opened(opening.pk)


def _begin(row: Transmission, opening: Opening, mailbox: str) -> bool:
    """Write the attempt down before it is made; False where nothing is to be opened any more. Raises _Person."""
    now = timezone.now()
    with on_disk(), one_writer(row.dossier.repairer_id):
        missions = list(outbox.targets(row.dossier, row.link))
        if len(missions) > 1:
            raise _Person("choose-mission")
        if missions:
            row.mission = missions[0]
            row.save(update_fields=["mission"])
            return False
        if outbox.had_mission(row.dossier, row.link):
            raise _Person("mission-withdrawn")
        obstacle = _obstacle(opening, mailbox, now)
        if obstacle is None:
            opening.state, opening.in_flight_since = SendState.IN_FLIGHT, now
            opening.first_attempt_at, opening.attempts = opening.first_attempt_at or now, opening.attempts + 1
            opening.save()
        else:
            outbox.to_person(opening, obstacle.code, obstacle.detail)
    if obstacle is not None:
        raise obstacle
    return True


def _obstacle(opening: Opening, mailbox: str, now: dt.datetime) -> _Person | None:
    """Why this file may not be opened (any more). Raises TryLater where the feed has yet to show that."""
    if opening.state == SendState.NEEDS_PERSON:
        return _Person(opening.error, opening.error_detail)
    if opening.mailbox != mailbox:
        return _Person("mailbox-changed")
    begun = opening.first_attempt_at
    if begun is not None and not -CLOCKS_APART <= now - begun <= OPENING_LASTS:
        if not _feed_was_read(opening):
            raise TryLater("opening-unread")
        return _Person("opening-unsure", _seen_in_feed(opening))
    return None


def _feed_was_read(opening: Opening) -> bool:
    """Whether a sync that began once the last attempt was surely over went well: an opened file is then known here."""
    attempted = opening.not_before or opening.first_attempt_at
    if opening.in_flight_since is not None:  # its worker died, while the request went on
        attempted = opening.in_flight_since + GIVEN_UP
    runs = SyncRun.objects.filter(repairer=opening.dossier.repairer_id, bodyshop_id=opening.mailbox)
    return runs.filter(started_at__gt=attempted, ended_at__isnull=False, error="").exists()


def _seen_in_feed(opening: Opening) -> str:
    """The numbers of the missions of the same plate that came after the first attempt: one may be the opened file."""
    found = Mission.objects.filter(
        repairer=opening.dossier.repairer_id,
        plate_key=key(opening.body["plate"]),
        received_at__gte=opening.first_attempt_at,
        dossier=None,
    )
    return ", ".join(str(mission) for mission in found)


def _return_vehicle(row: Transmission, mission_id: str, client: Claims360Client) -> None:
    try:
        client.return_vehicle(mission_id, row.body["plate"], row.body["mileage"], row.idempotency_key)
    except (TryLater, BadCredentials):
        raise
    except Claims360Error as error:
        raise _person(error) from error
    row.body_delivered_at = timezone.now()
    row.save(update_fields=["body_delivered_at"])


def _return_photos(row: Transmission, mission_id: str, client: Claims360Client) -> None:
    """Send what is not there yet. Raises _Person when a photo was refused, once all others are sent."""
    known_here = Mission.objects.filter(repairer=row.dossier.repairer_id, source=row.link)
    outbox.skip_already_there(row, known_here.filter(external_id=mission_id).first())
    refused = []
    for photo in _unsent(row):
        outbox.still_at_it(row, timezone.now())
        if not _return_photo(photo, mission_id, client):
            refused.append(photo.error)
    if refused:
        raise _Person("delivered-in-part", refused[0])


def _unsent(row: Transmission) -> list[TransmissionPhoto]:
    photos = row.photos.exclude(state__in=(SendState.DELIVERED, SendState.CANCELLED))
    return list(photos.select_related("photo__prepared").order_by("pk"))


def _return_photo(row: TransmissionPhoto, mission_id: str, client: Claims360Client) -> bool:
    """Send one photo; False when it was refused for good, which holds up no other."""
    now = timezone.now()
    row.state, row.in_flight_since = SendState.IN_FLIGHT, now
    row.first_attempt_at, row.attempts = row.first_attempt_at or now, row.attempts + 1
    row.save()
    try:
        row.external_id = _sent(row, mission_id, client).id
    except (TryLater, BadCredentials) as error:
        outbox.try_later(row, error.code, now)
        raise
    except Claims360Error as error:
        person = _person(error)
        outbox.to_person(row, person.code, person.detail, person.correlation_id)
        if isinstance(error, (NotFound, MissionClosed)):  # so are all the others
            raise person from error
        return False
    outbox.delivered(row)
    return True


def _sent(row: TransmissionPhoto, mission_id: str, client: Claims360Client) -> payloads.Photo:
    content = row.photo.prepared
    assert content is not None  # the outbox takes no other
    name = f"{PurePath(row.photo.file_name).stem or 'photo'}.{EXTENSIONS[content.mime]}"
    try:
        file = open_content(content)
    except OSError as error:
        raise TryLater("disk-error", type(error).__name__) from error
    with file:
        return client.return_photo(
            mission_id, file, name, row.photo.caption, content.mime, row.idempotency_key
        )


def _person(error: Claims360Error) -> _Person:
    """A refusal for good, in words that are known here; Claims360's own go along."""
    code = known(error.code, "refused")
    detail = error.detail if code == error.code else f"{error.code}: {error.detail}"
    return _Person(code, detail, error.correlation_id)


def _pause(error: TryLater) -> dt.timedelta:
    """How long to wait: what Claims360 asked for, else about a minute."""
    seconds = error.retry_after or WAITS.total_seconds() * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)
    return dt.timedelta(seconds=seconds)


def _pause_repairer(row: Transmission) -> None:
    """The keys are refused: nothing is sent for an hour, or until the sync's /whoami is answered.

    Keys that were entered since the row was claimed are others than those.
    """
    now = timezone.now()
    tried = Configuration.objects.filter(repairer=row.dossier.repairer_id, created_at__lt=row.in_flight_since)
    if not tried.exists():
        return
    SyncState.objects.get_or_create(repairer_id=row.dossier.repairer_id, bodyshop_id=row.mailbox)
    _states(row).filter(refused_since=None).update(refused_since=now)
    _states(row).update(error="keys-refused", not_before=now + REFUSED_WAITS)


def _states(row: Transmission) -> QuerySet[SyncState]:
    return SyncState.objects.filter(repairer=row.dossier.repairer_id, bodyshop_id=row.mailbox)

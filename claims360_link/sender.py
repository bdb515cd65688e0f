"""Deliver transmissions: open a file where there is none, return plate and mileage, return the photos.

Each step is written down before and after its call, so that a worker that dies leaves a row that says where.
"""

import datetime as dt
import random
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from claims360_link.client import Claims360Client
from claims360_link.credentials import KeyDamaged, Kind, NotConfigured, configuration_of
from claims360_link.errors import BadCredentials, Claims360Error, MissionClosed, NotFound, TryLater
from claims360_link.fields import CannotDecrypt
from claims360_link.models import SyncState
from dossiers import outbox
from dossiers.imaging import EXTENSIONS
from dossiers.intake import decide
from dossiers.models import Mission, Opening, Transmission, TransmissionPhoto
from dossiers.models.transmission import Delivery, SendState
from dossiers.normalise import key

ClientFactory = Callable[[int, Kind], Claims360Client]
OPENING_LASTS = dt.timedelta(hours=23)  # its key is kept for 24: after that a repeat would open another file
WAITS = dt.timedelta(minutes=1)
REFUSED_WAITS = dt.timedelta(hours=1)


class _Person(Exception):
    """This transmission goes to a person."""

    def __init__(self, code: str, detail: str = "", correlation_id: str = "") -> None:
        super().__init__(code)
        self.code, self.detail, self.correlation_id = code, detail, correlation_id


def deliver(transmission_id: int, client_for: ClientFactory) -> None:
    """Deliver one transmission if it is its turn; every outcome stands in its rows. Safe to be called again."""
    row = outbox.claim(transmission_id, timezone.now())
    if row is None:
        return
    try:
        _deliver(row, client_for)
    except TryLater as error:
        outbox.try_later(row, error.code, timezone.now() + _pause(error))
    except BadCredentials:
        _pause_repairer(row)
        outbox.try_later(row, "keys-refused", timezone.now() + REFUSED_WAITS)
    except NotConfigured:
        outbox.try_later(row, "not-configured", timezone.now() + REFUSED_WAITS)
    except (CannotDecrypt, KeyDamaged):
        outbox.try_later(row, "key-damaged", timezone.now() + REFUSED_WAITS)
    except _Person as person:
        outbox.to_person(row, person.code, person.detail, person.correlation_id)


def _deliver(row: Transmission, client_for: ClientFactory) -> None:
    configuration = configuration_of(row.dossier.repairer_id)
    if configuration is None:
        raise NotConfigured
    if configuration.bodyshop_id != row.mailbox:
        raise _Person("mailbox-changed")
    client = client_for(row.dossier.repairer_id, "bodyshop")
    mission_id = _mission_id(row, client)
    if row.body_delivered_at is None:
        _return_vehicle(row, mission_id, client)
    refused = [photo for photo in _unsent(row) if not _return_photo(photo, mission_id, client)]
    if refused:
        raise _Person("delivered-in-part", refused[0].error)
    outbox.delivered(row)


def _mission_id(row: Transmission, client: Claims360Client) -> str:
    """The external id that this transmission goes to; opens the dossier's one file where it has none."""
    if row.mission is not None:
        return row.mission.external_id
    opening = Opening.objects.get(dossier=row.dossier)
    if not opening.mission_external_id:
        _open(opening, client)
    if opening.body == row.body and row.body_delivered_at is None:
        row.body_delivered_at = opening.delivered_at  # the opening has carried it
        row.save(update_fields=["body_delivered_at"])
    return opening.mission_external_id


def _open(opening: Opening, client: Claims360Client) -> None:
    now = timezone.now()
    if opening.state == SendState.NEEDS_PERSON:
        raise _Person(opening.error)
    if opening.mailbox != client.bodyshop_id:
        _opening_to_person(opening, "mailbox-changed")
    if opening.first_attempt_at is not None and now - opening.first_attempt_at > OPENING_LASTS:
        _opening_to_person(opening, "opening-unsure", _seen_in_feed(opening))
    opening.state, opening.in_flight_since = SendState.IN_FLIGHT, now
    opening.first_attempt_at = opening.first_attempt_at or now
    opening.attempts += 1
    opening.save()
    try:
        receipt = client.open_mission(opening.body["plate"], opening.body["mileage"], opening.idempotency_key)
    except TryLater as error:
        opening.state, opening.error = SendState.PENDING, error.code
        opening.save()
        raise
    except Claims360Error as error:
        if isinstance(error, BadCredentials):
            raise
        outbox.to_person(opening, error.code, error.detail, error.correlation_id)
        raise _Person(error.code, error.detail, error.correlation_id) from error
    _opened(opening, receipt.mission_id)


def _opened(opening: Opening, mission_id: str) -> None:
    opening.mission_external_id = mission_id
    outbox.delivered(opening)
    decide.link_opened(opening.pk)


def _opening_to_person(opening: Opening, code: str, detail: str = "") -> None:
    outbox.to_person(opening, code, detail)
    raise _Person(code, detail)


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
    except (NotFound, MissionClosed) as error:
        raise _Person(error.code, error.detail, error.correlation_id) from error
    except (TryLater, BadCredentials):
        raise
    except Claims360Error as error:
        raise _Person(error.code, error.detail, error.correlation_id) from error
    row.body_delivered_at = timezone.now()
    row.save(update_fields=["body_delivered_at"])


def _unsent(row: Transmission) -> list[TransmissionPhoto]:
    photos = row.photos.exclude(state__in=(SendState.DELIVERED, SendState.CANCELLED))
    return list(photos.select_related("photo__prepared").order_by("pk"))


def _return_photo(row: TransmissionPhoto, mission_id: str, client: Claims360Client) -> bool:
    """Send one photo; False when it was refused for good, which holds up no other."""
    now = timezone.now()
    row.state, row.in_flight_since = SendState.IN_FLIGHT, now
    row.first_attempt_at, row.attempts = row.first_attempt_at or now, row.attempts + 1
    row.save()
    content = row.photo.prepared
    assert content is not None
    name = f"{row.photo.file_name.rpartition('.')[0] or 'photo'}.{EXTENSIONS[content.mime]}"
    try:
        with content.file.open("rb") as file:
            sent = client.return_photo(
                mission_id, file, name, row.photo.caption, content.mime, row.idempotency_key
            )
    except (TryLater, BadCredentials) as error:
        outbox.try_later(row, error.code, now)
        raise
    except (NotFound, MissionClosed) as error:
        outbox.to_person(row, error.code, error.detail, error.correlation_id)
        raise _Person(error.code, error.detail, error.correlation_id) from error
    except Claims360Error as error:
        outbox.to_person(row, error.code, error.detail, error.correlation_id)
        return False
    row.external_id = sent.id
    outbox.delivered(row)
    return True


def _pause(error: TryLater) -> dt.timedelta:
    """How long to wait: what Claims360 asked for, else about a minute."""
    seconds = error.retry_after or WAITS.total_seconds() * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)
    return dt.timedelta(seconds=seconds)


def _pause_repairer(row: Delivery) -> None:
    """The keys are refused: the sync asks /whoami once an hour, and goes on by itself."""
    assert isinstance(row, Transmission)
    with transaction.atomic():
        now = timezone.now()
        states = SyncState.objects.filter(repairer=row.dossier.repairer_id, bodyshop_id=row.mailbox)
        states.filter(refused_since=None).update(
            refused_since=now, error="keys-refused", not_before=now + REFUSED_WAITS
        )

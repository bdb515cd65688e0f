"""Out to Winformex II, before Claims360 is active: plate, mileage and the chosen photos of a dossier, and nothing else.

Once it is active nothing leaves any more: what was asked for is refused, what was written down is given up, and what a
worker has in hand ends before its next call.
"""

import datetime as dt
import random
from collections.abc import Iterable

from django.conf import settings
from django.utils import timezone

from dossiers import outbox
from dossiers.contents import open_content
from dossiers.models import Dossier, Source, Transmission, TransmissionPhoto
from dossiers.models.transmission import SendState
from dossiers.nudges import nudge
from dossiers.options import claims360_enabled
from dossiers.outbox import WINFORMEX_OVER, CannotSend
from dossiers.winformex.client import Refused, TryLater, WinformexClient
from dossiers.winformex.nudges import DELIVER
from repairers.models import User

WAITS = dt.timedelta(minutes=1)


class _Over(Exception):
    """Claims360 became active meanwhile."""


def obstacle(dossier: Dossier) -> str:
    """Why nothing of `dossier` can go to Winformex II, as a sentence code; "" where it can."""
    if claims360_enabled():
        return WINFORMEX_OVER
    if not settings.WINFORMEX_URL:
        return "winformex-no-address"
    return "" if dossier.repairer.mailbox_number else "winformex-no-mailbox"


def ask(
    dossier: Dossier,
    user: User | None,
    *,
    plate: str,
    mileage: int | None,
    photo_ids: Iterable[int],
    mission_id: int | None = None,
) -> Transmission:
    """Write one transmission to the repairer's mailbox; a worker delivers it. Raises CannotSend."""
    if code := obstacle(dossier):
        raise CannotSend(code)
    row = outbox.ask(
        dossier,
        user,
        plate=plate,
        mileage=mileage,
        photo_ids=photo_ids,
        link=Source.WINFORMEX,
        mailbox=dossier.repairer.mailbox_number,
        mission_id=mission_id,
    )
    nudge(DELIVER, row.pk)
    return row


def pick_up_pending() -> None:
    """Wake a worker for what is due; once Claims360 is active, give up what nobody has in hand."""
    now = timezone.now()
    if claims360_enabled():
        outbox.end_all(Source.WINFORMEX, WINFORMEX_OVER, now)
        return
    for transmission_id in outbox.next_due(Source.WINFORMEX, now):
        nudge(DELIVER, transmission_id)


def deliver(transmission_id: int) -> None:
    """Deliver one transmission if it is its turn; every outcome stands in its rows. Safe to be called again."""
    row = outbox.claim(transmission_id, Source.WINFORMEX, timezone.now())
    if row is None:
        return
    try:
        _deliver(row)
    except _Over:
        outbox.end(row, WINFORMEX_OVER)
    except TryLater as error:
        outbox.try_later(row, error.code, timezone.now() + _pause(error))
    except Refused as refusal:
        outbox.to_person(row, refusal.code, refusal.detail)


def reference_of(row: Transmission) -> str:
    """What the file of `row` is called there: its mission's number, else the key of the dossier's first click."""
    if row.mission is not None:
        return row.mission.number
    first = Transmission.objects.filter(dossier=row.dossier, link=row.link, mission=None).earliest("pk")
    return first.idempotency_key


def _deliver(row: Transmission) -> None:
    _require_open()
    if row.dossier.repairer.mailbox_number != row.mailbox:
        raise Refused("mailbox-changed")
    if not settings.WINFORMEX_URL:
        raise TryLater("winformex-no-address")
    client = WinformexClient(settings.WINFORMEX_URL, row.mailbox, settings.WINFORMEX_TOKEN)
    reference = reference_of(row)
    if row.body_delivered_at is None:
        client.put_vehicle(reference, row.body["plate"], row.body["mileage"])
        row.body_delivered_at = timezone.now()
        row.save(update_fields=["body_delivered_at"])
    _deliver_photos(row, reference, client)
    outbox.delivered(row)


def _deliver_photos(row: Transmission, reference: str, client: WinformexClient) -> None:
    """Send what is not there yet. Raises Refused when a photo was refused, once all others are sent."""
    outbox.skip_already_there(row, row.mission)
    waiting = row.photos.exclude(state__in=(SendState.DELIVERED, SendState.CANCELLED))
    refused = ""
    for photo in waiting.select_related("photo__prepared").order_by("pk"):
        _require_open()
        outbox.still_at_it(row, timezone.now())
        try:
            _deliver_photo(photo, reference, client)
        except Refused as refusal:
            outbox.to_person(photo, refusal.code, refusal.detail)
            refused = refusal.code
    if refused:
        raise Refused("delivered-in-part", refused)


def _deliver_photo(photo: TransmissionPhoto, reference: str, client: WinformexClient) -> None:
    now = timezone.now()
    photo.state, photo.in_flight_since = SendState.IN_FLIGHT, now
    photo.first_attempt_at, photo.attempts = photo.first_attempt_at or now, photo.attempts + 1
    photo.save()
    content = photo.photo.prepared
    assert content is not None  # the outbox takes no other
    try:
        with open_content(content) as file:
            client.put_photo(reference, content.sha256, file, content.mime)
    except TryLater as error:
        outbox.try_later(photo, error.code, now)
        raise
    except OSError as error:
        outbox.try_later(photo, "disk-error", now)
        raise TryLater("disk-error", type(error).__name__) from error
    outbox.delivered(photo)


def _require_open() -> None:
    if claims360_enabled():
        raise _Over


def _pause(error: TryLater) -> dt.timedelta:
    seconds = error.retry_after or WAITS.total_seconds() * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)
    return dt.timedelta(seconds=seconds)

"""One repairer is synced by one worker at a time: a lease in the database, with an expiry and a token."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from claims360_link.models import SyncState
from dossiers.waiting import is_over, lies_ahead

LASTS = dt.timedelta(seconds=180)
FURTHEST = 2 * LASTS  # as far ahead as another machine's clock may have it end


class LeaseLost(Exception):
    """Another worker holds the feed by now: nothing more of this run may be committed."""


def take(state: SyncState) -> bool:
    """Take the lease of a feed; the token is then in `state`.

    False while another worker holds it, and where another held it, or somebody asked, since `state` was read.
    It counts as a try of the page that the feed stands at.
    """
    now = timezone.now()
    as_read = {name: getattr(state, name) for name in ("lease_token", "last_run_at", "asked_at")}
    free = SyncState.objects.filter(is_over("lease_until", now, FURTHEST), pk=state.pk, **as_read)
    lease: dict[str, Any] = {"lease_token": uuid.uuid4(), "lease_until": now + LASTS}
    lease["attempts"] = state.attempts + 1
    if not free.update(**lease):
        return False
    _note(state, lease)
    return True


def is_held(state: SyncState) -> bool:
    """Whether a worker is at it, as `state` was read."""
    return lies_ahead(state.lease_until, timezone.now(), FURTHEST)


def renew(state: SyncState) -> None:
    """Hold the lease for longer, where a third of it is over. Raises LeaseLost."""
    now = timezone.now()
    if state.lease_until is not None and state.lease_until - now > LASTS * 2 / 3:
        return
    extend(state)


def extend(state: SyncState) -> None:
    """Hold the lease for longer, in the transaction of what is committed. Raises LeaseLost: it is then rolled back."""
    _update(state, lease_until=timezone.now() + LASTS)


def advance(state: SyncState, cursor: str) -> None:
    """Move the feed's cursor on, in the transaction of its page. Raises LeaseLost: the page is then rolled back."""
    _update(state, cursor=cursor, attempts=1, lease_until=timezone.now() + LASTS)


def give_back(state: SyncState, **outcome: object) -> bool:
    """End the lease, and note how the run ended.

    False, and nothing of it, where another worker holds it by now, or somebody asked since `state` was read.
    """
    mine = SyncState.objects.filter(pk=state.pk, lease_token=state.lease_token, asked_at=state.asked_at)
    return bool(mine.update(lease_token=None, lease_until=None, **outcome))


def look_again(state: SyncState) -> bool:
    """Read anew whether somebody asked; False where another worker holds the lease by now."""
    mine = SyncState.objects.filter(pk=state.pk, lease_token=state.lease_token)
    if (asked := mine.values("asked_at").first()) is None:
        return False
    _note(state, asked)
    return True


def revoke(feeds: QuerySet[SyncState]) -> None:
    """Whoever syncs one of these feeds has lost its lease: how that ends is no longer noted."""
    feeds.exclude(lease_token=None).update(lease_token=uuid.uuid4(), lease_until=None)


def _update(state: SyncState, **values: object) -> None:
    held = SyncState.objects.filter(
        pk=state.pk, lease_token=state.lease_token, lease_until__gt=timezone.now()
    )
    if not held.update(**values):
        raise LeaseLost
    _note(state, values)


def _note(state: SyncState, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(state, name, value)

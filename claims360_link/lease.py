"""One repairer is synced by one worker at a time: a lease in the database, with an expiry and a token."""

import datetime as dt
import uuid

from django.utils import timezone

from claims360_link.models import SyncState
from dossiers.waiting import is_over

LASTS = dt.timedelta(seconds=180)
FURTHEST = 2 * LASTS  # as far ahead as another machine's clock may have it end


class LeaseLost(Exception):
    """Another worker holds the feed by now: nothing more of this run may be committed."""


def take(state: SyncState) -> bool:
    """Take the lease of a feed; False while another worker holds it. The token is then in `state`."""
    token, now = uuid.uuid4(), timezone.now()
    free = is_over("lease_until", now, FURTHEST)
    taken = SyncState.objects.filter(free, pk=state.pk).update(lease_token=token, lease_until=now + LASTS)
    if taken:
        state.refresh_from_db()
    return bool(taken)


def renew(state: SyncState) -> None:
    """Hold the lease for longer, where a third of it is over. Raises LeaseLost."""
    now = timezone.now()
    if state.lease_until is not None and state.lease_until - now > LASTS * 2 / 3:
        return
    _update(state, lease_until=now + LASTS)


def advance(state: SyncState, cursor: str) -> None:
    """Move the feed's cursor on, in the transaction of its page. Raises LeaseLost: the page is then rolled back."""
    _update(state, cursor=cursor, lease_until=timezone.now() + LASTS)


def give_back(state: SyncState, **outcome: object) -> None:
    """End the lease, and note how the run ended; nothing where another worker holds it by now."""
    SyncState.objects.filter(pk=state.pk, lease_token=state.lease_token).update(
        lease_token=None, lease_until=None, **outcome
    )


def _update(state: SyncState, **values: object) -> None:
    held = SyncState.objects.filter(
        pk=state.pk, lease_token=state.lease_token, lease_until__gt=timezone.now()
    )
    if not held.update(**values):
        raise LeaseLost
    for name, value in values.items():
        setattr(state, name, value)

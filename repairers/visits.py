"""Since when what came in is new to somebody: since the end of their visit before this one."""

import datetime as dt

from django.utils import timezone

from repairers.models import User

OVER_AFTER = dt.timedelta(minutes=30)  # without a look
NOTED_EVERY = dt.timedelta(minutes=1)


def note_look(user: User) -> None:
    """`user` looks at what came in: the same visit goes on, or a new one begins."""
    now, before = timezone.now(), user.looked_at
    if before is not None and now - before < NOTED_EVERY:
        return
    if before is not None and now - before > OVER_AFTER:
        user.looked_before = before
    user.looked_at = now
    user.save(update_fields=["looked_at", "looked_before"])

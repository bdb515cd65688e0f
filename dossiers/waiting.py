"""Whether a row may be taken up, by the times that stand in it; what only a wrong clock can have written is no time."""

import datetime as dt

from django.db.models import Q

GIVEN_UP = dt.timedelta(minutes=10)  # in flight for longer: its worker died
UNANSWERED = dt.timedelta(minutes=2)  # beat looks every minute for what was asked
FURTHEST = dt.timedelta(hours=2)  # nothing is put off for more than one


def lies_ahead(at: dt.datetime | None, now: dt.datetime, furthest: dt.timedelta = FURTHEST) -> bool:
    """Whether `at` is still to come, and not further away than anything is put off."""
    return at is not None and now < at <= now + furthest


def is_over(field: str, now: dt.datetime, furthest: dt.timedelta = FURTHEST) -> Q:
    """The rows whose `field` does not lie ahead."""
    return Q(**{field: None}) | Q(**{f"{field}__lte": now}) | Q(**{f"{field}__gt": now + furthest})


def is_given_up(field: str, now: dt.datetime, after: dt.timedelta = GIVEN_UP) -> Q:
    """The rows that somebody took in hand, as `field` says, more than `after` ago: whoever it was is dead."""
    return Q(**{f"{field}__lt": now - after}) | Q(**{f"{field}__gt": now + after})

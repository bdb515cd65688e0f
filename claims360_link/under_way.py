"""What moves in the rows of the list while somebody looks at it: photos that come in, and what is being sent."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from claims360_link.rows import Row, rows_of
from dossiers.paging import SIZE

SOONEST, LATEST = 1, 30  # seconds
SEEN = re.compile(r"(\d{1,18}):[\d-]*")  # a mission's id, and how far it was


@dataclass(frozen=True, slots=True)
class UnderWay:
    """`seen`: how far each row is that moves, "" where none does; `again`: seconds until a page looks again."""

    rows: Sequence[Row]
    seen: str
    again: int = SOONEST


def under_way(rows: Iterable[Row]) -> UnderWay:
    """Of the rows of a page."""
    moving = [row for row in rows if row.fetching or row.sending]
    return UnderWay(moving, ",".join(map(_how_far, moving)))


def look_again(missions: QuerySet[Any], seen: str, again: str) -> UnderWay:
    """The rows that moved when they were `seen`, as they are now; looked at the later, the longer nothing moves.

    `missions`: dressed, those that the user may see.
    """
    pks = [int(pk) for pk in SEEN.findall(seen)[:SIZE]]
    rows = rows_of(missions.filter(pk__in=pks))
    now = under_way(sorted(rows, key=lambda row: pks.index(row.mission.pk)))
    waited = int(again) if again.isdecimal() and len(again) < 3 else SOONEST
    return UnderWay(rows, now.seen, min(max(2 * waited, SOONEST), LATEST) if now.seen == seen else SOONEST)


def _how_far(row: Row) -> str:
    done = (str(one.done) if one else "" for one in (row.fetching, row.sending))
    return f"{row.mission.pk}:{'-'.join(done)}"

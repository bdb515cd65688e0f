"""What is counted as it happens: in memory first, and every few seconds added to the rows that /metrics reads.

So all processes of all machines count together, and none of them needs a file or an address of its own for it. What a
killed process had not added yet is lost; figures are no books.
"""

import json
import logging
import threading
import time
from collections.abc import Callable

from django.db import Error, connection
from django.utils import timezone

from claims360_link.models import Figure

log = logging.getLogger(__name__)
EVERY = 10.0  # seconds
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)  # seconds, upper bounds
MORE = "+Inf"

Counts = dict[tuple[str, str], float]  # by name and labels


class Figures:
    """The counts of one process that are not in the database yet; any thread may add. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._counts: Counts = {}
        self._saved_at = clock()

    def add(self, name: str, by: float = 1, /, **labels: str) -> None:
        """Count `by` more of `name`."""
        key = name, json.dumps(labels, sort_keys=True, ensure_ascii=False)
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + by

    def time(self, name: str, seconds: float, /, **labels: str) -> None:
        """One more of `name`, which took so long."""
        bucket = next((f"{bound:g}" for bound in BUCKETS if seconds <= bound), MORE)
        self.add(f"{name}_bucket", 1, le=bucket, **labels)
        self.add(f"{name}_sum", seconds, **labels)

    def save(self, *, now: bool = False) -> None:
        """Add what was counted to the rows, in one statement, if the last time is long enough ago, or `now`.

        While the database is away they are kept for the next time.
        """
        counts = self._taken(now)
        if not counts:
            return
        try:
            _add(counts)
        except Error as error:
            log.warning("The figures wait for the next time: %s", type(error).__name__)
            for (name, labels), by in counts.items():
                self.add(name, by, **json.loads(labels))

    def _taken(self, now: bool) -> Counts:
        with self._lock:
            if not now and self._clock() - self._saved_at < EVERY:
                return {}
            taken, self._counts, self._saved_at = self._counts, {}, self._clock()
            return taken


figures = Figures()


def _add(counts: Counts) -> None:
    """In the order of the keys: two processes that add at once never wait for each other."""
    table = connection.ops.quote_name(Figure._meta.db_table)
    statement = (
        f"INSERT INTO {table} (name, labels, value, first_at, last_at) VALUES (%s, %s, %s, %s, %s)"  # noqa: S608
        " ON CONFLICT (name, labels) DO UPDATE SET"
        f" value = {table}.value + excluded.value, last_at = excluded.last_at"
    )
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*key, by, now, now) for key, by in sorted(counts.items())])

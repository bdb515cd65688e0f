"""Claims360 is down for all: after some failures in a row nobody's round asks for a minute, then one tries again.

Each worker process learns it for itself; what a person asks for is always tried.
"""

import threading
import time
from collections.abc import Callable

FAILURES = 5  # syncs in a row, of whichever repairers
OPEN_FOR = 60.0  # seconds
DOWN = ("unreachable", "timeout", "outage")
OPEN = "claims360-down"  # the code of a sync that did not ask


class Circuit:
    """Counts failures in a row; `clock` gives seconds, and may be set right meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._failures, self._asked_at = 0, 0.0

    def may_ask(self) -> bool:
        """Whether a round may ask now; while the circuit is open, one a minute."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if 0 <= self._clock() - self._asked_at < OPEN_FOR:
                return False
            self._asked_at = self._clock()
            return True

    def note(self, error: str) -> None:
        """How a sync ended: the code of its error, "" when it was well."""
        with self._lock:
            self._failures = self._failures + 1 if error in DOWN else 0
            self._asked_at = self._clock()


circuit = Circuit()

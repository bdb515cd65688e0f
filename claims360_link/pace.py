"""Not more than so many requests a second with one key, in this process."""

import threading
import time
from collections.abc import Callable


class Pace:
    """Gives each key its turns, evenly; `per_second` requests, 0 for no limit."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._between = 1 / per_second if per_second else 0.0
        self._clock, self._sleep, self._lock = clock, sleep, threading.Lock()
        self._next: dict[str, float] = {}

    def wait(self, key: str) -> None:
        """Return when it is this key's turn."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(key, now))
            self._next[key] = turn + self._between
        if turn > now:
            self._sleep(turn - now)

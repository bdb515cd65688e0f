"""A server that does not answer is left alone for some seconds: whoever wants something of it hears so at once."""

import errno
import threading
import time
from collections.abc import Callable

SECONDS = 10.0


class Silence:
    """Of one process; `clock` gives seconds, and may be set right meanwhile.

    Once it is over, one asks while the others go on hearing that nobody answers.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._since: float | None = None

    def require_over(self) -> None:
        """Raises OSError while it lasts."""
        with self._lock:
            if self._since is None:
                return
            if 0 <= self._clock() - self._since < SECONDS:
                raise OSError(errno.EIO, "it did not answer just now")
            self._since = self._clock()

    def begin(self) -> None:
        with self._lock:
            self._since = self._clock()

    def end(self) -> None:
        with self._lock:
            self._since = None

"""Repairers in portions, a nudge each; a slow one keeps the others of its portion waiting for a moment only."""

from collections.abc import Callable, Sequence
from threading import Lock, Timer

PORTION = 10  # repairers
PATIENCE = 0.5  # seconds

Ids = Sequence[int]


def portions(ids: Ids) -> list[Ids]:
    """All of `ids`, `PORTION` at a time: to tell a worker of ten costs what it costs to tell it of one."""
    return [ids[at : at + PORTION] for at in range(0, len(ids), PORTION)]


def work_through(ids: Ids, do: Callable[[int], None], hand_on: Callable[[Ids], None]) -> None:
    """Do `ids` one after the other; what is left after `PATIENCE` seconds, or after an error, is handed on.

    The former happens in a thread of its own, while one of them is still being done.
    """
    left = _Left(ids)

    def let_go() -> None:
        if rest := left.take(len(ids)):
            hand_on(rest)

    timer = Timer(PATIENCE, let_go)
    timer.start()
    try:
        while mine := left.take(1):
            do(*mine)
    finally:
        timer.cancel()
        let_go()


class _Left:
    """What nobody has in hand yet: each id is given out once."""

    def __init__(self, ids: Ids) -> None:
        self._ids, self._lock = ids, Lock()

    def take(self, most: int) -> Ids:
        with self._lock:
            taken, self._ids = self._ids[:most], self._ids[most:]
        return taken

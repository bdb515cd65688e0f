"""Ctrl-C and its like: noted when they come, heeded where nothing is half done."""

import signal
import time
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_noted: list[int] = []


def listen() -> None:
    """From now on the end of this process is asked for politely; what is ignored (nohup) stays ignored."""
    for sign in SIGNALS:
        if signal.getsignal(sign) != signal.SIG_IGN:
            signal.signal(sign, _note)


def heed() -> None:
    """Raises KeyboardInterrupt if somebody asked for the end."""
    if _noted:
        raise KeyboardInterrupt


def pause(seconds: float) -> None:
    """Waits between two looks at something. Raises KeyboardInterrupt if somebody asked for the end."""
    heed()
    time.sleep(seconds)
    heed()


def _note(sign: int, _frame: FrameType | None) -> None:
    """Not raised here: in the midst of `subprocess` an exception would leave its lock held for ever."""
    _noted.append(sign)

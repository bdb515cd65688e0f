"""The worker over files ends with the first of its processes that is killed, so that whoever started it knows.

A process that waits for a task holds the lock of the line on which tasks come to it (Celery has one line for all of
them where its broker has no event loop): killed, it keeps it for ever, and no other is given a task again. And an
embedded beat that is killed is not started anew. Over Redis each process has a line of its own.
"""

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from typing import Any, Protocol

from billiard.process import active_children
from django.conf import settings

LOOK_AGAIN = 1.0  # seconds

log = logging.getLogger(__name__)


class Process(Protocol):
    pid: int
    exitcode: int | None


def watch(**_: Any) -> None:
    """End this worker, with all that it has started, once one of its processes is killed."""
    if settings.CELERY_BROKER_URL.startswith("filesystem:"):
        threading.Thread(target=_watch, args=[active_children()], daemon=True).start()


def _watch(processes: Sequence[Process]) -> None:
    while not (killed := [one for one in processes if _is_killed(one)]):
        time.sleep(LOOK_AGAIN)
    log.critical("Process %s was killed (%s): the worker ends.", killed[0].pid, killed[0].exitcode)
    for one in processes:
        if one.exitcode is None:
            os.kill(one.pid, signal.SIGKILL)
    os._exit(1)  # in order it would wait for processes that wait for ever


def _is_killed(process: Process) -> bool:
    """Rather than asked to end, as all are when the worker is."""
    return process.exitcode is not None and process.exitcode < 0 and process.exitcode != -signal.SIGTERM

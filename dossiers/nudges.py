"""Wake a worker. The database holds the work: a nudge that gets lost costs time, nothing else."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def nudge(task: str, *ids: int) -> None:
    """Enqueue `task(*ids)` once the current transaction is committed; a dead broker is logged, not raised."""
    transaction.on_commit(lambda: tell(task, *ids))


def tell(task: str, *ids: int) -> None:
    """Enqueue `task(*ids)` now, whatever this thread has written; a dead broker is logged, not raised."""
    try:
        current_app.signature(task, ids).delay()
    except (OperationalError, OSError) as error:
        log.warning("The broker can't be reached (%s): %s%r waits for the next round.", error, task, ids)

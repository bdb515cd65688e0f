"""Wake a worker. The database holds the work: a nudge that gets lost costs time, nothing else."""

import logging
from typing import Any

from celery import Task
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def nudge(task: Task, *ids: Any) -> None:
    """Enqueue `task(*ids)` once the current transaction is committed; a dead broker is logged, not raised."""
    transaction.on_commit(lambda: _publish(task, ids))


def _publish(task: Task, ids: tuple[Any, ...]) -> None:
    try:
        task.delay(*ids)
    except (OperationalError, OSError) as error:
        log.warning("The broker can't be reached (%s): %s%r waits for the next round.", error, task.name, ids)

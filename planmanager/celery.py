"""Celery: tasks are nudges, the database holds the work."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.schedules import crontab
from celery.signals import (
    after_task_publish,
    beat_init,
    before_task_publish,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_shutdown,
    worker_ready,
)
from django.conf import settings
from django.db import close_old_connections
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

from planmanager import embedded
from planmanager.start import begin
from repairers.tracing import begin as begin_under
from repairers.tracing import current_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")

TRANSPORT_ALIASES["filesystem"] = "planmanager.broker:Transport"

log = logging.getLogger(__name__)
app = Celery("planmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["dossiers.winformex"])
app.conf.beat_schedule = {
    "round": {
        "task": "claims360_link.tasks.start_round",
        "schedule": crontab(minute=f"*/{settings.SYNC_EVERY // 60}"),
    },
    "pending": {"task": "claims360_link.tasks.pick_up_pending", "schedule": 60},
    "winformex": {"task": "dossiers.winformex.tasks.pick_up_pending", "schedule": 60},
    "mail": {"task": "repairers.tasks.send_mail", "schedule": 60},
    "retention": {"task": "planmanager.tasks.delete_what_is_old", "schedule": crontab(hour=2, minute=40)},
}

worker_init.connect(begin)
worker_ready.connect(embedded.watch)
beat_init.connect(begin)


def tell(task: str, ids: Sequence[int]) -> None:
    """Enqueue `task(*ids)`; a dead broker is logged, not raised."""
    try:
        app.signature(task, ids).delay()
    except (OperationalError, OSError) as error:
        log.warning("The broker can't be reached (%s): %s%r waits for the next round.", error, task, ids)


def broker_answers() -> bool:
    """Whether the broker takes a connection."""
    try:
        with app.connection_for_write() as link:
            link.ensure_connection(max_retries=0)
    except (OperationalError, OSError):
        return False
    return True


@task_prerun.connect
def keep_connection(sender: Task[..., Any], **_: Any) -> None:
    """A connection to the database lasts from task to task, as from request to request: until it is old or ill."""
    if not sender.request.is_eager:
        close_old_connections()


@before_task_publish.connect
def send_id(headers: dict[str, Any], **_: Any) -> None:
    """What a request or a task wakes goes under its id."""
    headers["request_id"] = current_id()


@task_prerun.connect
def take_id(task: Any, **_: Any) -> None:
    begin_under(getattr(task.request, "request_id", None) or "")


@task_postrun.connect
def save_figures(**_: Any) -> None:
    _figures().save()


@worker_process_shutdown.connect
def save_last_figures(**_: Any) -> None:
    _figures().save(now=True)


def _figures() -> Any:
    from claims360_link.figures import figures  # models can't be imported yet when this module is

    return figures


@beat_init.connect
def show_life(**_: Any) -> None:
    """Beat touches `VAR_DIR/beat` as it begins, and each time that it has told the workers something."""
    touch()
    after_task_publish.connect(touch)


def touch(**_: Any) -> None:
    Path(settings.VAR_DIR, "beat").touch()

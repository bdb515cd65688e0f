"""Celery: tasks are nudges, the database holds the work."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, Task
from celery.signals import after_task_publish, beat_init, task_prerun, worker_init
from django.conf import settings
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

from planmanager.start import begin

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")

TRANSPORT_ALIASES["filesystem"] = "planmanager.broker:Transport"

app = Celery("planmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["dossiers.winformex"])

worker_init.connect(begin)
beat_init.connect(begin)


@task_prerun.connect
def keep_connection(sender: Task[..., Any], **_: Any) -> None:
    """A connection to the database lasts from task to task, as from request to request: until it is old or ill."""
    if not sender.request.is_eager:
        close_old_connections()


@beat_init.connect
def show_life(**_: Any) -> None:
    """Beat touches `VAR_DIR/beat` as it begins, and each time that it has told the workers something."""
    touch()
    after_task_publish.connect(touch)


def touch(**_: Any) -> None:
    Path(settings.VAR_DIR, "beat").touch()

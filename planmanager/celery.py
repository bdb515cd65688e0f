"""Celery: tasks are nudges, the database holds the work."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import after_task_publish, beat_init, worker_init
from django.conf import settings
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


@beat_init.connect
def show_life(**_: Any) -> None:
    """Beat touches `VAR_DIR/beat` as it begins, and each time that it has told the workers something."""
    touch()
    after_task_publish.connect(touch)


def touch(**_: Any) -> None:
    Path(settings.VAR_DIR, "beat").touch()

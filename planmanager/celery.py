"""Celery: tasks are nudges, the database holds the work."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init

from planmanager.start import require_sound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")

app = Celery("planmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

worker_init.connect(require_sound)
beat_init.connect(require_sound)

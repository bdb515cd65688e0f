"""Celery: tasks are nudges, the database holds the work."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")

app = Celery("planmanager")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

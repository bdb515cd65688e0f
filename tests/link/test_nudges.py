"""A nudge names a task of this project, waits for the commit, and a dead broker is no harm."""

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from claims360_link import nudges
from dossiers.nudges import nudge
from planmanager.celery import app

NAMES = (nudges.SYNC, nudges.PHOTOS, nudges.DELIVER, nudges.RECONSIDER, nudges.RECONSIDER_ALL)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_that_of_a_task(name: str) -> None:
    app.loader.import_default_modules()
    assert name in app.tasks


@pytest.mark.django_db
def test_a_dead_broker_is_logged(
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)  # else the connection of an earlier test is used
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        nudge(nudges.SYNC, 7)
        assert not caplog.messages
    assert "waits for the next round" in caplog.text

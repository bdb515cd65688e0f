"""Thin: one call. A task that is lost or repeated does no harm; the rows say who is to be told."""

from celery import shared_task

from repairers import mail


@shared_task
def send_mail() -> None:
    """Every minute."""
    mail.send_due()

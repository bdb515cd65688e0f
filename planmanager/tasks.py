"""Thin: one call."""

from celery import shared_task

from planmanager import retention


@shared_task
def delete_what_is_old() -> None:
    """Each night."""
    retention.delete_what_is_old()

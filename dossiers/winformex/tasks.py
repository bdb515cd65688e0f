"""Thin: ids in, one call. A task that is lost or repeated does no harm; the rows say what is to be done."""

from celery import shared_task

from dossiers.winformex import sending


@shared_task
def deliver(transmission_id: int) -> None:
    sending.deliver(transmission_id)


@shared_task
def pick_up_pending() -> None:
    """Every minute: whatever is due and nobody was told of."""
    sending.pick_up_pending()

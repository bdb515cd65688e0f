"""Thin: ids in, one call. A task that is lost or repeated does no harm; the rows say what is to be done."""

from celery import shared_task

from claims360_link import work


@shared_task
def start_round() -> None:
    """Every quarter of an hour: one sync a configured repairer."""
    work.start_round()


@shared_task
def sync_portion(*repairer_ids: int) -> None:
    work.sync_portion(repairer_ids)


@shared_task
def sync_repairer(repairer_id: int) -> None:
    """For whoever asked."""
    work.sync_for_who_asked(repairer_id)


@shared_task
def fetch_photos(repairer_id: int, eager: bool = False) -> None:
    work.fetch_photos(repairer_id, eager)


@shared_task
def ask_anew(inquiry_id: int) -> None:
    work.ask_anew(inquiry_id)


@shared_task
def deliver(transmission_id: int) -> None:
    work.deliver(transmission_id)


@shared_task
def reconsider(repairer_id: int) -> None:
    work.reconsider(repairer_id)


@shared_task
def reconsider_all() -> None:
    work.reconsider_all()


@shared_task
def pick_up_pending() -> None:
    """Every minute: whatever is due and nobody was told of."""
    work.pick_up_pending()

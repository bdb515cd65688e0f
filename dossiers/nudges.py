"""Wake a worker. The database holds the work: a nudge that gets lost costs time, nothing else."""

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string


def nudge(task: str, *ids: int) -> None:
    """Enqueue `task(*ids)` once the current transaction is committed; a dead broker is logged, not raised."""
    transaction.on_commit(lambda: tell(task, *ids))


def tell(task: str, *ids: int) -> None:
    """Enqueue `task(*ids)` now, whatever this thread has written; a dead broker is logged, not raised."""
    import_string(settings.TELL_WORKERS)(task, ids)

"""One writer a repairer: imports and decisions of one repairer never interleave."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from repairers.models import Repairer


@contextmanager
def one_writer(repairer_id: int) -> Iterator[None]:
    """A transaction in which nobody else changes this repairer's missions, quotes or their dossiers.

    On PostgreSQL the repairer's row is locked; on SQLite every transaction that may write is alone anyway
    (`transaction_mode: IMMEDIATE`). Raises Repairer.DoesNotExist when there is no such repairer.
    """
    with transaction.atomic():
        Repairer.objects.select_for_update(no_key=True).only("pk").get(pk=repairer_id)
        yield

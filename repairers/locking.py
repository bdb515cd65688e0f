"""One writer a repairer: imports and decisions of one repairer never interleave. And what a power cut can't undo."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

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


@contextmanager
def on_disk() -> Iterator[None]:
    """What is committed here, and all that was before, is on the disk when this ends: a power cut undoes none of it.

    So does PostgreSQL with every commit; SQLite else leaves the last moments to the system, because it is 100 times
    as fast. A commit around this one is what counts, where there is one.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=NORMAL")

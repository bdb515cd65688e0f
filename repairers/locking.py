"""One writer a repairer: imports and decisions of one repairer never interleave. And what a power cut can't undo."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Func, QuerySet, TextField, Value

from repairers.models import Repairer

# A setting of PostgreSQL until the transaction ends, as a column of what is read anyway.
UNHURRIED = Func(
    Value("synchronous_commit"), Value("off"), Value(True), function="set_config", output_field=TextField()
)


@contextmanager
def one_writer(repairer_id: int, *, comes_again: bool = False) -> Iterator[None]:
    """A transaction in which nobody else changes this repairer's missions, quotes or their dossiers.

    On PostgreSQL the repairer's row is locked; on SQLite every transaction that may write is alone anyway
    (`transaction_mode: IMMEDIATE`). `comes_again`: a power cut may undo it as a whole, for what it writes will be
    brought again; so PostgreSQL does not wait for the disk either. Raises Repairer.DoesNotExist when there is no such
    repairer.
    """
    with transaction.atomic():
        _locked(comes_again).get(pk=repairer_id)
        yield


def _locked(comes_again: bool) -> QuerySet[Repairer]:
    rows = Repairer.objects.select_for_update(no_key=True).only("pk")
    return rows.annotate(unhurried=UNHURRIED) if comes_again and connection.vendor == "postgresql" else rows


@contextmanager
def writers(repairer_ids: Iterable[int]) -> Iterator[None]:
    """The same for several repairers at once, locked in the order of their ids, in one statement."""
    with transaction.atomic():
        list(_locked(comes_again=False).filter(pk__in=repairer_ids).order_by("pk"))
        yield


@contextmanager
def on_disk() -> Iterator[None]:
    """What is committed here, and all that was before, is on the disk when this ends: a power cut undoes none of it.

    So does PostgreSQL with every commit but those of `comes_again`; SQLite else leaves the last moments to the system,
    because it is 100 times as fast. A commit around this one is what counts, where there is one.
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

"""Files that no row names, yet or any more: each is noted before it is written, or as its row goes.

So what a process leaves that is killed between the two is known by its note, and goes. A file without a note stays,
though no row names it: else a database that was put back from a backup, or is not the right one, would cost photos.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dossiers.models import LooseFile

LASTS = dt.timedelta(days=1)  # longer than anybody takes from a file to its row


def expect(name: str, sha256: str) -> None:
    """Note a file that is about to be written; waits for whoever deletes one of this name. Not for a transaction."""
    with transaction.atomic(durable=True):
        _note({name: sha256}, timezone.now() + LASTS, "expected_until")


def give_up(hashes: Mapping[str, str]) -> None:
    """Note files, by their names, whose rows go in this transaction; what somebody is writing anew waits for him."""
    _note(hashes, None, "sha256")


def settle(names: Iterable[str]) -> bool:
    """Their rows are written, in this transaction; False where a note is not there: so may be its file no more."""
    wanted = set(names)
    return LooseFile.objects.filter(name__in=wanted).delete()[0] == len(wanted)


def due() -> Q:
    """Of the notes: nobody is about to write a row any more."""
    return Q(expected_until=None) | Q(expected_until__lte=timezone.now())


def overdue() -> Q:
    """Of the notes: their files should be gone."""
    return Q(expected_until=None) | Q(expected_until__lte=timezone.now() - LASTS)


def _note(hashes: Mapping[str, str], expected_until: dt.datetime | None, anew: str) -> None:
    notes = [
        LooseFile(name=name, sha256=sha256, expected_until=expected_until) for name, sha256 in hashes.items()
    ]
    LooseFile.objects.bulk_create(notes, update_conflicts=True, update_fields=[anew], unique_fields=["name"])

"""Files from the folder into the bucket, or back: each that comes is read there once more, and must be the same."""

from collections import Counter
from typing import BinaryIO, cast

from dossiers.photo_file import sha256
from dossiers.store import Store
from planmanager.backup.errors import CannotMove
from planmanager.backup.files import MADE_ANEW


def carry(source: Store, target: Store) -> dict[str, int]:
    """Copy what is kept in `source` and not in `target`, by name and size; gives {"copied", "there"}.

    What it did is not done again by the next call. Raises CannotMove, OSError.
    """
    counts: Counter[str] = Counter(copied=0, there=0)
    for name in source.walk(leave_out=MADE_ANEW):
        is_there = _size(target, name) == source.size(name)
        if not is_there:
            _copy(name, source, target)
        counts["there" if is_there else "copied"] += 1
    return counts


def _size(store: Store, name: str) -> int | None:
    try:
        return store.size(name)
    except FileNotFoundError:
        return None


def _copy(name: str, source: Store, target: Store) -> None:
    with source.open(name) as file:
        sent = sha256(cast(BinaryIO, file))
        target.put(name, cast(BinaryIO, file))
    with target.open(name) as file:
        if sha256(cast(BinaryIO, file)) != sent:
            raise CannotMove(f"{name} is not the same there.")

"""What was sent as a photo and is none: kept in a file, as it came, as long as a record kept aside names it."""

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from dossiers import loose_files
from dossiers.models import SetAside, Source
from dossiers.store import files

FOLDER = "set-aside"


def keep(content: bytes) -> str:
    """Hold `content`; the name of its file, for a record to have in its place. Raises OSError.

    Not for a transaction: until `settle` the file is a loose one.
    """
    name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()}.base64"
    loose_files.expect(name, _hash(name))
    if not files.exists(name):
        files.put(name, io.BytesIO(content))
    return name


def settle(records: Iterable[Any]) -> None:
    """These are written, in this transaction: their files have a row."""
    contents = (raw.get("content") for raw in records if isinstance(raw, dict))
    loose_files.settle(name for name in contents if isinstance(name, str) and name.startswith(f"{FOLDER}/"))


def files_of(rows: QuerySet[SetAside]) -> set[str]:
    """The names of the files of these records."""
    found = rows.filter(source=Source.WINFORMEX).values_list("raw__content", flat=True)
    return {name for name in found if isinstance(name, str) and name.startswith(f"{FOLDER}/")}


def discard(names: Iterable[str]) -> None:
    """Give up those of these files that no record names any more: they are deleted by `delete_loose`."""
    loose_files.give_up({name: _hash(name) for name in names if not is_named(name)})


def is_named(name: str) -> bool:
    """Whether a record has this file."""
    rows = SetAside.objects.filter(source=Source.WINFORMEX, raw__content=name)
    return name.startswith(f"{FOLDER}/") and rows.exists()


def _hash(name: str) -> str:
    return Path(name).stem

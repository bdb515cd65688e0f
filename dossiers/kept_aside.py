"""What was sent as a photo and is none: kept in a file, as it came, as long as a record kept aside names it."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from django.core.files.base import ContentFile
from django.db.models import QuerySet

from dossiers.models import DiscardedFile, SetAside, Source
from dossiers.store import files

FOLDER = "set-aside"


def keep(content: bytes) -> str:
    """Hold `content`; the name of its file, for a record to have in its place. Raises OSError."""
    name = f"{FOLDER}/{hashlib.sha256(content).hexdigest()}.base64"
    DiscardedFile.objects.filter(name=name).delete()  # it is wanted again; waits for whoever is at it
    if not files.exists(name):
        files.save(name, ContentFile(content))
    return name


def files_of(rows: QuerySet[SetAside]) -> set[str]:
    """The names of the files of these records."""
    found = rows.filter(source=Source.WINFORMEX).values_list("raw__content", flat=True)
    return {name for name in found if isinstance(name, str) and name.startswith(f"{FOLDER}/")}


def discard(names: Iterable[str]) -> None:
    """Give up those of these files that no record names any more: they are deleted by `delete_discarded`."""
    unused = [name for name in names if not is_named(name)]
    DiscardedFile.objects.bulk_create(DiscardedFile(name=name, sha256=Path(name).stem) for name in unused)


def is_named(name: str) -> bool:
    """Whether a record has this file."""
    rows = SetAside.objects.filter(source=Source.WINFORMEX, raw__content=name)
    return name.startswith(f"{FOLDER}/") and rows.exists()

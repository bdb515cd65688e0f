"""Make a backup: the database first, so that each file that it names is there when the files are read."""

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import IO, cast

from django.conf import settings
from django.db import connection
from django.utils import timezone

from dossiers.store import files as store
from planmanager.backup import archive, files, manifest
from planmanager.backup.engines import engine
from planmanager.backup.errors import CannotBackUp
from planmanager.backup.manifest import Manifest

DATABASE, MANIFEST = "database", "manifest.json"
UNFINISHED = ".backup-"  # how a folder begins in which one is made


def back_up(target: Path) -> Manifest:
    """Write a new backup to `target`, whole or not at all; on its disk there is room for the database once more.

    Raises CannotBackUp, OSError or django.db.Error.
    """
    if target.exists():
        raise CannotBackUp(f"{target} is there already; a backup is never written over.")
    if target.resolve().is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise CannotBackUp(f"{target} lies among the files that are backed up; choose another folder.")
    _delete_left(target.parent)
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=target.parent) as name:
        made = _snapshot(Path(name))
        _pack(Path(name), Path(name) / "draft.tar")
        (Path(name) / "draft.tar").rename(target)
    return made


def _delete_left(folder: Path) -> None:
    """What a backup left that was killed: nobody has written in it for a day."""
    for left in folder.glob(f"{UNFINISHED}*"):
        with contextlib.suppress(FileNotFoundError):  # it ends just now
            _delete_unless_young(left)


def _delete_unless_young(left: Path) -> None:
    if max(path.stat().st_mtime for path in (left, *left.rglob("*"))) < time.time() - 24 * 3600:
        shutil.rmtree(left)


def _snapshot(folder: Path) -> Manifest:
    (folder / DATABASE).mkdir()
    taken_at = timezone.now()
    database = engine().take(folder / DATABASE)
    made = Manifest(engine=connection.vendor, taken_at=taken_at, database=database)
    manifest.write(made, folder / MANIFEST)
    return made


def _pack(folder: Path, draft: Path) -> None:
    with archive.writing(draft) as writer:
        writer.add(MANIFEST, folder / MANIFEST)
        for path in sorted((folder / DATABASE).iterdir()):
            writer.add(f"{DATABASE}/{path.name}", path)
        for name in files.kept():
            _add(writer, name)


def _add(writer: archive.Writer, name: str) -> None:
    try:
        file = store.open(name)
    except FileNotFoundError:
        return  # of two that stored the same at once, one gave way
    with file:
        writer.add_file(f"files/{name}", cast(IO[bytes], file))

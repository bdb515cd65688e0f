"""The files that are kept: all of MEDIA_ROOT but what is made or fetched anew."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from dossiers.models import Content

STAGING = "restoring"
MADE_ANEW = ("renditions", "incoming", STAGING)


def kept() -> Iterator[str]:
    """Their names under MEDIA_ROOT, in any order."""
    root = Path(settings.MEDIA_ROOT)
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = set(folders) - set(MADE_ANEW)
        yield from (str(Path(folder, name).relative_to(root)) for name in names)


def lost() -> str:
    """Which files the database names though they are not there, in one line; "" if all are."""
    root = Path(settings.MEDIA_ROOT)
    names = Content.objects.order_by("pk").values_list("file", flat=True)
    gone = (name for name in names.iterator() if not (root / name).is_file())
    if not (first := next(gone, "")):
        return ""
    return (
        f"Files that the database names and that are not there: {1 + sum(1 for _ in gone)}, such as {first}."
    )


@contextmanager
def staging() -> Iterator[Path]:
    """An empty folder on the disk of MEDIA_ROOT, gone afterwards."""
    folder = Path(settings.MEDIA_ROOT) / STAGING
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def replace_all(staged: Path) -> None:
    """MEDIA_ROOT holds what `staged`, a folder in its staging, holds; nothing else."""
    root = Path(settings.MEDIA_ROOT)
    for path in root.iterdir():
        if path.name != STAGING:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for path in staged.iterdir() if staged.exists() else ():
        path.rename(root / path.name)

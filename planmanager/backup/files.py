"""The files that are kept: all of the store but what is made or fetched anew."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from dossiers import stock
from dossiers.store import files

STAGING = "restoring"
MADE_ANEW = ("renditions", "incoming", STAGING)


def kept() -> Iterator[str]:
    """Their names, in any order. Raises OSError."""
    return files.walk(leave_out=MADE_ANEW)


def lost() -> str:
    """Which files the database names though they are not there, in one line; "" if all are. Raises OSError."""
    gone = [name for part in stock.take() for name in part.lost]
    if not gone:
        return ""
    return f"Files that the database names and that are not there: {len(gone)}, such as {gone[0]}."


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

"""The bytes of photos: stored once by their hash, and shown as renditions."""

import contextlib
import datetime as dt
import io
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dossiers import decoding, kept_aside, loose_files, photo_file
from dossiers.models import Content, LooseFile
from dossiers.store import files

log = logging.getLogger(__name__)

PARTS_LAST = 24 * 3600  # seconds
SIZES = {"thumb": 320, "large": 1600}  # pixels of the longest side


def store_content(file: BinaryIO, sha256: str, facts: photo_file.Facts) -> Content:
    """Hold `file`, whose hash and facts were checked; the row that is there already when it is held.

    Not for a transaction: the file is noted as loose, then written, and its row comes last. A row always has its
    whole file, whoever was killed meanwhile. Raises OSError where it can't be stored now.
    """
    name = f"photos/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    while (held := _held(sha256)) is None:
        loose_files.expect(name, sha256)
        files.put(name, file)
        _hold(name, sha256, file, facts)
    return held


def open_content(content: Content) -> BinaryIO:
    """The bytes as they came, to be read and closed. Raises OSError where they can't be had."""
    return cast(BinaryIO, files.open(str(content.file)))


def open_rendition(content: Content, size: str) -> BinaryIO:
    """A JPEG of `content`, `size` being "thumb" or "large", to be read and closed; made when it is asked for first.

    Raises NotAPhoto, for what could not be shown; OSError where it can't be had.
    """
    name = _rendition(content.sha256, size)
    with contextlib.suppress(FileNotFoundError):
        return cast(BinaryIO, files.open(name))
    with open_content(content) as file:
        picture = io.BytesIO(decoding.rendition(file, SIZES[size]))
    files.put(name, picture)
    if not Content.objects.filter(pk=content.pk).exists():
        files.delete(name)  # given up meanwhile, by somebody who did not see this one
    picture.seek(0)
    return picture


def discard_unused(hashes: Iterable[str], before: dt.datetime | None = None) -> int:
    """Give up those contents that no photo holds any more: the rows in this transaction, the files after it.

    `before`: but for those that were wanted since then. Gives how many there were.
    """
    # no photo takes one now
    held = list(Content.objects.select_for_update().filter(pk__in=set(hashes)).order_by("pk"))
    unused = list(_unused(before).filter(pk__in=held))
    loose_files.give_up({str(one.file): one.pk for one in unused})
    Content.objects.filter(pk__in=unused).delete()
    transaction.on_commit(delete_loose)
    return len(unused)


def discard_left_over(portion: int) -> int:
    """Give up, so many at once, the contents that no photo came to hold, or holds since another came in their place."""
    before, count = timezone.now() - loose_files.LASTS, 0
    while hashes := list(_unused(before).values_list("pk", flat=True)[:portion]):
        with transaction.atomic():
            count += discard_unused(hashes, before)
    return count


def delete_loose() -> int:
    """Delete the files whose notes are due; gives how many. Where the store is away they go the next time."""
    count = 0
    for pk in list(LooseFile.objects.filter(loose_files.due()).values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                rows = LooseFile.objects.select_for_update().filter(loose_files.due())
                if (row := rows.filter(pk=pk).first()) is not None:
                    count += _delete(row)
        except OSError as error:
            log.warning("Loose files could not be deleted yet: %s.", error.strerror or type(error).__name__)
            break
    return count


def delete_parts(photo_ids: Iterable[int]) -> None:
    """Delete what has come so far of photos that are no longer wanted."""
    for photo_id in photo_ids:
        for path in Path(settings.MEDIA_ROOT, "incoming").glob(f"{photo_id}-*.part"):
            path.unlink(missing_ok=True)


def delete_old_parts() -> None:
    """Delete what came of photos that nobody went on with: they were forgotten, or fetched by another machine."""
    for path in Path(settings.MEDIA_ROOT, "incoming").glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_mtime < time.time() - PARTS_LAST:
                path.unlink()


def _held(sha256: str) -> Content | None:
    """The row of what is held already, wanted once more: so it stays until its photo has a row."""
    rows = Content.objects.filter(pk=sha256)
    return rows.first() if rows.update(wanted_at=timezone.now()) else None


def _hold(name: str, sha256: str, file: BinaryIO, facts: photo_file.Facts) -> None:
    """The row of a file that was written, unless somebody else was quicker, or the file is gone again."""
    size = file.seek(0, os.SEEK_END)
    values = {"file": name, "bytes": size, "mime": facts.mime, "width": facts.width, "height": facts.height}
    with transaction.atomic():
        if loose_files.settle([name]):
            Content.objects.get_or_create(sha256=sha256, defaults=values)


def _unused(before: dt.datetime | None) -> QuerySet[Content]:
    rows = Content.objects.filter(photos=None, prepared_for=None)
    return rows.filter(wanted_at__lt=before) if before else rows


def _delete(row: LooseFile) -> bool:
    """Delete the file of a note, and the note; of what is named after all the note only."""
    is_named = Content.objects.filter(pk=row.sha256, file=row.name).exists() or kept_aside.is_named(row.name)
    if not is_named:
        for size in SIZES:
            files.delete(_rendition(row.sha256, size))
        files.delete(row.name)
    row.delete()
    return not is_named


def _rendition(sha256: str, size: str) -> str:
    return f"renditions/{size}/{sha256[:2]}/{sha256}.jpg"

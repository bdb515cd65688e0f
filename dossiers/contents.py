"""The bytes of photos: stored once by their hash, and shown as renditions."""

import contextlib
import io
import logging
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction

from dossiers import decoding, kept_aside, photo_file
from dossiers.models import Content, DiscardedFile
from dossiers.store import files

log = logging.getLogger(__name__)

PARTS_LAST = 7 * 24 * 3600  # seconds
SIZES = {"thumb": 320, "large": 1600}  # pixels of the longest side


def store_content(file: BinaryIO, sha256: str, facts: photo_file.Facts) -> Content:
    """Hold `file`, whose hash and facts were checked; the row that is there already when it is held.

    The file is written first and its row after: a row always has its whole file, whoever was killed meanwhile, and
    what was left of that is thrown away. Of two that store the same at once, one gives way. Raises OSError where it
    can't be stored now.
    """
    held = Content.objects.filter(pk=sha256).first()
    if held is not None:
        return held
    file.seek(0)
    wanted = f"photos/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    DiscardedFile.objects.filter(name=wanted).delete()  # it is wanted again; waits for whoever is at it
    name = files.save(wanted, File(file))
    size = file.seek(0, os.SEEK_END)
    values = {"file": name, "bytes": size, "mime": facts.mime, "width": facts.width, "height": facts.height}
    content, _ = Content.objects.get_or_create(sha256=sha256, defaults=values)
    for other in {wanted, name} - {content.file.name}:
        files.delete(other)
    return content


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
    picture.seek(0)
    return picture


def discard_unused(hashes: Iterable[str]) -> None:
    """Give up those contents that no photo holds any more: the rows in this transaction, the files after it."""
    held = list(
        Content.objects.select_for_update().filter(pk__in=set(hashes)).order_by("pk")
    )  # no photo takes one now
    unused = list(Content.objects.filter(pk__in=held, photos=None, prepared_for=None))
    DiscardedFile.objects.bulk_create(DiscardedFile(sha256=one.pk, name=str(one.file)) for one in unused)
    Content.objects.filter(pk__in=unused).delete()
    transaction.on_commit(delete_discarded)


def delete_discarded() -> None:
    """Delete the files that were given up; what a killed worker, or a store that is away, left goes the next time."""
    for pk in list(DiscardedFile.objects.values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                row = DiscardedFile.objects.select_for_update().filter(pk=pk).first()
                if row is not None:
                    _delete(row)
        except OSError as error:
            log.warning(
                "Files of deleted photos could not be deleted yet: %s.", error.strerror or type(error)
            )
            return


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


def _delete(row: DiscardedFile) -> None:
    if not (Content.objects.filter(file=row.name).exists() or kept_aside.is_named(row.name)):
        for size in SIZES:
            files.delete(_rendition(row.sha256, size))
        files.delete(row.name)
    row.delete()


def _rendition(sha256: str, size: str) -> str:
    return f"renditions/{size}/{sha256[:2]}/{sha256}.jpg"

"""The bytes of photos: stored once by their hash, and shown as renditions."""

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from dossiers import decoding, photo_file
from dossiers.models import Content, DiscardedFile

SIZES = {"thumb": 320, "large": 1600}  # pixels of the longest side


def store_content(file: BinaryIO, sha256: str, facts: photo_file.Facts) -> Content:
    """Hold `file`, whose hash and facts were checked; the row that is there already when it is held.

    The file is written first and its row after: a row always has its whole file, whoever was killed meanwhile, and
    what was left of that is thrown away. Of two that store the same at once, one gives way.
    """
    held = Content.objects.filter(pk=sha256).first()
    if held is not None:
        return held
    file.seek(0)
    wanted = f"photos/{sha256[:2]}/{sha256[2:4]}/{sha256}"
    DiscardedFile.objects.filter(name=wanted).delete()  # it is wanted again; waits for whoever is at it
    name = default_storage.save(wanted, File(file))
    size = file.seek(0, os.SEEK_END)
    values = {"file": name, "bytes": size, "mime": facts.mime, "width": facts.width, "height": facts.height}
    content, _ = Content.objects.get_or_create(sha256=sha256, defaults=values)
    for other in {wanted, name} - {content.file.name}:
        default_storage.delete(other)
    return content


def open_content(content: Content) -> BinaryIO:
    """The bytes as they came, to be read and closed. Raises OSError where they can't be had."""
    return cast(BinaryIO, content.file.open("rb"))


def rendition_path(content: Content, size: str) -> Path:
    """A JPEG of `content` on disk, `size` being "thumb" or "large"; made when it is asked for first.

    Raises NotAPhoto, for what could not be shown.
    """
    path = _rendition(content.sha256, size)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_content(content) as file:
            picture = decoding.rendition(file, SIZES[size])
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(picture)
        Path(draft.name).replace(path)
    return path


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
    """Delete the files that were given up; what a killed worker left of them goes the next time."""
    for pk in list(DiscardedFile.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            row = DiscardedFile.objects.select_for_update().filter(pk=pk).first()
            if row is not None:
                _delete(row)


def delete_parts(photo_ids: Iterable[int]) -> None:
    """Delete what has come so far of photos that are no longer wanted."""
    for photo_id in photo_ids:
        for path in Path(settings.MEDIA_ROOT, "incoming").glob(f"{photo_id}-*.part"):
            path.unlink(missing_ok=True)


def _delete(row: DiscardedFile) -> None:
    if not Content.objects.filter(file=row.name).exists():
        default_storage.delete(row.name)
        for size in SIZES:
            _rendition(row.sha256, size).unlink(missing_ok=True)
    row.delete()


def _rendition(sha256: str, size: str) -> Path:
    return Path(settings.MEDIA_ROOT) / "renditions" / size / sha256[:2] / f"{sha256}.jpg"

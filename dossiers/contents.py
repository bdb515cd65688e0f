"""The bytes of photos: stored once by their hash, and shown as renditions."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from dossiers import decoding, imaging
from dossiers.models import Content

SIZES = {"thumb": 320, "large": 1600}  # pixels of the longest side


def store_content(file: BinaryIO, sha256: str, facts: imaging.Facts) -> Content:
    """Hold `file`, whose hash and facts were checked; the row that is there already when it is held.

    The file is written first and its row after: a row always has its whole file, whoever was killed meanwhile, and
    what was left of that is thrown away. Of two that store the same at once, one gives way.
    """
    held = Content.objects.filter(pk=sha256).first()
    if held is not None:
        return held
    file.seek(0)
    wanted = f"photos/{sha256[:2]}/{sha256[2:4]}/{sha256}"
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
    path = Path(settings.MEDIA_ROOT) / "renditions" / size / content.sha256[:2] / f"{content.sha256}.jpg"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_content(content) as file:
            picture = decoding.rendition(file, SIZES[size])
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
            draft.write(picture)
        Path(draft.name).replace(path)
    return path

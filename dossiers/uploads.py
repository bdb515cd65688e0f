"""Photos that staff add to a dossier: checked, stored as they came, and prepared once for sending."""

import io
import logging
from dataclasses import dataclass
from typing import BinaryIO, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from dossiers import decoding, history, photo_file
from dossiers.contents import store_content
from dossiers.models import Content, Dossier, Photo
from repairers.locking import one_writer
from repairers.models import User

log = logging.getLogger(__name__)
NOT_STORED = "photo-not-stored"  # the one code that is nobody's fault: the same file may be added later


class CannotAdd(Exception):
    """`code` is a sentence code: why this file can't be a photo of a dossier."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Stored:
    """An upload, its contents held: as it came, and prepared for sending."""

    file_name: str
    content: Content
    prepared: Content
    facts: photo_file.Facts


def add_photo(
    dossier: Dossier, upload: UploadedFile, user: User, caption: str = "", category: str = ""
) -> Photo:
    """`store` and `add`. Raises CannotAdd."""
    return add(dossier, store(upload), user, caption, category)


def store(upload: UploadedFile) -> Stored:
    """Check `upload` and hold its contents, which takes its time; twice is as once. Not for a transaction.

    Raises CannotAdd for what is no photo, or can't become one of 10 MB: it could never be sent; and where it can't be
    stored now.
    """
    if upload.size is None or upload.size > photo_file.MAX_BYTES:
        raise CannotAdd("photo-too-large")
    try:
        return _stored(cast(BinaryIO, upload), upload.name or "photo")
    except photo_file.NotAPhoto as error:
        raise CannotAdd(f"photo-{error.code}") from error
    except OSError as error:
        log.warning("An added photo could not be stored: %s.", error.strerror or type(error).__name__)
        raise CannotAdd(NOT_STORED) from error


def add(dossier: Dossier, stored: Stored, user: User, caption: str = "", category: str = "") -> Photo:
    """Add what is stored to a dossier; the photo that is there already when it has the same content."""
    with one_writer(dossier.repairer_id):
        same = Photo.objects.filter(dossier=dossier, external_id="", content=stored.content).first()
        return same or _add(dossier, stored, user, caption, category)


def _stored(upload: BinaryIO, name: str) -> Stored:
    out = io.BytesIO()
    facts = decoding.inspect(upload)
    ready = decoding.prepare(upload, out)
    content = store_content(upload, photo_file.sha256(upload), facts)
    return Stored(name, content, store_content(out, photo_file.sha256(out), ready), facts)


def _add(dossier: Dossier, stored: Stored, user: User, caption: str, category: str) -> Photo:
    photo = Photo.objects.create(
        repairer_id=dossier.repairer_id,
        dossier=dossier,
        file_name=stored.file_name[-255:],
        caption=caption[: photo_file.LONGEST_CAPTION],
        category=category[:64],
        sha256=stored.content.sha256,
        bytes=stored.content.bytes,
        content=stored.content,
        prepared=stored.prepared,
        taken_at=stored.facts.taken_at,
        created_by=user,
        received_at=timezone.now(),
    )
    args = {"file": photo.file_name}
    history.record("photo-added", repairer_id=dossier.repairer_id, actor=user, dossier=dossier, args=args)
    return photo

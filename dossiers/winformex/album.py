"""The photos of an album: decoded before they are believed, and held by their hash."""

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.utils import timezone
from msgspec import UNSET

from dossiers import decoding, kept_aside, photo_file
from dossiers.contents import store_content
from dossiers.intake.records import PhotoRecord, UnreadableRecord
from dossiers.models import Photo, Source
from dossiers.models.photo import FetchState, PhotoOrigin
from dossiers.winformex import documents
from dossiers.winformex.documents import Document, Unreadable, value_or
from dossiers.winformex.mapping import aside_record, mission_id
from repairers.models import Repairer

Open = Callable[[str], BinaryIO]  # a file beside the document by its name; raises FileNotFoundError


@dataclass
class Album:
    """`photos` are held already, by their hash; `aside` are those that can't be taken over."""

    photos: list[PhotoRecord] = field(default_factory=list)
    aside: list[UnreadableRecord] = field(default_factory=list)


def nothing_beside(name: str) -> BinaryIO:
    """What a document has beside it that came alone."""
    raise FileNotFoundError(name)


def read_album(document: Document, open_file: Open) -> Album:
    """The photos of a list 04, their contents stored. Raises OSError where they can't be stored."""
    album = Album()
    for position, raw in enumerate(document.photos):
        try:
            photo, _notes = documents.read(documents.Photo, raw, f"photos.{position}")
            album.photos.append(_record(document, photo, open_file))
        except Unreadable as why:
            kept = _without_bytes(raw)
            album.aside.append(aside_record("photo", "", mission_id(document), why, kept))
    return album


def mark_stored(repairer: Repairer, photos: list[PhotoRecord]) -> int:
    """Join the rows of `photos`, once intake has them, with their contents; gives how many had none."""
    rows = Photo.objects.filter(repairer=repairer, source=Source.WINFORMEX, content=None)
    return sum(
        rows.filter(external_id=photo.external_id).update(
            content=photo.sha256, fetch_state=FetchState.STORED, updated_at=timezone.now()
        )
        for photo in photos
    )


def _record(document: Document, photo: documents.Photo, open_file: Open) -> PhotoRecord:
    file = io.BytesIO(_bytes(photo, open_file))
    try:
        facts = decoding.inspect(file)
    except photo_file.NotAPhoto as error:
        raise Unreadable(f"photo-{error.code}") from error
    sha256 = photo_file.sha256(file)
    content = store_content(file, sha256, facts)
    return PhotoRecord(
        external_id=f"{mission_id(document)}/{sha256}",
        mission_external_id=mission_id(document),
        version=1,  # other content is another photo
        changed_at=timezone.now(),
        sha256=sha256,
        bytes=content.bytes,
        origin=value_or(photo.source, PhotoOrigin.EXPERT),
        category=value_or(photo.category, ""),
        caption=value_or(photo.caption, ""),
        file_name=value_or(photo.file_name, "") or value_or(photo.file, ""),
        sequence=value_or(photo.sequence, None),
        taken_at=value_or(photo.taken_at, facts.taken_at),
    )


def _bytes(photo: documents.Photo, open_file: Open) -> bytes:
    if isinstance(photo.content, str):
        try:
            return base64.b64decode(photo.content, validate=True)
        except ValueError as error:
            raise Unreadable("photo-content", "content", str(error)) from error
    if photo.file is UNSET:
        raise Unreadable("photo-content", "content", "missing")
    try:
        with open_file(photo.file) as file:
            return file.read(photo_file.MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise Unreadable("photo-file", "file", photo.file) from error


def _without_bytes(raw: Any) -> Any:
    """A photo's record with its bytes in a file of their own, whose name stands in their place."""
    if not isinstance(raw, dict) or not isinstance(raw.get("content"), str):
        return raw
    return {**raw, "content": kept_aside.keep(raw["content"].encode())}

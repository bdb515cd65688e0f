"""The file of a photo, as far as it is known without decoding it; and what decoding it may give."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import BinaryIO

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
MAX_BYTES = 40 * 1024 * 1024
# What Claims360 takes (contract, POST /missions/{mission_id}/photos).
SENT_BYTES = 10_000_000
LONGEST_CAPTION = 200  # characters


class NotAPhoto(Exception):
    """`code`: not-an-image, format, too-many-pixels, damaged, too-large or too-slow."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Facts:
    """What a photo is; `width` and `height` in pixels, as displayed. `taken_at` is aware."""

    format: str
    mime: str
    width: int
    height: int
    taken_at: dt.datetime | None


def sha256(file: BinaryIO) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def whole(file: BinaryIO) -> bytes:
    """All of `file`, read before a decoder sees it: so a failing disk is never taken for a damaged photo."""
    file.seek(0)
    photo = file.read(MAX_BYTES + 1)
    file.seek(0)
    if len(photo) > MAX_BYTES:
        raise NotAPhoto("too-large")
    return photo

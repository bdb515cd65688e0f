"""Metadata taken out of a photo's file with its pixels untouched, bit for bit. Pure."""

import zlib
from collections.abc import Iterator

SOI, EOI, SOS = 0xD8, 0xD9, 0xDA
# Of a JPEG: frames, tables, restarts and scans; nothing else is part of the picture.
PICTURE = {*range(0xC0, 0xC8), *range(0xC9, 0xD0), SOS, 0xDB, 0xDC, 0xDD}
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
PNG = b"\x89PNG\r\n\x1a\n"
PNG_PICTURE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
PNG_COLOUR = {b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs"}


def scan_count(jpeg: bytes) -> int:
    """The number of scans of a JPEG's first picture; each is one more walk over all of its pixels."""
    return sum(marker == SOS for marker, _segment in _segments(jpeg))


def strip_jpeg(jpeg: bytes, exif: bytes) -> bytes | None:
    """The same picture, `exif` (with its "Exif" mark) its only metadata; None when it has no clear end.

    Only JFIF without its thumbnail, ICC and Adobe's colour mark stay. What follows the picture (other frames,
    archives, text) and what stands between its segments goes.
    """
    segments = list(_segments(jpeg))
    if not segments or segments[-1][0] != EOI:
        return None
    kept = [kept for marker, segment in segments if (kept := _kept(marker, segment))]
    jfif = [segment for segment in kept if segment[1] == 0xE0][:1]
    rest = [segment for segment in kept if segment[1] != 0xE0]
    return b"".join([bytes((0xFF, SOI)), *jfif, _segment(0xE1, exif), *rest])


def strip_png(png: bytes, exif: bytes) -> bytes:
    """The same picture, `exif` (with its "Exif" mark) its only metadata; of an animation the still picture.

    `png` was verified to its last chunk before.
    """
    chunks = [chunk for kind, chunk in _chunks(png) if kind in PNG_PICTURE | PNG_COLOUR]
    return b"".join([PNG, chunks[0], _chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")), *chunks[1:]])


def _kept(marker: int, segment: bytes) -> bytes:
    """What stays of a segment; nothing of most that are no part of the picture."""
    content = segment[4:]
    if marker == 0xE0 and content.startswith(b"JFIF\0"):
        return _segment(marker, content[:12] + b"\0\0")  # its thumbnail goes
    if marker == 0xEE and content.startswith(b"Adobe"):
        return _segment(marker, content[:12])
    is_profile = marker == 0xE2 and content.startswith(b"ICC_PROFILE\0")
    return segment if is_profile or marker == EOI or marker in PICTURE else b""


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _segments(jpeg: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments after a JPEG's start, its end included; a scan comes with the data that follows it.

    Finds what libjpeg finds: it too skips what stands between segments, so nothing can hide scans there.
    """
    at = _next_marker(jpeg, 2)
    while at is not None:
        marker = jpeg[at + 1]
        if marker == EOI:
            yield marker, jpeg[at : at + 2]
            return
        end = at + 2
        if marker not in ALONE:
            end += int.from_bytes(jpeg[at + 2 : at + 4], "big")
        following = _next_marker(jpeg, end, in_scan=marker == SOS)
        yield marker, jpeg[at : following if marker == SOS else end]
        at = following


def _next_marker(jpeg: bytes, at: int, in_scan: bool = False) -> int | None:
    """Where the next marker stands; in a scan, restarts belong to its data."""
    while 0 <= (at := jpeg.find(b"\xff", at)) < len(jpeg) - 1:
        marker = jpeg[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0 or (in_scan and marker in ALONE):
            at += 2
        else:
            return at
    return None


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(PNG)
    kind = b""
    while kind != b"IEND" and at + 12 <= len(png):
        kind = png[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(png[at : at + 4], "big")
        yield kind, png[at:end]
        at = end


def _chunk(kind: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

"""Photos are decoded before they are believed: what a file is, how it is shown, and what of it is sent. Pure."""

import contextlib
import datetime as dt
import functools
import hashlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageCms, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # an MPO, as phones write them, opens as JPEG
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic"}
MAX_PIXELS = 80_000_000
MAX_BYTES = 40 * 1024 * 1024
SENT_BYTES = 10 * 1024 * 1024
MAX_SCANS = 100  # of a progressive JPEG: more only keep the decoder busy
BRUSSELS = ZoneInfo("Europe/Brussels")
QUALITIES = ((1.0, 92), (1.0, 82), (0.75, 82), (0.5, 80), (0.35, 75), (0.25, 70))
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, TypeError)


class NotAPhoto(Exception):
    """`code`: not-an-image, format, too-many-pixels, damaged, too-large or too-slow."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Facts:
    """What a photo is; `width` and `height` in pixels, as displayed."""

    format: str
    mime: str
    width: int
    height: int
    taken_at: dt.datetime | None


def inspect(file: BinaryIO) -> Facts:
    """Decode all of `file`. Raises NotAPhoto for what is no whole JPEG, PNG, WebP or HEIC of at most 80 megapixels."""
    if _size(file) > MAX_BYTES:
        raise NotAPhoto("too-large")
    with _opened(file) as image:
        facts = _facts(image)
        _decode(image)
        return facts


def rendition(file: BinaryIO, longest: int) -> bytes:
    """A JPEG for the browser, `longest` pixels at most: upright, in sRGB, without any metadata. Raises NotAPhoto."""
    with _opened(file) as image:
        if image.format in ("JPEG", "MPO"):
            image.draft("RGB", (longest, longest))
        upright = _upright(image)
        upright.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        return _jpeg(upright, quality=82)


def prepare(file: BinaryIO, out: BinaryIO, limit: int = SENT_BYTES) -> Facts:
    """Write to `out` what is sent: no location, the time of capture and the orientation kept, at most `limit` bytes.

    The same file gives the same bytes. Raises NotAPhoto.
    """
    facts = inspect(file)
    with _opened(file) as image:
        stripped = _stripped_jpeg(file, image) if image.format in ("JPEG", "MPO") else None
        if stripped is not None and len(stripped) <= limit:
            out.write(stripped)
            return facts
        upright = _upright(image)
    return _squeezed(upright, facts, out, limit)


def sha256(file: BinaryIO) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return found


@functools.cache
def _learn_formats() -> None:
    """The formats' readers are loaded at first use: the library behind HEIC is slow to load."""
    from PIL import JpegImagePlugin, MpoImagePlugin, PngImagePlugin, WebPImagePlugin  # noqa: F401 (they register)
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


@contextlib.contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    _learn_formats()
    file.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(file, formats=FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise NotAPhoto("too-many-pixels") from None
        except DAMAGE:
            raise NotAPhoto("not-an-image") from None
    with image:
        if image.width * image.height > MAX_PIXELS:
            raise NotAPhoto("too-many-pixels")
        if image.format in ("JPEG", "MPO"):
            _count_scans(file)
        try:
            yield image
        except DAMAGE:
            raise NotAPhoto("damaged") from None


def _count_scans(file: BinaryIO) -> None:
    file.seek(0)
    if sum(marker == 0xDA for marker, _body in _segments(file.read(MAX_BYTES))) > MAX_SCANS:
        raise NotAPhoto("too-slow")


def _decode(image: Image.Image) -> None:
    image.load()


def _size(file: BinaryIO) -> int:
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    return size


def _facts(image: Image.Image) -> Facts:
    exif = image.getexif()
    sideways = exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    width, height = (image.height, image.width) if sideways else (image.width, image.height)
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return Facts(name, MIMES[name], width, height, _taken_at(exif))


def _taken_at(exif: Image.Exif) -> dt.datetime | None:
    """When the photo was taken; a camera that tells no zone is taken to stand in Belgium."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    text = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    try:
        taken = dt.datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    if not 1980 <= taken.year < 2200:
        return None
    offset = str(details.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    try:
        return (
            dt.datetime.fromisoformat(taken.isoformat() + offset)
            if offset
            else taken.replace(tzinfo=BRUSSELS)
        )
    except ValueError:
        return taken.replace(tzinfo=BRUSSELS)


def _upright(image: Image.Image) -> Image.Image:
    """Turned as displayed, in sRGB, on white where it was transparent."""
    upright = ImageOps.exif_transpose(image)
    profile = upright.info.get("icc_profile")
    if upright.mode == "I;16" or upright.mode == "I":
        upright = upright.point(lambda value: value / 256).convert("L")
    if profile and upright.mode in ("RGB", "CMYK", "L"):
        with contextlib.suppress(ImageCms.PyCMSError):
            upright = (
                ImageCms.profileToProfile(
                    upright,
                    ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                    ImageCms.createProfile("sRGB"),
                    outputMode="RGB",
                )
                or upright
            )
    if upright.has_transparency_data:
        colours = upright.convert("RGBA")
        upright = Image.new("RGB", colours.size, "white")
        upright.paste(colours, mask=colours.getchannel("A"))
    return upright.convert("RGB")


def _jpeg(image: Image.Image, quality: int, exif: bytes = b"") -> bytes:
    out = io.BytesIO()
    image.info = {}
    image.save(out, "JPEG", quality=quality, progressive=True, optimize=True, exif=exif)
    return out.getvalue()


def _squeezed(upright: Image.Image, facts: Facts, out: BinaryIO, limit: int) -> Facts:
    exif = _fresh_exif(facts.taken_at, 1)
    for scale, quality in QUALITIES:
        size = (max(1, round(upright.width * scale)), max(1, round(upright.height * scale)))
        smaller = upright if scale == 1.0 else upright.resize(size, Image.Resampling.LANCZOS)
        jpeg = _jpeg(smaller.copy() if smaller is upright else smaller, quality, exif)
        if len(jpeg) <= limit:
            out.write(jpeg)
            return Facts("JPEG", MIMES["JPEG"], *size, facts.taken_at)
    raise NotAPhoto("too-large")


def _fresh_exif(taken_at: dt.datetime | None, orientation: int) -> bytes:
    """EXIF that holds the time and the orientation, and nothing else."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    if taken_at is not None:
        text = taken_at.strftime("%Y:%m:%d %H:%M:%S")
        offset = taken_at.strftime("%z")
        exif[ExifTags.Base.DateTime] = text
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = text
        details[ExifTags.Base.OffsetTimeOriginal] = f"{offset[:3]}:{offset[3:5]}"
    return exif.tobytes()


def _stripped_jpeg(file: BinaryIO, image: Image.Image) -> bytes:
    """The same picture bit by bit, its metadata replaced; what follows its end (other frames, archives) is cut off."""
    file.seek(0)
    orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    exif = _fresh_exif(_taken_at(image.getexif()), orientation if orientation in range(1, 9) else 1)
    parts = [b"\xff\xd8", _segment(0xE1, exif)]
    for marker, body in _segments(file.read(MAX_BYTES)):
        if _kept(marker, body):
            parts.append(body)
    return b"".join([*parts, b"\xff\xd9"])


def _kept(marker: int, body: bytes) -> bool:
    """Of the application segments only colour (ICC, Adobe) and JFIF stay; comments go."""
    if marker == 0xE0:
        return body[4:9] == b"JFIF\0"
    if marker == 0xE2:
        return body[4:16] == b"ICC_PROFILE\0"
    return marker == 0xEE or not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments of a JPEG between its start and its end, a scan with the data that follows it."""
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0xD9:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        yield marker, data[at:end]
        at = end


def _end_of_scan(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        if data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
            at += 2
        elif data[at + 1] == 0xFF:
            at += 1
        else:
            return at

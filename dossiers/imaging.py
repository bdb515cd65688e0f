"""Photos are decoded before they are believed: what a file is, how it is shown, what of it is sent. Pure.

It runs in `dossiers.decoder` only: no process that knows a secret decodes anything.
"""

import contextlib
import datetime as dt
import functools
import io
import re
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageCms

from dossiers.photo_file import SENT_BYTES, Facts, NotAPhoto, whole
from dossiers.stripping import scan_count, strip_jpeg, strip_png

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")  # an MPO, as phones write them, opens as JPEG
JPEGS = ("JPEG", "MPO")
MIMES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic"}
MAX_PIXELS = 80_000_000
MAX_SCANS = 100  # of a progressive JPEG: more only keep the decoder busy
BRUSSELS = ZoneInfo("Europe/Brussels")
FITTING = ((1.0, 92), (1.0, 82), (0.75, 82), (0.5, 80), (0.35, 75), (0.25, 70))  # scale and quality, in turn
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, RuntimeError, struct.error)
OTHERS = (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\1\0", b"\xff\x0a", b"%PDF", b"<svg", b"<?xml")
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TIME = re.compile(r"\d{4}:\d\d:\d\d \d\d:\d\d:\d\d")
OFFSET = re.compile(r"[+-]\d\d:\d\d|Z")
OFFSETS = (ExifTags.Base.OffsetTime, ExifTags.Base.OffsetTimeOriginal, ExifTags.Base.OffsetTimeDigitized)


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo that was decoded in full; of its EXIF only what may be told: orientation and times, by tag."""

    facts: Facts
    orientation: int = 1
    times: dict[int, str] = field(default_factory=dict)


def inspect(file: BinaryIO) -> Facts:
    """Decode all of `file`. Raises NotAPhoto unless it is a whole JPEG, PNG, WebP or HEIC within the limits.

    What follows the picture's end (Claims360 pads some with NULs) is no reason to refuse it.
    """
    return _look(whole(file)).facts


def rendition(file: BinaryIO, longest: int) -> bytes:
    """A JPEG for the browser, `longest` pixels at most: upright, in sRGB, without metadata.

    Raises NotAPhoto.
    """
    return _jpeg(_picture(whole(file), longest), quality=82)


def prepare(file: BinaryIO, out: BinaryIO, limit: int = SENT_BYTES) -> Facts:
    """Write to `out` what is sent: without location, with time of capture and orientation, `limit` bytes at most.

    A JPEG or PNG that fits keeps its pixels bit for bit; anything else becomes a JPEG, smaller where it must.
    The same file gives the same bytes. Gives the facts of what was written. Raises NotAPhoto.
    """
    photo = whole(file)
    seen = _look(photo)
    stripped = _stripped(photo, seen)
    if stripped is not None and len(stripped) <= limit:
        out.write(stripped)
        return seen.facts
    jpeg, facts = _fitted(_picture(photo), seen, limit)
    out.write(jpeg)
    return facts


@functools.cache
def _learn_formats() -> None:
    """HEIC's reader is loaded at first use, as it is slow to load; no thumbnail is taken for the photo."""
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False)


def _open(photo: bytes) -> Image.Image:
    """The image, not decoded yet, once it is known that decoding it costs a bounded time and memory."""
    _learn_formats()
    if _is_avif(photo):
        raise NotAPhoto("format")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(photo), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPhoto("too-many-pixels") from None
    except DAMAGE as error:
        raise NotAPhoto(_why_not(photo)) from error
    if image.width * image.height > MAX_PIXELS:
        raise NotAPhoto("too-many-pixels")
    if image.format in JPEGS and scan_count(photo) > MAX_SCANS:
        raise NotAPhoto("too-slow")
    return image


def _is_avif(photo: bytes) -> bool:
    """AVIF comes in HEIF's container, and may only tell in its list of compatible brands."""
    brands = photo[8 : int.from_bytes(photo[:4], "big")]
    return photo[4:8] == b"ftyp" and (b"avif" in brands or b"avis" in brands)


def _why_not(photo: bytes) -> str:
    """Only the words for a refusal hang on the first bytes: cut early, another format, or no picture at all."""
    heads = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
    if photo.startswith(heads) or photo[8:12] == b"WEBP" or photo[4:10] in (b"ftyphe", b"ftypmi"):
        return "damaged"
    return "format" if photo.lstrip().startswith(OTHERS) or photo[4:8] == b"ftyp" else "not-an-image"


@contextlib.contextmanager
def _decoding() -> Iterator[None]:
    """What a decoder raises over a broken file becomes NotAPhoto; nothing but a decoder runs within."""
    try:
        yield
    except DAMAGE as error:
        raise NotAPhoto("damaged") from error


def _look(photo: bytes) -> Seen:
    image = _open(photo)
    size = image.size
    with _decoding():
        if image.format == "PNG":
            _open(photo).verify()  # decoding alone checks no sums and misses no end
        if image.format in JPEGS:
            # every bit is read as for all pixels, in half the time and a thirtieth of the room
            image.draft(None, (1, 1))
        image.load()
    exif = _exif(image)
    orientation = _orientation(exif)
    width, height = size if orientation < 5 else size[::-1]
    name = "JPEG" if image.format in JPEGS else str(image.format)
    times = _times(exif)
    return Seen(Facts(name, MIMES[name], width, height, _taken_at(times)), orientation, times)


def _exif(image: Image.Image) -> Image.Exif:
    """Its EXIF, an empty one when that can't be read: no photo is refused for it."""
    try:
        exif = image.getexif()
        exif.get_ifd(ExifTags.IFD.Exif)
    except DAMAGE:
        return Image.Exif()
    return exif


def _orientation(exif: Image.Exif) -> int:
    told = exif.get(ExifTags.Base.Orientation)
    return int(told) if told in TURNS else 1


def _times(exif: Image.Exif) -> dict[int, str]:
    """The tags that tell when; only what reads as a time or an offset, so that nothing else goes with them."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    original = ExifTags.Base.DateTimeOriginal
    told = [
        (ExifTags.Base.DateTime, exif.get(ExifTags.Base.DateTime), TIME),
        (original, details.get(original), TIME),
        *((tag, details.get(tag), OFFSET) for tag in OFFSETS),
    ]
    texts = [(tag, str(value).strip("\0 "), pattern) for tag, value, pattern in told]
    return {int(tag): text for tag, text, pattern in texts if pattern.fullmatch(text)}


def _taken_at(times: dict[int, str]) -> dt.datetime | None:
    """When the photo was taken; a camera that tells no zone is taken to stand in Belgium."""
    original = times.get(ExifTags.Base.DateTimeOriginal)
    offset = times.get(ExifTags.Base.OffsetTimeOriginal if original else ExifTags.Base.OffsetTime, "")
    text = original or times.get(ExifTags.Base.DateTime, "")
    try:
        taken = dt.datetime.strptime(text + offset, "%Y:%m:%d %H:%M:%S" + ("%z" if offset else ""))
    except ValueError:
        return None
    if not 1980 <= taken.year < 2200:  # a camera whose clock was never set
        return None
    return taken if taken.tzinfo else taken.replace(tzinfo=BRUSSELS)


def _stripped(photo: bytes, seen: Seen) -> bytes | None:
    """The same pixels without metadata; None where the format doesn't allow it."""
    exif = _fresh_exif(seen.times, seen.orientation)
    if seen.facts.format == "JPEG":
        return strip_jpeg(photo, exif)
    return strip_png(photo, exif) if seen.facts.format == "PNG" else None


def _fresh_exif(times: dict[int, str], orientation: int) -> bytes:
    """EXIF that holds the times and the orientation, and nothing else."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    details = {tag: text for tag, text in times.items() if tag != ExifTags.Base.DateTime}
    if ExifTags.Base.DateTime in times:
        exif[ExifTags.Base.DateTime] = times[ExifTags.Base.DateTime]
    if details:
        exif.get_ifd(ExifTags.IFD.Exif).update(details)
    return exif.tobytes()


def _picture(photo: bytes, longest: int | None = None) -> Image.Image:
    """As displayed: upright, in sRGB, on white where it was transparent, without metadata."""
    image = _open(photo)
    with _decoding():
        if longest is not None and image.format in JPEGS:
            image.draft("RGB", (longest, longest))  # decoded at a fraction of its size
        image.load()
    orientation, profile = _orientation(_exif(image)), image.info.get("icc_profile")
    image = _plain(image)
    if longest is not None:
        image.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    image = _in_srgb(_on_white(image), profile)
    if orientation in TURNS:
        image = image.transpose(TURNS[orientation])
    image.info = {}
    return image


def _plain(image: Image.Image) -> Image.Image:
    """In a mode that can be scaled and shown; 16 bits become 8."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image if image.mode in ("L", "RGB", "CMYK") else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """A profile that is broken, or meant for other channels, is passed over, as browsers do."""
    if profile:
        with contextlib.suppress(OSError, ImageCms.PyCMSError):
            told = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, told, srgb, outputMode="RGB") or image
    return image.convert("RGB")


def _jpeg(image: Image.Image, quality: int, exif: bytes = b"") -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, progressive=True, optimize=True, exif=exif)
    return out.getvalue()


def _fitted(image: Image.Image, seen: Seen, limit: int) -> tuple[bytes, Facts]:
    """The first JPEG in the order of FITTING that is small enough, and its facts."""
    exif = _fresh_exif(seen.times, 1)
    for scale, quality in FITTING:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        jpeg = _jpeg(image if scale == 1 else image.resize(size, Image.Resampling.LANCZOS), quality, exif)
        if len(jpeg) <= limit:
            width, height = size
            return jpeg, replace(seen.facts, format="JPEG", mime=MIMES["JPEG"], width=width, height=height)
    raise NotAPhoto("too-large")

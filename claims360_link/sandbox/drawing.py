"""The photos: drawn once a kind, then stamped, so that each has its own bytes and hash."""

import io
import json
import struct
import zlib
from datetime import datetime
from functools import cache
from typing import Any

import piexif
import pillow_heif
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from claims360_link.sandbox.seeddata import chance

pillow_heif.register_heif_opener()

COLOURS = {"red": (170, 38, 40), "blue": (42, 78, 138), "grey": (128, 132, 138), "white": (226, 226, 222)}
# name: (format, portrait, EXIF orientation); 6 and 8 are portraits whose pixels lie on their side
KINDS = {
    "landscape": ("JPEG", False, 1),
    "portrait": ("JPEG", True, 6),
    "portrait8": ("JPEG", True, 8),
    "upside": ("JPEG", False, 3),
    "upright": ("JPEG", True, 1),
    "heic": ("HEIF", False, 1),
    "webp": ("WEBP", False, 1),
    "png": ("PNG", False, 1),
}
FORMATS = {
    "JPEG": ("image/jpeg", "jpg"),
    "HEIF": ("image/heic", "heic"),
    "WEBP": ("image/webp", "webp"),
    "PNG": ("image/png", "png"),
}
SCENES = ["front", "side", "damage", "odometer", "document"]
LONG, SHORT = 960, 720


def mime_and_extension(kind: str) -> tuple[str, str]:
    return FORMATS[KINDS[kind][0]]


def size(kind: str) -> tuple[int, int]:
    """Width and height of the pixels as stored, before EXIF turns them."""
    _, portrait, orientation = KINDS[kind]
    return (SHORT, LONG) if portrait and orientation == 1 else (LONG, SHORT)


@cache
def draw(scene: str, colour: str, kind: str) -> bytes:
    """A photo without its stamp."""
    format_, portrait, orientation = KINDS[kind]
    image = _scene(scene, COLOURS[colour], (SHORT, LONG) if portrait else (LONG, SHORT))
    turned = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]
    out = io.BytesIO()
    image.rotate(turned, expand=True).save(out, format_, quality=80)
    return out.getvalue()


def stamped(content: bytes, kind: str, serial: str, taken_at: datetime) -> bytes:
    """The photo as one telephone took it at that time: EXIF with place, time and orientation, or a mark."""
    if kind == "png":
        return content[:-12] + _png_chunk(b"tEXt", b"Comment\0" + serial.encode()) + content[-12:]
    if kind == "webp":
        return _with_riff_chunk(content, serial.encode())
    if kind == "heic":
        return content + struct.pack(">I4s", 8 + len(serial), b"free") + serial.encode()
    out = io.BytesIO()
    piexif.insert(piexif.dump(_exif(KINDS[kind][2], serial, taken_at)), content, out)
    return out.getvalue()


def recipe_text(scene: str, colour: str, kind: str, serial: str, taken_at: datetime, nuls: int) -> str:
    return json.dumps([scene, colour, kind, serial, taken_at.isoformat(), nuls])


def cooked(recipe: str, drawing: Any) -> bytes:
    """The bytes of a recipe; `drawing(scene, colour, kind)` gives what was drawn."""
    scene, colour, kind, serial, taken_at, nuls = json.loads(recipe)
    return stamped(drawing(scene, colour, kind), kind, serial, datetime.fromisoformat(taken_at)) + bytes(nuls)


def not_an_image(serial: str) -> bytes:
    return f"<!doctype html><title>404</title><p>Photo {serial} introuvable".encode()


def decoded(content: bytes) -> tuple[str, str, int, int] | None:
    """Mime, extension, width, height of what really decodes in full as JPEG, PNG, HEIC or WebP; else None."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP", "HEIF"]) as image:
            image.load()
            mime, extension = FORMATS["JPEG" if image.format == "MPO" else str(image.format)]
            return mime, extension, image.width, image.height
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        struct.error,
        zlib.error,
    ):
        return None


def thumbnail(content: bytes, side: int = 240) -> bytes:
    """A small upright JPEG for the pages; a grey one for what is no image."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            small = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError):
        small = Image.new("RGB", (side, side), (200, 200, 200))
    small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75)
    return out.getvalue()


def _exif(orientation: int, serial: str, taken_at: datetime) -> dict[str, dict[int, Any]]:
    minutes = chance(serial).randint(0, 59)
    time = taken_at.strftime("%Y:%m:%d %H:%M:%S").encode()
    return {
        "0th": {
            piexif.ImageIFD.Make: b"Exemple", piexif.ImageIFD.Model: b"Phone 5",
            piexif.ImageIFD.Orientation: orientation, piexif.ImageIFD.DateTime: time,
        },
        "Exif": {
            piexif.ExifIFD.DateTimeOriginal: time, piexif.ExifIFD.OffsetTimeOriginal: b"+01:00",
            piexif.ExifIFD.ImageUniqueID: serial.encode(),
        },
        "GPS": {
            piexif.GPSIFD.GPSLatitudeRef: b"N", piexif.GPSIFD.GPSLatitude: ((50, 1), (minutes, 1), (0, 1)),
            piexif.GPSIFD.GPSLongitudeRef: b"E", piexif.GPSIFD.GPSLongitude: ((4, 1), (minutes, 1), (0, 1)),
        },
    }  # fmt: skip


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _with_riff_chunk(content: bytes, data: bytes) -> bytes:
    chunk = b"NOTE" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return content[:4] + struct.pack("<I", len(content) - 8 + len(chunk)) + content[8:] + chunk


def _scene(scene: str, colour: tuple[int, int, int], size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, (188, 204, 214))
    pencil = ImageDraw.Draw(image)
    width, height = size
    pencil.rectangle((0, height * 0.62, width, height), fill=(104, 104, 102))
    {"front": _front, "side": _side, "damage": _damage, "odometer": _odometer, "document": _document}[scene](
        pencil, colour, width, height
    )
    grain = Image.effect_noise((width // 4, height // 4), 26).resize(size).convert("RGB")
    return Image.blend(image.filter(ImageFilter.GaussianBlur(1.2)), grain, 0.09)


def _shade(colour: tuple[int, int, int], factor: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, int(part * factor)) for part in colour)
    return red, green, blue


def _front(pencil: ImageDraw.ImageDraw, colour: tuple[int, int, int], w: int, h: int) -> None:
    pencil.polygon(
        [(w * 0.28, h * 0.42), (w * 0.36, h * 0.24), (w * 0.64, h * 0.24), (w * 0.72, h * 0.42)],
        fill=(36, 44, 52),
    )
    pencil.rounded_rectangle((w * 0.17, h * 0.40, w * 0.83, h * 0.74), 60, fill=colour)
    pencil.rectangle((w * 0.22, h * 0.41, w * 0.78, h * 0.47), fill=_shade(colour, 1.15))
    for left in (0.20, 0.68):
        pencil.ellipse(
            (w * left, h * 0.49, w * (left + 0.12), h * 0.57),
            fill=(238, 240, 228),
            outline=(30, 30, 30),
            width=5,
        )
        pencil.rectangle((w * left, h * 0.72, w * (left + 0.11), h * 0.82), fill=(24, 24, 26))
    pencil.rectangle((w * 0.36, h * 0.50, w * 0.64, h * 0.58), fill=(28, 30, 33))
    pencil.rectangle(
        (w * 0.42, h * 0.63, w * 0.58, h * 0.68), fill=(246, 246, 240), outline=(150, 20, 30), width=4
    )
    _crack(pencil, w * 0.30, h * 0.60, w * 0.07)


def _side(pencil: ImageDraw.ImageDraw, colour: tuple[int, int, int], w: int, h: int) -> None:
    pencil.polygon(
        [(w * 0.27, h * 0.45), (w * 0.38, h * 0.29), (w * 0.66, h * 0.29), (w * 0.79, h * 0.45)],
        fill=_shade(colour, 0.8),
    )
    pencil.polygon(
        [(w * 0.31, h * 0.44), (w * 0.40, h * 0.32), (w * 0.51, h * 0.32), (w * 0.51, h * 0.44)],
        fill=(44, 54, 64),
    )
    pencil.polygon(
        [(w * 0.53, h * 0.44), (w * 0.53, h * 0.32), (w * 0.64, h * 0.32), (w * 0.73, h * 0.44)],
        fill=(44, 54, 64),
    )
    pencil.rounded_rectangle((w * 0.08, h * 0.44, w * 0.92, h * 0.68), 50, fill=colour)
    pencil.line((w * 0.52, h * 0.45, w * 0.52, h * 0.67), fill=_shade(colour, 0.6), width=5)
    for left in (0.17, 0.67):
        pencil.ellipse((w * left, h * 0.60, w * left + w * 0.15, h * 0.60 + w * 0.15), fill=(22, 22, 24))
        pencil.ellipse(
            (w * left + w * 0.04, h * 0.60 + w * 0.04, w * left + w * 0.11, h * 0.60 + w * 0.11),
            fill=(170, 172, 176),
        )
    _crack(pencil, w * 0.40, h * 0.55, w * 0.08)


def _damage(pencil: ImageDraw.ImageDraw, colour: tuple[int, int, int], w: int, h: int) -> None:
    pencil.rectangle((0, 0, w, h), fill=colour)
    pencil.polygon([(0, h * 0.7), (w, h * 0.55), (w, h), (0, h)], fill=_shade(colour, 0.75))
    for step in range(9):
        inset = step * 0.02
        pencil.ellipse(
            (w * (0.25 + inset), h * (0.28 + inset), w * (0.78 - inset), h * (0.72 - inset)),
            fill=_shade(colour, 0.95 - step * 0.06),
        )
    _crack(pencil, w * 0.5, h * 0.5, w * 0.22)


def _odometer(pencil: ImageDraw.ImageDraw, colour: tuple[int, int, int], w: int, h: int) -> None:
    pencil.rectangle((0, 0, w, h), fill=(18, 19, 22))
    for left in (0.08, 0.58):
        pencil.ellipse(
            (w * left, h * 0.2, w * left + w * 0.34, h * 0.2 + w * 0.34), outline=(220, 220, 220), width=9
        )
        pencil.line(
            (w * left + w * 0.17, h * 0.2 + w * 0.17, w * left + w * 0.27, h * 0.3), fill=colour, width=12
        )
    pencil.rectangle((w * 0.36, h * 0.72, w * 0.64, h * 0.84), fill=(40, 60, 70))
    pencil.text((w * 0.41, h * 0.75), "128 412 km", fill=(225, 240, 250), font_size=h // 18)


def _document(pencil: ImageDraw.ImageDraw, colour: tuple[int, int, int], w: int, h: int) -> None:
    pencil.rectangle((0, 0, w, h), fill=(92, 74, 58))
    pencil.rectangle((w * 0.10, h * 0.10, w * 0.90, h * 0.90), fill=(244, 240, 226))
    pencil.rectangle((w * 0.10, h * 0.10, w * 0.90, h * 0.18), fill=_shade(colour, 1.0))
    pencil.text(
        (w * 0.14, h * 0.115), "CERTIFICAT D'IMMATRICULATION", fill=(250, 250, 250), font_size=h // 28
    )
    for line in range(13):
        end = 0.5 + 0.3 * ((line * 7) % 5) / 4
        pencil.rectangle(
            (w * 0.15, h * (0.24 + line * 0.047), w * end, h * (0.253 + line * 0.047)), fill=(120, 116, 110)
        )


def _crack(pencil: ImageDraw.ImageDraw, x: float, y: float, reach: float) -> None:
    """Scratches and a dent, where the repair is."""
    for n in range(7):
        along, drop = reach * (1 - n * 0.11), reach * (n * 0.13 - 0.4)
        pencil.line(
            (x - along, y + drop, x + along * 0.6, y + drop * 0.4),
            fill=(206, 204, 198) if n % 2 else (52, 48, 46),
            width=4,
        )

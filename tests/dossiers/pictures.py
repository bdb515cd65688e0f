"""Files as phones, attackers and bad lines make them, for the tests of what a photo is."""

import io
import struct
import zipfile
import zlib
from typing import Any

import piexif
import pillow_heif
from PIL import Image, ImageCms

LATITUDE = ((50, 1), (51, 1), (123457, 10000))
LONGITUDE = ((4, 1), (21, 1), (765433, 10000))
MAKER_NOTE = b"Apple iOS\0\0\1MM serial F17ABCXYZ"
XMP = b'<x:xmpmeta exif:GPSLatitude="50,51.2057617N" exif:GPSLongitude="4,21.1275722E"/>'
# Everything that would tell where, as it stands in a file: EXIF of either byte order, XMP, IPTC, comments.
LOCATIONS = [
    *(struct.pack(f"{order}6I", *sum(place, ())) for order in "<>" for place in (LATITUDE, LONGITUDE)),
    *(struct.pack(f"{order}2I", *place[2]) for order in "<>" for place in (LATITUDE, LONGITUDE)),
    b"50,51.2057617N",
    b"4,21.1275722E",
    b"WGS-84",
    b"F17ABCXYZ",
    b"Rue de la Loi",
    b"<script>",
]  # fmt: skip


def scene(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """A picture with detail in it, whose upper left corner is bright and its rest dark."""
    image = Image.effect_noise(size, 40).point(lambda value: value // 4)
    image.paste(255, (0, 0, size[0] // 2, size[1] // 2))
    return image.convert("RGB").convert(mode)


def exif(orientation: int = 6, **times: str) -> bytes:
    """EXIF as a phone writes it: place, maker note, thumbnail, and when."""
    told = times or {"DateTimeOriginal": "2026:07:01 10:20:30", "OffsetTimeOriginal": "+03:00"}
    details = {getattr(piexif.ExifIFD, name): text.encode() for name, text in told.items()}
    return piexif.dump(
        {
            "0th": {
                piexif.ImageIFD.Orientation: orientation,
                piexif.ImageIFD.DateTime: b"2026:07:02 08:00:00",
                piexif.ImageIFD.ImageDescription: b"Rue de la Loi",
            },
            "Exif": {**details, piexif.ExifIFD.MakerNote: MAKER_NOTE},
            "GPS": {
                piexif.GPSIFD.GPSLatitudeRef: b"N",
                piexif.GPSIFD.GPSLatitude: LATITUDE,
                piexif.GPSIFD.GPSLongitudeRef: b"E",
                piexif.GPSIFD.GPSLongitude: LONGITUDE,
                piexif.GPSIFD.GPSMapDatum: b"WGS-84",
            },
            "1st": {piexif.ImageIFD.Compression: 6},
            "thumbnail": saved(scene(size=(16, 12)), "JPEG"),
        }
    )


def saved(image: Image.Image, format: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def jpeg(mode: str = "RGB", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    """A JPEG with all that is not to leave: EXIF, XMP, IPTC, a comment."""
    options = {"quality": 90, "exif": exif(), "xmp": XMP, "comment": b"Rue de la Loi <script>", **options}
    return with_segment(saved(scene(mode, size), "JPEG", **options), 0xED, b"Photoshop 3.0\0Rue de la Loi")


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    return jpeg[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def heic(orientation: int = 6, **options: Any) -> bytes:
    """Twice as wide as high as it is stored; libheif turns it by the container, as phones tell it."""
    pillow_heif.register_heif_opener(thumbnails=False)
    return saved(scene(), "HEIF", exif=exif(orientation), xmp=XMP, quality=80, **options)


def png(mode: str = "RGB", **options: Any) -> bytes:
    return saved(scene(mode), "PNG", exif=exif(), **options)


def webp(**options: Any) -> bytes:
    return saved(scene(), "WEBP", exif=exif(), xmp=XMP, **options)


def mpo() -> bytes:
    """Two frames, the second with a place of its own."""
    return saved(scene(), "MPO", save_all=True, append_images=[scene()], exif=exif(), quality=90)


def bomb_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A few bytes that tell of billions of pixels."""
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def swelling_png(kind: bytes) -> bytes:
    """A text or a profile of a few kilobytes, which unpacks to 50 MB."""
    photo, after_header = png(), 33
    swelling = _chunk(kind, b"name\0\0" + zlib.compress(bytes(50_000_000)))
    return photo[:after_header] + swelling + photo[after_header:]


def bomb_jpeg() -> bytes:
    """The header of a small picture tells of 65,000 by 65,000 pixels."""
    photo = saved(scene(), "JPEG")
    size = photo.index(b"\xff\xc0") + 5
    return photo[:size] + struct.pack(">2H", 65_000, 65_000) + photo[size + 4 :]


def bomb_webp() -> bytes:
    """The header of a small picture tells of 16,383 by 16,383 pixels."""
    photo = saved(scene(), "WEBP")
    size = photo.index(b"\x9d\x01\x2a") + 3
    return photo[:size] + struct.pack("<2H", 16_383, 16_383) + photo[size + 4 :]


def many_scans(number: int, between: bytes = b"", image: Image.Image | None = None) -> bytes:
    """A progressive JPEG whose last scan is repeated, `between` before each."""
    whole = saved(image or scene(), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + (between + whole[last:-2]) * number + whole[-2:]


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("where.txt", "Rue de la Loi " + XMP.decode())
    return out.getvalue()


def wide_profile() -> bytes:
    """An ICC profile that shows the same numbers as other colours."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()

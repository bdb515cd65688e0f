"""What is a photo, how it is shown, and what of it is sent."""

import datetime as dt
import io
import random

import piexif
import pytest
from PIL import Image, ImageChops

from dossiers import imaging, photo_file
from dossiers.photo_file import NotAPhoto
from tests.dossiers import pictures
from tests.dossiers.pictures import jpeg, png, saved, scene

BELGIAN = dt.datetime(2026, 7, 1, 10, 20, 30, tzinfo=dt.timezone(dt.timedelta(hours=3)))


def inspect(photo: bytes) -> photo_file.Facts:
    return imaging.inspect(io.BytesIO(photo))


def prepare(photo: bytes, limit: int = photo_file.SENT_BYTES) -> tuple[bytes, photo_file.Facts]:
    out = io.BytesIO()
    facts = imaging.prepare(io.BytesIO(photo), out, limit)
    return out.getvalue(), facts


def opened(photo: bytes) -> Image.Image:
    return Image.open(io.BytesIO(photo))


def shown(photo: bytes, longest: int = 320) -> Image.Image:
    return opened(imaging.rendition(io.BytesIO(photo), longest))


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 to 255."""
    histogram = ImageChops.difference(one.convert("L"), other.convert("L")).histogram()
    return sum(value * count for value, count in enumerate(histogram)) / (one.width * one.height)


def deep_png() -> bytes:
    """16 bits a pixel, from black to nearly white."""
    image = Image.new("I;16", (64, 48))
    image.putdata([x * 1000 for _y in range(48) for x in range(64)])
    return saved(image, "PNG")


GOOD = {
    "JPEG": (jpeg(), "JPEG", "image/jpeg"),
    "JPEG portrait": (jpeg(exif=pictures.exif(orientation=6)), "JPEG", "image/jpeg"),
    "JPEG progressive": (jpeg(progressive=True), "JPEG", "image/jpeg"),
    "JPEG gray": (jpeg("L"), "JPEG", "image/jpeg"),
    "JPEG CMYK": (jpeg("CMYK"), "JPEG", "image/jpeg"),
    "JPEG with NULs after its end": (jpeg() + bytes(4096), "JPEG", "image/jpeg"),
    "JPEG with an archive after its end": (jpeg() + pictures.archive(), "JPEG", "image/jpeg"),
    "JPEG with an alien profile": (jpeg(icc_profile=pictures.wide_profile()), "JPEG", "image/jpeg"),
    "JPEG of 100 scans": (pictures.many_scans(90), "JPEG", "image/jpeg"),
    "MPO": (pictures.mpo(), "JPEG", "image/jpeg"),
    "PNG": (png(), "PNG", "image/png"),
    "PNG with alpha": (png("RGBA"), "PNG", "image/png"),
    "PNG with a palette": (png("P"), "PNG", "image/png"),
    "PNG gray with alpha": (png("LA"), "PNG", "image/png"),
    "PNG of 16 bits": (deep_png(), "PNG", "image/png"),
    "PNG with NULs after its end": (png() + bytes(100), "PNG", "image/png"),
    "PNG with an archive after its end": (png() + pictures.archive(), "PNG", "image/png"),
    "WebP": (pictures.webp(), "WEBP", "image/webp"),
    "WebP with alpha": (saved(scene("RGBA"), "WEBP", lossless=True), "WEBP", "image/webp"),
    "WebP with an archive after its end": (pictures.webp() + pictures.archive(), "WEBP", "image/webp"),
    "HEIC": (pictures.heic(), "HEIF", "image/heic"),
    "HEIC with NULs after its end": (pictures.heic() + bytes(512), "HEIF", "image/heic"),
    "HEIC with an archive after its end": (pictures.heic() + pictures.archive(), "HEIF", "image/heic"),
}
good = pytest.mark.parametrize(("photo", "format", "mime"), GOOD.values(), ids=GOOD.keys())

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = {
    "nothing": (b"", "not-an-image"),
    "text": (b"<!doctype html><title>404</title>", "not-an-image"),
    "NULs": (bytes(2000), "not-an-image"),
    "an archive": (pictures.archive(), "not-an-image"),
    "an archive, then a JPEG": (pictures.archive() + jpeg(), "not-an-image"),
    "a page, then a JPEG": (b"<!doctype html><script>alert(1)</script>" + jpeg(), "not-an-image"),
    "SVG": (SVG, "format"),
    "SVG, then a JPEG": (SVG + jpeg(), "format"),
    "SVG in XML": (b'<?xml version="1.0"?>' + SVG, "format"),
    "GIF": (saved(scene(), "GIF"), "format"),
    "BMP": (saved(scene(), "BMP"), "format"),
    "TIFF": (saved(scene(), "TIFF"), "format"),
    "PDF": (saved(scene(), "PDF"), "format"),
    "AVIF": (saved(scene(), "AVIF"), "format"),
    "a video": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100), "format"),
    "JPEG, cut": (jpeg()[: len(jpeg()) * 2 // 3], "damaged"),
    "JPEG, its start only": (b"\xff\xd8\xff\xe0", "damaged"),
    "PNG, cut": (png()[:-200], "damaged"),
    "PNG, a bit turned": (png().replace(b"IDAT", b"IDAU", 1), "damaged"),
    "WebP, cut": (pictures.webp()[:-200], "damaged"),
    "HEIC, cut": (pictures.heic()[:-200], "damaged"),
    "HEIC, its start only": (pictures.heic()[:40], "damaged"),
    "a bomb": (pictures.bomb_png(), "too-many-pixels"),
    "a smaller bomb": (pictures.bomb_png(10_000, 9_000), "too-many-pixels"),
    "a JPEG bomb": (pictures.bomb_jpeg(), "too-many-pixels"),
    "a WebP bomb": (pictures.bomb_webp(), "too-many-pixels"),
    "a text that swells": (pictures.swelling_png(b"zTXt"), "damaged"),
    "a profile that swells": (pictures.swelling_png(b"iCCP"), "damaged"),
    "too many scans": (pictures.many_scans(101), "too-slow"),
    "scans behind rubbish": (pictures.many_scans(101, b"rubbish"), "too-slow"),
    "too large": (jpeg() + bytes(photo_file.MAX_BYTES), "too-large"),
}
bad = pytest.mark.parametrize(("file", "code"), BAD.values(), ids=BAD.keys())


# --- what a file is -----------------------------------------------------------------------------------------------


@good
def test_photos(photo: bytes, format: str, mime: str) -> None:
    facts = inspect(photo)
    assert (facts.format, facts.mime) == (format, mime)
    assert sorted((facts.width, facts.height)) == [48, 64]
    assert mime in photo_file.EXTENSIONS


@pytest.mark.counts("bad files refused")
@bad
def test_no_photos(file: bytes, code: str) -> None:
    """Each of the three ways to a photo says the same of what is none."""
    for way in (inspect, prepare, shown):
        with pytest.raises(NotAPhoto) as refusal:
            way(file)
        assert refusal.value.code == code


def test_a_png_is_read_to_its_end() -> None:
    """Decoding alone would pass over both."""
    photo = png()
    wrong_sum = photo[:-13] + bytes([photo[-13] ^ 1]) + photo[-12:]
    for broken in (photo[:-12], wrong_sum):
        for way in (inspect, prepare):
            with pytest.raises(NotAPhoto, match="damaged"):
                way(broken)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_is_cut_anywhere_is_refused_as_if_all_its_pixels_were_wanted(progressive: bool) -> None:
    whole = jpeg(size=(320, 240), progressive=progressive, exif=b"")
    for end in range(700, len(whole), len(whole) // 60):
        cut = whole[:end]
        with pytest.raises(OSError, match=r"(?i)truncated"):
            Image.open(io.BytesIO(cut)).load()
        with pytest.raises(NotAPhoto, match="damaged"):
            inspect(cut)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Tag data", "ignore:Truncated", "ignore:Metadata")
def test_whatever_is_broken_is_refused_by_its_code() -> None:
    chance = random.Random(7)
    codes = set()
    for photo in (jpeg(), png(), pictures.webp(), pictures.heic()):
        for _ in range(60):
            broken = bytearray(photo)
            for _hit in range(chance.choice([1, 20])):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
            try:
                prepare(bytes(broken))
                shown(bytes(broken))
            except NotAPhoto as refusal:
                codes.add(refusal.code)
    assert codes and codes <= {
        "damaged",
        "not-an-image",
        "format",
        "too-many-pixels",
        "too-slow",
        "too-large",
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_its_size_is_as_displayed(orientation: int) -> None:
    facts = inspect(jpeg(exif=pictures.exif(orientation)))
    assert (facts.width, facts.height) == ((64, 48) if orientation < 5 else (48, 64))


@pytest.mark.parametrize(
    ("told", "taken_at"),
    [
        ({}, BELGIAN),
        ({"DateTimeOriginal": "2026:01:05 08:00:00"}, "2026-01-05T08:00:00+01:00"),
        ({"DateTimeOriginal": "2026:07:05 08:00:00"}, "2026-07-05T08:00:00+02:00"),
        ({"DateTimeOriginal": "2026:07:05 08:00:00", "OffsetTimeOriginal": "Rue"}, "2026-07-05T08:00:00+02:00"),
        ({"DateTimeOriginal": "2026:07:05 08:00:00", "OffsetTimeOriginal": "Z"}, "2026-07-05T08:00:00+00:00"),
        ({"OffsetTime": "+04:00"}, "2026-07-02T08:00:00+04:00"),
        ({"DateTimeOriginal": "0000:00:00 00:00:00"}, None),
        ({"DateTimeOriginal": "1970:01:01 00:00:00"}, None),
    ],
)  # fmt: skip
def test_when_it_was_taken(told: dict[str, str], taken_at: dt.datetime | str | None) -> None:
    expected = dt.datetime.fromisoformat(taken_at) if isinstance(taken_at, str) else taken_at
    assert inspect(jpeg(exif=pictures.exif(**told))).taken_at == expected


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_no_reason_to_refuse_a_photo() -> None:
    facts = inspect(jpeg(exif=b"Exif\0\0II*\0\xff\xff\xff\xff"))
    assert (facts.taken_at, facts.width) == (None, 64)


# --- what is sent -------------------------------------------------------------------------------------------------


@good
def test_nothing_that_is_sent_tells_where(photo: bytes, format: str, mime: str) -> None:
    sent, facts = prepare(photo)
    assert not [place for place in pictures.LOCATIONS if place in sent]
    assert b"where.txt" not in sent and not sent.endswith(bytes(50))
    assert inspect(sent) == facts, "what is sent is a photo itself"
    assert (
        not piexif.load(sent)["GPS"]
        if facts.format == "JPEG"
        else opened(sent).getexif().get_ifd(0x8825) == {}
    )


def test_the_locations_would_be_found() -> None:
    """The test above looks for what really stands in the files."""
    photo = jpeg()
    assert [place for place in pictures.LOCATIONS if place in photo] and piexif.load(photo)["GPS"]


@pytest.mark.parametrize(
    "name", ["JPEG", "JPEG gray", "JPEG CMYK", "JPEG progressive", "PNG", "PNG with alpha"]
)
def test_the_pixels_are_sent_bit_for_bit(name: str) -> None:
    photo = GOOD[name][0]
    sent, facts = prepare(photo)
    assert facts == inspect(photo)
    assert opened(sent).tobytes() == opened(photo).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_and_time_are_kept(orientation: int) -> None:
    photo = jpeg(exif=pictures.exif(orientation))
    sent, facts = prepare(photo)
    assert opened(sent).getexif()[0x0112] == orientation
    assert facts.taken_at == BELGIAN == inspect(sent).taken_at
    assert difference(shown(sent), shown(photo)) < 1


@pytest.mark.parametrize("name", ["HEIC", "WebP", "WebP with alpha"])
def test_what_is_made_anew_looks_the_same(name: str) -> None:
    photo = GOOD[name][0]
    sent, facts = prepare(photo)
    assert facts.mime == "image/jpeg" and facts.taken_at == inspect(photo).taken_at
    assert difference(shown(sent), shown(photo)) < 8


def test_the_same_photo_is_prepared_to_the_same_bytes() -> None:
    for photo, _format, _mime in GOOD.values():
        assert prepare(photo) == prepare(photo)


def test_what_is_too_large_becomes_smaller() -> None:
    photo = jpeg(size=(1600, 1200), quality=95)
    first, _facts = prepare(photo)
    sizes = []
    for limit in (len(first) - 1, len(first) // 4, len(first) // 20):
        sent, facts = prepare(photo, limit)
        assert len(sent) <= limit and facts.taken_at == BELGIAN
        assert (facts.width, facts.height) == opened(sent).size and opened(sent).getexif()[0x0112] == 1
        assert facts.height > facts.width, "upright, as it is displayed"
        sizes.append(facts.width)
    assert sizes[0] == 1200 and sizes[-1] < 1200


def test_what_can_t_become_small_enough_is_refused() -> None:
    with pytest.raises(NotAPhoto, match="too-large"):
        prepare(jpeg(size=(1600, 1200)), 2000)


def test_claims360_counts_a_megabyte_as_a_million() -> None:
    assert photo_file.SENT_BYTES == 10_000_000


# --- what the browser gets ----------------------------------------------------------------------------------------


@good
def test_renditions(photo: bytes, format: str, mime: str) -> None:
    picture = imaging.rendition(io.BytesIO(photo), 32)
    image = opened(picture)
    assert (image.format, image.mode, max(image.size)) == ("JPEG", "RGB", 32)
    assert not image.getexif() and b"Exif" not in picture and "icc_profile" not in image.info
    assert not [place for place in (*pictures.LOCATIONS, b"where.txt") if place in picture]


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, "nw"), (2, "ne"), (3, "se"), (4, "sw"), (5, "nw"), (6, "ne"), (7, "se"), (8, "sw")],
)
def test_renditions_stand_upright(orientation: int, corner: str) -> None:
    image = shown(jpeg(exif=pictures.exif(orientation))).convert("L")
    x = image.width // 4 if corner[1] == "w" else image.width * 3 // 4
    y = image.height // 4 if corner[0] == "n" else image.height * 3 // 4
    corners = {
        (left, top): image.getpixel((left, top))
        for left in (image.width // 4, image.width * 3 // 4)
        for top in (image.height // 4, image.height * 3 // 4)
    }
    assert max(corners, key=lambda place: corners[place]) == (x, y)


def test_what_is_transparent_is_shown_on_white() -> None:
    assert min(shown(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), "PNG")).getpixel((20, 20))) > 250


def test_sixteen_bits_are_shown_from_dark_to_bright() -> None:
    image = shown(deep_png()).convert("L")
    assert image.getpixel((2, 20)) < 30 and image.getpixel((61, 20)) > 220

"""How a page becomes a picture of the documentation: small, and with what is to be pressed marked."""

import io
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import FloatRect, Locator, Page

# A page of words is smallest in few colours without loss, one of photos with some that nobody sees.
WAYS = ({"lossless": True, "quality": 100}, {"quality": 80})
COLOURS = 128
AROUND = 12  # CSS pixels
MARK = "one => Object.assign(one.style, { outline: '3px solid #c8323f', outlineOffset: '2px', borderRadius: '6px' })"


def take(page: Page, path: Path, clip: FloatRect | None = None) -> None:
    """Write what `page` shows, or what of it lies in `clip`, to `path` as WebP."""
    taken = page.screenshot(animations="disabled", caret="hide", clip=clip)
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(min((_as_webp(picture, **way) for way in WAYS), key=len))


def _in_few_colours(picture: Image.Image) -> Image.Image:
    """So chosen that rare ones, which mean something, stay; each is the most frequent of those that it stands for."""
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    found = [colour for _count, colour in sorted(picture.getcolors(picture.width * picture.height))]
    row = Image.new("RGB", (len(found), 1))
    row.putdata(found)
    stands_for = dict(zip(row.quantize(palette=few, dither=Image.Dither.NONE).tobytes(), found, strict=True))
    palette = few.getpalette()
    for index, colour in stands_for.items():
        palette[3 * index : 3 * index + 3] = colour
    few.putpalette(palette)
    return few.convert("RGB")


def _as_webp(picture: Image.Image, **way: Any) -> bytes:
    out = io.BytesIO()
    drawn = _in_few_colours(picture) if "lossless" in way else picture
    drawn.save(out, "WEBP", **way)
    return out.getvalue()


def mark(*places: Locator) -> None:
    """Draw a ring around each."""
    for place in places:
        place.evaluate(MARK)


def around(*parts: Locator) -> FloatRect:
    """What of the window holds all of `parts`, with a little room."""
    boxes = [box for part in parts if (box := part.bounding_box())]  # what is folded away has none
    left, top = min(box["x"] for box in boxes) - AROUND, min(box["y"] for box in boxes) - AROUND
    right = max(box["x"] + box["width"] for box in boxes) + AROUND
    bottom = max(box["y"] + box["height"] for box in boxes) + AROUND
    left, top = max(left, 0), max(top, 0)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}

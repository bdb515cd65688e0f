"""The pictures of Aide: static/help/, written by `make screenshots`."""

from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.utils.translation import get_language
from PIL import Image

register = template.Library()
SCALE = 1.5  # pixels of a picture to a CSS pixel


@register.inclusion_tag("help/_picture.html")
def picture(name: str, alt: str) -> dict[str, Any]:
    """A picture in the reader's language, on a telephone as it looks there; Claims360's own are the same in each."""
    own = f"help/{get_language()}/{name}.webp"
    path = own if _size(own) else f"help/{name}.webp"
    return {"alt": alt, "wide": _drawn(path), "narrow": _drawn(path.replace(".webp", "-narrow.webp"))}


def _drawn(path: str) -> dict[str, str | int] | None:
    """Where a picture is and its size in CSS pixels; None where there is no such picture."""
    size = _size(path)
    return size and {"path": path, "width": round(size[0] / SCALE), "height": round(size[1] / SCALE)}


@cache
def _size(path: str) -> tuple[int, int] | None:
    """(width, height) in pixels, so that nothing shifts while it loads; None where there is no such picture."""
    found = finders.find(path)
    if found is None:
        return None
    with Image.open(Path(found)) as image:
        return image.size

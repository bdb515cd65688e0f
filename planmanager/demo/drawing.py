"""The photos of the demo."""

import io

from PIL import Image, ImageDraw

COLOURS = ("#8fa3b8", "#6d7f91", "#b0a08a")


def drawn_car(plate: str, view: int) -> bytes:
    """A drawn car with its plate, as a JPEG; `view` (0, 1 or 2) says which."""
    image = Image.new("RGB", (1600, 1200), "#dfe6ec")
    draw = ImageDraw.Draw(image)
    left = 200 + 60 * view
    draw.rectangle((0, 860, 1600, 1200), fill="#9aa3ab")
    draw.rounded_rectangle((left, 560, left + 1150, 860), 90, fill=COLOURS[view])
    draw.polygon(
        ((left + 230, 565), (left + 400, 360), (left + 820, 360), (left + 980, 565)), fill=COLOURS[view]
    )
    draw.polygon(((left + 300, 555), (left + 430, 400), (left + 790, 400), (left + 900, 555)), fill="#33414f")
    for wheel in (left + 260, left + 890):
        draw.ellipse((wheel - 110, 760, wheel + 110, 980), fill="#22292f")
        draw.ellipse((wheel - 55, 815, wheel + 55, 925), fill="#c9d1d8")
    draw.text((left + 500, 800), plate, fill="#8f1220", font_size=48)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()

"""The look's own rules: WCAG 2.2 AA contrast of each token pair, colours from tokens only, nothing inline."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CSS = sorted((ROOT / "static" / "css").glob("*.css"))
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))

TEXT = 4.5  # WCAG 1.4.3, normal text
SHAPE = 3.0  # WCAG 1.4.11, borders of controls, focus, dots
GROUNDS = ("page", "card", "hover")
PAIRS = [
    *[(ink, ground, TEXT) for ink in ("ink", "ink-2", "accent", "bad", "ok", "wait") for ground in GROUNDS],
    *[(kind, f"{kind}-bg", TEXT) for kind in ("wait", "ok", "off", "bad", "accent")],
    *[("ink", f"{kind}-bg", TEXT) for kind in ("wait", "ok", "off", "bad", "accent")],
    ("on-accent", "accent-fill", TEXT),
    ("on-accent", "accent-press", TEXT),
    ("on-badge", "badge", TEXT),
    ("plate-ink", "plate-bg", TEXT),
    ("shell-ink", "shell", TEXT),
    ("shell-ink", "shell-hover", TEXT),
    ("shell-strong", "shell", TEXT),
    ("shell-accent", "shell", TEXT),
    *[("edge", ground, SHAPE) for ground in GROUNDS],
    *[("focus", ground, SHAPE) for ground in GROUNDS],
    ("shell-strong", "accent-fill", SHAPE),
]


def token(name: str, scheme: str) -> str:
    """The hex colour of --name in "light" or "dark"; fails when the token is not there."""
    value = re.search(rf"--{name}:\s*([^;]+);", TOKENS)
    assert value, f"--{name} is not defined"
    colours = re.findall(r"#[0-9a-f]{6}", value[1])
    assert colours, f"--{name} is not a colour"
    return colours[-1] if scheme == "dark" else colours[0]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_contrast(ink: str, ground: str, least: float, scheme: str) -> None:
    assert contrast(token(ink, scheme), token(ground, scheme)) >= least


def test_every_used_token_is_defined() -> None:
    css = "".join(path.read_text() for path in CSS)
    used, defined = set(re.findall(r"var\((--[\w-]+)", css)), set(re.findall(r"(--[\w-]+):", css))
    assert used - defined == set()


@pytest.mark.parametrize(
    "path", [path for path in CSS if path.name != "tokens.css"], ids=lambda path: path.name
)
def test_colours_come_from_tokens(path: Path) -> None:
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[;, )])|rgba?\(|hsla?\(", path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"\sstyle=|\son[a-z]+=|hx-on|<style|<script(?![^>]*\ssrc=)", text) == []

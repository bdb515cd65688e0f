"""The look's own rules: WCAG 2.2 AA contrast of each token pair, colours and sizes from tokens, nothing inline."""

import re
from pathlib import Path

import pytest
from PIL import ImageColor

ROOT = Path(__file__).resolve().parent.parent
CSS = sorted((ROOT / "static" / "css").glob("*.css"))
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
TEMPLATES = sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "claims360_link").rglob("*.html")])
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
CODE = [
    path
    for app in ("planmanager", "claims360_link", "dossiers", "repairers")
    for path in (ROOT / app).rglob("*.py")
]

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


RULES = {
    path.name: path.read_text().split("@layer base {")[-1] for path in CSS
}  # after the tokens themselves
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CONDITION = re.compile(r"@(?:media|container|supports)[^{]*")
VALUE = re.compile(r"(?<![\w-])[a-z-]+:\s*([^;{}]+);")
RAW_COLOUR = re.compile(
    r"#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color-mix|light-dark)\(", re.IGNORECASE
)
RAW_SIZE = re.compile(r"(?<![\w.-])[\d.]+(?:px|r?em|r?lh|ch|ex|pt|pc|cm|mm|in|ms|s)\b")
WIDTH = re.compile(r"width: ([\d.]+)em")
LAYOUTS = {34, 40, 56, 62, 75}  # em, the widths at which a page changes its layout


def values(css: str) -> list[str]:
    """What the declarations of `css` say, without comments and conditions."""
    return VALUE.findall(CONDITION.sub("", COMMENT.sub("", css)))


def raw(css: str) -> list[str]:
    """The colours and sizes of `css` that come from no token."""
    found = []
    for value in values(css):
        named = [word for word in re.findall(r"[a-z]+", value) if word in ImageColor.colormap]
        found += RAW_COLOUR.findall(value) + RAW_SIZE.findall(value) + named
    return found


@pytest.mark.parametrize("name", RULES)
def test_colours_and_sizes_come_from_tokens(name: str) -> None:
    assert raw(RULES[name]) == []


@pytest.mark.parametrize(
    "value", ["#fff", "rgb(1 2 3)", "0 0 3px var(--line)", "red", "1.5rem", "120ms", ".5em"]
)
def test_what_comes_from_no_token_is_found(value: str) -> None:
    assert raw(f".a {{ margin: var(--s1); border: {value}; }}") != []
    assert (
        raw(".a { margin: calc(-1 * var(--s1)) auto; inset: 0 50%; flex: 1 1 var(--col); height: 90vh; }")
        == []
    )


@pytest.mark.parametrize("name", RULES)
def test_layouts_change_at_few_widths(name: str) -> None:
    assert {int(float(width)) for width in WIDTH.findall(RULES[name])} <= LAYOUTS


INLINE = r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|hx-on|<style|<script(?![^>]*\ssrc=)"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline(path: Path) -> None:
    allowed = ["<style"] if path.name == "mail.html" else []  # who reads a mail fetches no style sheet
    assert re.findall(INLINE, path.read_text()) == allowed


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_sets_a_style(path: Path) -> None:
    assert re.findall(rf"\.style\b|cssText|{INLINE}", path.read_text()) == []


def test_no_code_writes_anything_inline() -> None:
    assert [
        path
        for path in CODE
        if re.findall(r"<[a-z]+[^>]*\s(?:style|on[a-z]+)=|<style|<script", path.read_text())
    ] == []

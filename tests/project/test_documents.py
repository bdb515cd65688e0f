"""What the documents point to is there: files, and headings within them; and one version is told everywhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from planmanager import __version__

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/**/*.md")])
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def links(document: Path) -> Iterator[str]:
    """Where `document` leads to within the project."""
    for target in LINK.findall(FENCED.sub("", document.read_text())):
        if "://" not in target and not target.startswith("mailto:"):
            yield target


def headings(document: Path) -> set[str]:
    """The anchors of its headings, as they are made of their words."""
    told = re.findall(r"^#+ (.+)$", FENCED.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).strip().replace(" ", "-") for one in told}


def leads_nowhere(document: Path, target: str) -> bool:
    path, _, heading = target.partition("#")
    there = document.parent / path if path else document
    return not there.exists() or bool(heading and heading not in headings(there))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    assert [target for target in links(document) if leads_nowhere(document, target)] == []


def named(document: Path) -> set[str]:
    """The files of the project that its text names."""
    return set(
        re.findall(r"`([\w./-]+/[\w.-]+\.(?:css|js|md|py|toml|yml))`", FENCED.sub("", document.read_text()))
    )


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document: Path) -> None:
    """From the top, or from the app that the document speaks of."""
    tops = [ROOT, *(ROOT / app for app in ("claims360_link", "dossiers", "planmanager", "repairers"))]
    assert [name for name in named(document) if not any((top / name).exists() for top in tops)] == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path: Path) -> None:
    here = tmp_path / "here.md"
    here.write_text(
        "# What it is\n[a](#what-it-is) [b](#what-it-was) [c](there.md)\n```\n[d](code.md)\n```\n"
    )
    assert [target for target in links(here) if leads_nowhere(here, target)] == ["#what-it-was", "there.md"]


def test_no_picture_is_left_over() -> None:
    shown = {(document.parent / target).resolve() for document in DOCUMENTS for target in links(document)}
    assert set((ROOT / "docs" / "screenshots").iterdir()) - shown == set()


def test_the_pictures_are_light() -> None:
    """Who clones the project fetches them all."""
    assert sum(path.stat().st_size for path in (ROOT / "docs" / "screenshots").iterdir()) < 3_000_000


def test_one_version_is_told() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == __version__


def test_the_changelog_knows_what_is_to_come() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text()

"""docs/security.md names what there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/security.md").read_text()
NAMED = re.compile(
    r"`((?:tests|planmanager|repairers|dossiers|claims360_link)/[\w/]+\.py)`(?: \(((?:`test_\w+`(?:, )?)+)\))?"
)


@pytest.mark.parametrize(("path", "tests"), sorted(set(NAMED.findall(TEXT))))
def test_it_is_there(path: str, tests: str) -> None:
    code = (ROOT / path).read_text()
    assert [name for name in re.findall(r"test_\w+", tests) if f"def {name}(" not in code] == []


def test_enough_was_found() -> None:
    assert len(NAMED.findall(TEXT)) > 50

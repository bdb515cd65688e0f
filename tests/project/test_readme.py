"""The README names every setting, and no other; what it points to is there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_every_setting_has_its_row() -> None:
    read = re.findall(r'\benv\.\w+\(\s*"([A-Z0-9_]+)"', (ROOT / "planmanager/settings.py").read_text())
    told = re.findall(r"^\| `([A-Z0-9_]+)` \|", README, re.MULTILINE)
    assert sorted(told) == sorted(set(read))


def test_every_command_has_its_row() -> None:
    there = {path.stem for path in ROOT.glob("*/management/commands/[a-z]*.py")}
    told = set(re.findall(r"^\| `manage\.py (\w+)", README, re.MULTILINE))
    assert told == there

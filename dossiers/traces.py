"""What a record that could not be taken over may be looked for by: the numbers, plates and VINs in it. Pure."""

from collections.abc import Iterator
from typing import Any

from dossiers.normalise import key

NAMES = frozenset({"number", "claim_number", "plate", "vin"})
LENGTH = 255
DEEPEST = 8


def traces(raw: Any) -> str:
    """The keys of all that is named so in `raw` (JSON), each once, a space between; cut at LENGTH characters."""
    return " ".join(dict.fromkeys(filter(None, map(key, _texts(raw)))))[:LENGTH]


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Those of an object before those of what is in it: of a mission its number, then its plate."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        yield from (text for name, text in value.items() if name in NAMES and isinstance(text, str))
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner, depth + 1)

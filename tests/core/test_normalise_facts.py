"""Keys that are compared, and facts that go through JSON and back."""

import datetime as dt
from decimal import Decimal

import pytest

from dossiers import facts
from dossiers.normalise import fold, key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-abc-234", "1ABC234"),
        (" 1 ABC 234 ", "1ABC234"),
        ("2026/C00001", "2026C00001"),
        ("é-ß", "ESS"),
        ("--", ""),
    ],
)
def test_key(text: str, expected: str) -> None:
    assert key(text) == expected


def test_fold() -> None:
    assert fold(" Škoda ") == "skoda"


def test_facts_survive_json() -> None:
    known = {
        "plate": "1-ABC-234",
        "mileage": 0,
        "occurred_on": dt.date(2026, 3, 1),
        "inspection_at": dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
        "deductible": Decimal("250.500000"),
        "damage_zones": ["front"],
        "vin": None,
    }
    assert facts.from_json(facts.to_json(known)) == known
    assert facts.from_json({"no_fact": 1}) == {}

"""Which lines of a quote came, went or changed, and by how much."""

from decimal import Decimal
from typing import Any

import pytest

from dossiers.quote_diff import Kind, compare, decimal_of, diff
from tests.dossiers.factories import line

BUMPER = line("Bumper front", "412.50", code="7P5 807 217", quantity="1")
PAINT = line("Paint bonnet", "180.00", kind="paint")
CLIP = line("Clip", "2.10", code="N 90 833")


def kinds(old: list[Any], new: list[Any]) -> list[tuple[str, str, Decimal]]:
    return [(change.kind.value, change.line["description"], change.difference) for change in diff(old, new)]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param([BUMPER, PAINT], [PAINT, BUMPER], [], id="the order says nothing"),
        pytest.param([BUMPER], [BUMPER, PAINT], [("added", "Paint bonnet", Decimal("180.00"))], id="came"),
        pytest.param([BUMPER, PAINT], [BUMPER], [("removed", "Paint bonnet", Decimal("-180.00"))], id="went"),
        pytest.param(
            [BUMPER],
            [{**BUMPER, "amount": "412.51"}],
            [("changed", "Bumper front", Decimal("0.01"))],
            id="a cent",
        ),
        pytest.param(
            [BUMPER],
            [{**BUMPER, "description": "Front bumper"}],
            [("changed", "Front bumper", Decimal("0.00"))],
            id="same code, other words",
        ),
        pytest.param([BUMPER], [{**BUMPER, "code": "7p5807217", "quantity": "1.00"}], [], id="same part"),
        pytest.param(
            [PAINT], [{**PAINT, "description": "PAINT BONNET "}], [("changed", "PAINT BONNET ", Decimal(0))]
        ),
        pytest.param([CLIP], [CLIP, CLIP], [("added", "Clip", Decimal("2.10"))], id="the same part twice"),
        pytest.param([CLIP, CLIP], [CLIP], [("removed", "Clip", Decimal("-2.10"))], id="once less"),
        pytest.param(
            [line("Bonnet", "80.00", kind="paint")],
            [line("Bonnet", "80.00", kind="labour")],
            [("added", "Bonnet", Decimal("80.00")), ("removed", "Bonnet", Decimal("-80.00"))],
            id="another kind is another line",
        ),
    ],
)
def test_changes(old: list[Any], new: list[Any], changes: list[Any]) -> None:
    assert kinds(old, new) == changes


def test_every_line_stands_in_the_order_of_the_new_version_and_those_that_went_last() -> None:
    rows = compare([CLIP, BUMPER], [PAINT, BUMPER])
    assert [(row.kind, row.line["description"]) for row in rows] == [
        (Kind.ADDED, "Paint bonnet"),
        (Kind.SAME, "Bumper front"),
        (Kind.REMOVED, "Clip"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.30", Decimal("12.30")),
        (None, None),
        ("", None),
        ("a lot", None),
        ("NaN", None),
        ("Infinity", None),
    ],
)
def test_amounts_are_decimals_as_sent(text: str | None, value: Decimal | None) -> None:
    assert decimal_of(text) == value

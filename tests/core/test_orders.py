"""Order lines follow the approved quote's parts, and never reset or double what was ordered."""

from typing import Any

import pytest

from dossiers.models import Event, OrderLine
from dossiers.orders import set_state
from repairers.models import Repairer, User
from tests.core.records import mission, options, part, quote, take_in


@pytest.fixture
def taking(repairer: Repairer) -> Repairer:
    options(INFORMEX_QUEING="off")
    take_in(repairer, mission(1))
    return repairer


def approved(repairer: Repairer, version: int, *lines: dict[str, Any], **more: Any) -> None:
    take_in(repairer, quote(version, status="approved", lines=list(lines), **more))


def lines() -> list[tuple[str, str, str, bool]]:
    rows = OrderLine.objects.order_by("supplement", "part_key", "occurrence", "pk")
    return list(rows.values_list("part_key", "quantity", "state", "in_quote"))


def test_only_parts_and_only_of_approved_quotes(taking: Repairer) -> None:
    labour = {"kind": "labour", "description": "Paint", "amount": "50.00"}
    take_in(taking, quote(1, lines=[part("Bumper", "B 1")]))
    assert lines() == []
    approved(taking, 2, part("Bumper", "B 1"), part("Clip"), labour)
    assert lines() == [("B1", "1.00", "to_order", True), ("CLIP", "1.00", "to_order", True)]


def test_a_new_approved_version_adds_and_marks_and_resets_nothing(taking: Repairer, staff: User) -> None:
    approved(taking, 1, part("Bumper", "B1"), part("Lamp", "L1"))
    set_state(list(OrderLine.objects.values_list("pk", flat=True)), "ordered", staff)
    approved(taking, 2, part("Mirror", "M1"), part("Front bumper", "b-1", quantity="2.00"))
    assert lines() == [
        ("B1", "2.00", "ordered", True),
        ("L1", "1.00", "ordered", False),
        ("M1", "1.00", "to_order", True),
    ]
    approved(taking, 3, part("Lamp", "L1"), part("Mirror", "M1"), part("Bumper", "B1"))
    assert lines() == [
        ("B1", "1.00", "ordered", True),
        ("L1", "1.00", "ordered", True),
        ("M1", "1.00", "to_order", True),
    ]


def test_the_position_does_not_count(taking: Repairer) -> None:
    approved(taking, 1, part("Bumper", "B1"), part("Lamp", "L1"))
    before = list(OrderLine.objects.order_by("pk").values_list("pk", "part_key"))
    approved(taking, 2, part("Lamp", "L1"), part("Bumper", "B1"))
    assert list(OrderLine.objects.order_by("pk").values_list("pk", "part_key")) == before


def test_the_same_part_twice(taking: Repairer) -> None:
    approved(taking, 1, part("Clip", "C1"), part("Clip", "C1"))
    approved(taking, 2, part("Clip", "C1"), part("Clip", "C1"))
    assert lines() == [("C1", "1.00", "to_order", True)] * 2
    approved(taking, 3, part("Clip", "C1"))
    assert [row[3] for row in lines()] == [True, False]


def test_supplements_are_apart(taking: Repairer) -> None:
    approved(taking, 1, part("Bumper", "B1"))
    approved(taking, 2, part("Bumper", "B1"), supplement=1)
    assert [row[3] for row in lines()] == [False, True]


def test_a_version_that_is_not_approved_changes_no_order(taking: Repairer) -> None:
    approved(taking, 1, part("Bumper", "B1"))
    take_in(taking, quote(2, status="submitted", lines=[part("Lamp", "L1")]))
    assert lines() == [("B1", "1.00", "to_order", True)]


def test_an_older_approved_version_that_comes_late(taking: Repairer) -> None:
    approved(taking, 2, part("Lamp", "L1"))
    approved(taking, 1, part("Bumper", "B1"))
    assert lines() == [("L1", "1.00", "to_order", True)]


def test_repeated(taking: Repairer) -> None:
    approved(taking, 1, part("Bumper", "B1"))
    approved(taking, 1, part("Bumper", "B1"))
    assert len(lines()) == 1


def test_setting_states_is_in_the_history(taking: Repairer, staff: User) -> None:
    approved(taking, 1, part("Bumper", "B1"), part("Lamp", "L1"))
    ids = list(OrderLine.objects.values_list("pk", flat=True))
    assert set_state(ids, "received", staff) == 2
    assert set_state(ids, "received", staff) == 0
    row = Event.objects.get(verb="order-state")
    assert (row.actor, row.args["state"], sorted(row.args["parts"])) == (
        staff,
        "received",
        ["Bumper", "Lamp"],
    )
    with pytest.raises(ValueError, match="lost"):
        set_state(ids, "lost", staff)

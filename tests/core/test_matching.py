"""Which dossier a mission belongs to: one certain one, or a person chooses. Cases without a database."""

from typing import Any

import pytest

from dossiers.intake.matching import Book, Known, match
from dossiers.models import Dossier, Mission
from dossiers.normalise import key


def mission(plate: str = "1-ABC-234", claim: str = "C1", external_id: str = "m1") -> Mission:
    return Mission(external_id=external_id, plate_key=key(plate), claim_key=key(claim))


def known(pk: int, plate: str = "", claim: str = "", **more: Any) -> Known:
    dossier = Dossier(pk=pk, plate=plate, claim_number=claim)
    dossier.set_keys()
    return Known(dossier, **more)


@pytest.mark.parametrize(
    ("dossiers", "found", "doubt", "possible"),
    [
        pytest.param([], None, "", [], id="none"),
        pytest.param([known(1, "9-XXX-999", "C9")], None, "", [], id="another car"),
        pytest.param([known(1, claim="c 1")], 1, "", [1], id="claim"),
        pytest.param([known(1, "1abc234", "C-1")], 1, "", [1], id="claim and plate"),
        pytest.param([known(1, "1abc234")], 1, "", [1], id="plate"),
        pytest.param([known(1, "1abc234", "C2")], None, "", [1], id="plate, another claim: other business"),
        pytest.param(
            [known(1, "1abc234", mission_ids=frozenset({"m0"}))], None, "", [1], id="plate, another mission"
        ),
        pytest.param([known(1, "1abc234", mission_ids=frozenset({"m1"}))], 1, "", [1], id="plate, itself"),
        pytest.param([known(1, "9-XXX-999", "C1")], None, "contradiction", [1], id="claim, another plate"),
        pytest.param(
            [known(1, "", "C1", opened_id="m0")],
            None,
            "contradiction",
            [1],
            id="claim, opened as another file",
        ),
        pytest.param(
            [known(1, claim="C1"), known(2, claim="C1")], None, "several-dossiers", [1, 2], id="two claims"
        ),
        pytest.param(
            [known(1, "1abc234"), known(2, "1abc234")], None, "several-dossiers", [1, 2], id="two plates"
        ),
        pytest.param(
            [known(1, claim="C1"), known(2, "1abc234")], None, "contradiction", [1, 2], id="two steps differ"
        ),
        pytest.param(
            [known(1, claim="C1"), known(2, "1abc234", "C2")],
            1,
            "",
            [1, 2],
            id="claim; the car's other business",
        ),
        pytest.param([known(1, "9-XXX-999", "C9", opened_id="m1")], 1, "", [1], id="the i's own id"),
        pytest.param(
            [known(1, opened_id="m1"), known(2, "1abc234", "C1")],
            1,
            "",
            [1, 2],
            id="the i's own id goes first",
        ),
        pytest.param(
            [known(1, "1abc234", opening_unanswered=True)],
            None,
            "opening-unanswered",
            [1],
            id="opening unanswered",
        ),
        pytest.param(
            [known(1, "1abc234", "C2", opening_unanswered=True), known(2, claim="C1")],
            None,
            "opening-unanswered",
            [1],
            id="opening unanswered, whatever else fits",
        ),
        pytest.param(
            [known(1, "1abc234", opening_unanswered=True), known(2, opened_id="m1")],
            2,
            "",
            [1, 2],
            id="it is answered",
        ),
    ],
)
def test_match(dossiers: list[Known], found: int | None, doubt: str, possible: list[int]) -> None:
    outcome = match(mission(), Book(dossiers))
    assert (outcome.dossier.pk if outcome.dossier else None, outcome.doubt) == (found, doubt)
    assert sorted(one.pk for one in outcome.possible) == possible


def test_a_mission_without_numbers_matches_nothing() -> None:
    empty = known(1)
    assert match(mission(plate="", claim=""), Book([empty])).dossier is None


def test_without_a_claim_a_dossier_with_one_is_not_taken_by_plate() -> None:
    assert match(mission(claim=""), Book([known(1, "1abc234", "C2")])).dossier is None

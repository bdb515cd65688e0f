"""Local edits win: every branch as a case, and what must hold whatever comes in whatever order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers import facts
from dossiers.intake.merge import merge, offers

EMPTY = {name: facts.empty(name) for name in facts.NAMES}


@pytest.mark.parametrize(
    ("own", "applied", "theirs", "change", "applied_then"),
    [
        pytest.param("", None, "Audi", "Audi", "Audi", id="empty: filled"),
        pytest.param("Audi", "Audi", "BMW", "BMW", "BMW", id="untouched: follows"),
        pytest.param("Opel", "Audi", "BMW", None, "Audi", id="edited: stays"),
        pytest.param("Opel", None, "BMW", None, None, id="never applied: stays"),
        pytest.param("BMW", None, "BMW", None, "BMW", id="the same: adopted"),
        pytest.param("BMW", "Audi", "BMW", None, "BMW", id="edited to the same: adopted"),
        pytest.param("", "Audi", "Audi", None, "Audi", id="emptied here: stays empty"),
        pytest.param("", "Audi", "BMW", None, "Audi", id="emptied here, then newer: stays empty"),
        pytest.param("Audi", "Audi", None, "", None, id="null clears what the link filled"),
        pytest.param("Opel", "Audi", None, None, None, id="null leaves an edit"),
        pytest.param("Opel", None, None, None, None, id="null leaves what the link never filled"),
        pytest.param("Audi", "Audi", "", "", None, id="an empty text is a null"),
    ],
)
def test_one_fact(
    own: str, applied: str | None, theirs: Any, change: str | None, applied_then: str | None
) -> None:
    before = {} if applied is None else {"make": applied}
    outcome = merge({**EMPTY, "make": own}, before, {"make": theirs})
    assert outcome.changes == ({} if change is None else {"make": change})
    assert outcome.applied == ({} if applied_then is None else {"make": applied_then})


def test_an_absent_fact_says_nothing() -> None:
    outcome = merge({**EMPTY, "make": "Audi"}, {"make": "Audi"}, {})
    assert (outcome.changes, outcome.applied) == ({}, {"make": "Audi"})


def test_zero_is_a_value() -> None:
    assert merge(EMPTY, {}, {"mileage": 0}).changes == {"mileage": 0}
    assert merge({**EMPTY, "mileage": 0}, {}, {"mileage": 5}).changes == {}


def test_cleared_facts_are_as_empty_as_their_columns() -> None:
    own = {**EMPTY, "mileage": 5, "damage_zones": ["front"], "make": "Audi"}
    applied = {name: own[name] for name in ("mileage", "damage_zones", "make")}
    assert merge(own, applied, dict.fromkeys(applied)).changes == {
        "mileage": None,
        "damage_zones": [],
        "make": "",
    }


@pytest.mark.parametrize(
    ("own", "applied", "theirs", "offered"),
    [
        ("Opel", None, "BMW", True),
        ("Opel", "Audi", "BMW", True),
        ("", "Audi", "BMW", True),
        ("Opel", "BMW", "BMW", False),
        ("BMW", None, "BMW", False),
        ("Opel", None, None, False),
        ("Opel", None, "", False),
    ],
)
def test_offers(own: str, applied: str | None, theirs: str | None, offered: bool) -> None:
    before = {} if applied is None else {"make": applied}
    assert offers({**EMPTY, "make": own}, before, {"make": theirs}) == (
        {"make": (own, theirs)} if offered else {}
    )


values = st.sampled_from(["Audi", "BMW", "Opel", "", None])
theirs = st.fixed_dictionaries({}, optional={"make": values, "model": values, "plate": values})


@given(own=st.sampled_from(["", "Audi", "Fiat"]), received=st.lists(theirs, max_size=6))
def test_applying_twice_changes_nothing(own: str, received: list[dict[str, Any]]) -> None:
    dossier, applied = {**EMPTY, "make": own}, {}
    for known in received:
        first = merge(dossier, applied, known)
        dossier, applied = {**dossier, **first.changes}, first.applied
        again = merge(dossier, applied, known)
        assert (again.changes, again.applied) == ({}, applied)


@given(before=st.lists(theirs, max_size=4), after=st.lists(theirs, max_size=6))
def test_a_local_edit_survives_any_sequence(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    dossier, applied = dict(EMPTY), {}
    for known in before:
        outcome = merge(dossier, applied, known)
        dossier, applied = {**dossier, **outcome.changes}, outcome.applied
    dossier["make"] = "by hand"
    for known in after:
        outcome = merge(dossier, applied, known)
        dossier, applied = {**dossier, **outcome.changes}, outcome.applied
        assert dossier["make"] == "by hand"
        if known.get("make"):
            assert outcome.applied.get("make") != known["make"] or "make" not in offers(
                dossier, applied, known
            )


@given(received=st.lists(theirs, max_size=6))
def test_without_edits_a_dossier_has_what_was_last_said(received: list[dict[str, Any]]) -> None:
    dossier, applied = dict(EMPTY), {}
    for known in received:
        outcome = merge(dossier, applied, known)
        dossier, applied = {**dossier, **outcome.changes}, outcome.applied
    said: dict[str, Any] = {}
    for known in received:
        said.update(known)
    assert {name: dossier[name] for name in said} == {name: value or "" for name, value in said.items()}

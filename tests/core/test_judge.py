"""State, queueing and rule: what becomes of a mission and of a quote version."""

from typing import Any

import pytest

from dossiers.intake.judge import judge_mission, judge_quote
from dossiers.intake.rules import Queueing, parse_rules
from dossiers.models import Mission, Quote

OFF, MISSIONS, QUOTES, ALL = Queueing.OFF, Queueing.MISSIONS, Queueing.QUOTES, Queueing.ALL
FACTS = {"make": "Audi"}
NO_AUDI = "make = audi"


def mission(state: str, status: str = "accepted", **more: Any) -> Mission:
    values = {"version": 1, "facts": FACTS, "reason": "before", **more}
    return Mission(state=state, status=status, **values)


@pytest.mark.parametrize(
    ("held", "queueing", "rules", "state", "reason", "opens"),
    [
        (mission("incomplete"), MISSIONS, "", "waiting", "queueing", False),
        (mission("incomplete"), ALL, "", "waiting", "queueing", False),
        (mission("incomplete"), OFF, "", "waiting", "queueing", True),
        (mission("incomplete"), QUOTES, "", "waiting", "queueing", True),
        (mission("incomplete"), OFF, NO_AUDI, "excluded", "excluded-by-rule", False),
        (mission("incomplete"), MISSIONS, "make = bmw", "waiting", "queueing", False),
        (mission("incomplete", "closed"), OFF, "", "archived", "first-seen-closed", False),
        (mission("incomplete", "cancelled"), OFF, NO_AUDI, "archived", "first-seen-cancelled", False),
        (mission("incomplete", "", facts={}), OFF, "", "incomplete", "shell", False),
        (mission("incomplete", "", facts={}, version=0), OFF, "", "incomplete", "placeholder", False),
        (mission("waiting", "", facts={}), OFF, "", "waiting", "before", False),
        (mission("waiting", reason="incomplete-for-long"), MISSIONS, "", "waiting", "queueing", False),
        (mission("waiting"), MISSIONS, "", "waiting", "before", False),
        (mission("waiting"), OFF, "", "waiting", "before", False),
        (mission("waiting"), MISSIONS, NO_AUDI, "excluded", "excluded-by-rule", False),
        (mission("waiting", "cancelled"), MISSIONS, "", "archived", "cancelled-while-waiting", False),
        (mission("waiting", "closed"), MISSIONS, "", "waiting", "before", False),
        (mission("waiting", decided_by_id=1), MISSIONS, NO_AUDI, "waiting", "before", False),
        (mission("waiting", "cancelled", decided_by_id=1), MISSIONS, "", "archived", "cancelled-while-waiting", False),
        (mission("excluded"), OFF, "", "waiting", "no-longer-excluded", False),
        (mission("excluded"), OFF, NO_AUDI, "excluded", "excluded-by-rule", False),
        (mission("excluded", "cancelled"), OFF, NO_AUDI, "archived", "cancelled-while-waiting", False),
        (mission("archived"), OFF, "", "waiting", "open-again", False),
        (mission("archived"), OFF, NO_AUDI, "excluded", "excluded-by-rule", False),
        (mission("archived", "cancelled", reason="any"), OFF, "", "archived", "any", False),
        (mission("archived", "closed", reason="first-seen-closed"), OFF, "", "archived", "first-seen-closed", False),
        (mission("dossier"), MISSIONS, NO_AUDI, "dossier", "before", False),
        (mission("dossier", "cancelled"), MISSIONS, "", "dossier", "before", False),
        (mission("denied"), OFF, NO_AUDI, "denied", "before", False),
        (mission("withdrawn"), OFF, "", "withdrawn", "before", False),
    ],
)  # fmt: skip
def test_mission(held: Mission, queueing: Queueing, rules: str, state: str, reason: str, opens: bool) -> None:
    verdict = judge_mission(held, queueing, parse_rules(rules), "Carrosserie")
    assert (verdict.state, verdict.reason, verdict.opens) == (state, reason, opens)


def test_an_exclusion_names_its_rule() -> None:
    verdict = judge_mission(mission("incomplete"), OFF, parse_rules("make = bmw\nmake = a*"), "Carrosserie")
    assert verdict.args == {"rule": "make = a*"}


def quote(state: str, *, of: str = "dossier", status: str = "submitted", **more: Any) -> Quote:
    values = {"version": 2, "reason": "before", **more}
    return Quote(mission=mission(of), state=state, status=status, **values)


@pytest.mark.parametrize(
    ("held", "queueing", "rules", "state", "reason"),
    [
        (quote("follows", of="waiting"), OFF, "", "follows", ""),
        (quote("follows", of="withdrawn"), ALL, "", "follows", ""),
        (quote("dossier", of="denied"), OFF, "", "follows", ""),
        (quote("follows"), OFF, "", "dossier", ""),
        (quote("follows"), MISSIONS, "", "dossier", ""),
        (quote("follows"), QUOTES, "", "waiting", "queueing"),
        (quote("follows"), ALL, "", "waiting", "queueing"),
        (quote("dossier", accepted_version=1), MISSIONS, "", "dossier", ""),
        (quote("dossier", accepted_version=1), QUOTES, "", "waiting", "queueing"),
        (quote("dossier", accepted_version=2), QUOTES, "", "dossier", "before"),
        (quote("denied"), MISSIONS, "", "denied", "before"),
        (quote("denied"), QUOTES, "", "waiting", "queueing"),
        (quote("waiting"), OFF, "", "waiting", "before"),
        (quote("withdrawn"), ALL, "", "withdrawn", "before"),
        (quote("follows"), OFF, "kind = quote", "excluded", "excluded-by-rule"),
        (quote("follows"), ALL, "kind = quote and make = audi", "excluded", "excluded-by-rule"),
        (quote("follows"), OFF, "status = submitted", "excluded", "excluded-by-rule"),
        (quote("follows"), OFF, "status = accepted", "dossier", ""),
        (quote("follows"), OFF, NO_AUDI, "dossier", ""),
        (quote("dossier", accepted_version=1), OFF, "kind = quote", "dossier", ""),
        (quote("excluded"), OFF, "kind = quote", "excluded", "excluded-by-rule"),
        (quote("excluded"), OFF, "", "waiting", "no-longer-excluded"),
    ],
)
def test_quote(held: Quote, queueing: Queueing, rules: str, state: str, reason: str) -> None:
    verdict = judge_quote(held, queueing, parse_rules(rules), "Carrosserie")
    assert (verdict.state, verdict.reason) == (state, reason)

"""INFORMEX_QUEING and INFORMEX_EXCLUDES: what a line means, what it fits, and what a wrong one is told."""

import pytest

from dossiers.intake.rules import Queueing, RuleError, Subject, excluded_by, parse_rules

MISSION = Subject(
    kind="mission",
    task_code="EXP",
    status="accepted",
    insurer_code="ETH01",
    insurer_name="Ethias Assurances",
    expert="Bureau Lefèvre & fils",
    make="Škoda",
    plate="1-ABC-234",
    owner="De Smet and Sons",
    repairer="Carrosserie Démo",
    smart_expertise=True,
)


@pytest.mark.parametrize(
    "line",
    [
        "kind = mission",
        "kind = m*",
        "task_code = exp",
        "task code = EXP",
        "TASK_CODE=exp",
        "status = accepted",
        "insurer = eth01",
        "insurer = ethias*",
        "insurer = *assur*",
        "expert = bureau lefevre*",
        "expert = BUREAU LEFÈVRE & FILS",
        "make = skoda",
        "make = ŠKODA",
        "make = sk?da",
        "plate = 1-ABC-234",
        "plate = 1abc234",
        "plate = 1 abc 234",
        "plate = 1-abc-*",
        "plate = 1ABC???",
        'plate = "1ABC234"',
        'owner = "De Smet and Sons"',
        "owner = de smet*",
        "repairer = carrosserie demo",
        "smart_expertise = oui",
        "smart expertise = JA",
        "smart_expertise = 1",
        "smart_expertise = yes",
        "make = skoda and insurer = eth*",
        "make = skoda AND insurer = eth* and kind = mission",
        'owner = "De Smet and Sons" and make = skoda',
    ],
)
def test_fits(line: str) -> None:
    rules = parse_rules(line)
    found = excluded_by(MISSION, rules)
    assert found is not None and found.text == line


@pytest.mark.parametrize(
    "line",
    [
        "kind = quote",
        "task_code = ex",
        "make = skod",
        "make = sk?",
        "make = koda",
        'make = "sk*"',
        "make = sk[o]da",
        "make = [s]koda",
        "plate = 1-ABC-235",
        "plate = 1-ABC-2345",
        'plate = "1ABC*"',
        "smart_expertise = non",
        "smart_expertise = 0",
        "make = skoda and insurer = axa",
        "insurer = ethias",
    ],
)
def test_does_not_fit(line: str) -> None:
    assert excluded_by(MISSION, parse_rules(line)) is None


def test_brackets_mean_themselves() -> None:
    rules = parse_rules("owner = [[]x] *")
    assert excluded_by(Subject("mission", owner="[[]x] of us"), rules)
    assert not excluded_by(Subject("mission", owner="[x] of us"), rules)


def test_the_first_rule_that_fits_is_named() -> None:
    rules = parse_rules("make = audi\nmake = s*\nmake = skoda")
    found = excluded_by(MISSION, rules)
    assert found is not None and found.text == "make = s*"


def test_empty_lines_and_remarks_say_nothing() -> None:
    assert parse_rules("\n   \n# make = skoda\n") == ()


@pytest.mark.parametrize(
    ("text", "line_number", "code", "detail"),
    [
        ("make", 1, "rule-form", "make"),
        ("make = a\n\nno rule", 3, "rule-form", "no rule"),
        ('owner = "half', 1, "rule-form", 'owner = "half'),
        ("colour = red", 1, "rule-field", "colour"),
        ("# remark\ncolour = red", 2, "rule-field", "colour"),
        ("make =", 1, "rule-empty", "make"),
        ('make = ""', 1, "rule-empty", "make"),
        ("plate = --", 1, "rule-empty", "plate"),
        ("kind = photo", 1, "rule-kind", ""),
        ("smart_expertise = maybe", 1, "rule-yes-no", "maybe"),
        ("make = a and", 1, "rule-form", None),
        ("make = a and colour = b", 1, "rule-field", "colour"),
        ("= a", 1, "rule-form", "= a"),
    ],
)
def test_a_wrong_line_is_named(text: str, line_number: int, code: str, detail: str | None) -> None:
    with pytest.raises(RuleError) as refused:
        parse_rules(text)
    assert (refused.value.line_number, refused.value.code) == (line_number, code)
    assert detail in (None, "") or refused.value.detail == detail


@pytest.mark.parametrize(
    ("queueing", "missions", "quotes"),
    [
        (Queueing.OFF, False, False),
        (Queueing.MISSIONS, True, False),
        (Queueing.QUOTES, False, True),
        (Queueing.ALL, True, True),
    ],
)
def test_what_waits(queueing: Queueing, missions: bool, quotes: bool) -> None:
    assert (queueing.missions_wait, queueing.quotes_wait) == (missions, quotes)

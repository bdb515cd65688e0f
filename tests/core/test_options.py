"""The options as they are read, and as the helpdesk may write them."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from dossiers.intake.rules import Queueing, RuleError
from dossiers.options import (
    ExcludesField,
    QueueingField,
    claims360_enabled,
    options_from,
    read_options,
    read_queueing,
)
from tests.core.records import options

DEFAULTS = {"CLAIMS360_ENABLED": False, "INFORMEX_QUEING": "missions", "INFORMEX_EXCLUDES": ""}


def test_defaults(db: None) -> None:
    read = read_options()
    assert (read.claims360_enabled, read.queueing, read.excludes) == (False, Queueing.MISSIONS, ())
    assert not claims360_enabled()


def test_read_in_one_statement(db: None, django_assert_num_queries: object) -> None:
    options(CLAIMS360_ENABLED=True, INFORMEX_QUEING="off", INFORMEX_EXCLUDES="make = audi")
    with django_assert_num_queries(1):  # type: ignore[operator]
        read = read_options()
    assert (read.claims360_enabled, read.queueing, [rule.text for rule in read.excludes]) == (
        True,
        Queueing.OFF,
        ["make = audi"],
    )


def test_the_digest_names_what_a_verdict_was_made_by() -> None:
    first = options_from(DEFAULTS).digest
    assert options_from({**DEFAULTS, "CLAIMS360_ENABLED": True}).digest == first
    assert options_from({**DEFAULTS, "INFORMEX_QUEING": "off"}).digest != first
    assert options_from({**DEFAULTS, "INFORMEX_EXCLUDES": "make = a"}).digest != first
    assert len(first) == 16


def test_a_stored_line_that_is_no_rule() -> None:
    with pytest.raises(RuleError):
        options_from({**DEFAULTS, "INFORMEX_EXCLUDES": "nonsense"})


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        ("off", "off"),
        ("ALL", "all"),
        (" quotes ", "quotes"),
        ("0", "off"),
        (0, "off"),
        ("1", "all"),
        (1, "all"),
        (True, "all"),
    ],
)
def test_queueing_as_it_was_once_written(stored: object, read: str) -> None:
    assert read_queueing(stored).value == read


@pytest.mark.parametrize("stored", ["", "2", "some", None])
def test_a_queueing_that_is_none(stored: object) -> None:
    with pytest.raises(ValueError, match="Queueing"):
        read_queueing(stored)


def test_the_fields_of_the_admin() -> None:
    assert QueueingField().clean("1") == "all"
    assert ExcludesField(required=False).clean("\r\nmake = audi\r\n") == "\nmake = audi"
    with translation.override("en"), pytest.raises(ValidationError) as refused:
        ExcludesField(required=False).clean("\nmake = audi\ncolour = red")
    assert refused.value.messages == ["Line 3: “colour” is no field that rules know"]
    with pytest.raises(ValidationError):
        QueueingField().clean("sometimes")

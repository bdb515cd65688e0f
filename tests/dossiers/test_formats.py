"""Values as people read them."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from dossiers import event_text, formats
from dossiers.models import Event

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("fr", "2202.20", "2 202,20 €"),
        ("fr", Decimal("1234567.899"), "1 234 567,90 €"),
        ("nl", "2202.2", "2.202,20 €"),
        ("en", "2202.20", "2,202.20 €"),
        ("fr", "-0.01", "-0,01 €"),
        ("fr", None, formats.NOTHING),
        ("fr", "", formats.NOTHING),
        ("fr", "à voir", "à voir"),
    ],
)
def test_amounts(language: str, amount: Any, text: str) -> None:
    with translation.override(language):
        shown = formats.euro(amount)
    assert shown.replace(NBSP, " ").replace("\N{NARROW NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("mileage", 0, "0 km"),
        ("mileage", None, formats.NOTHING),
        ("mileage", 84210, "84,210 km"),
        ("power_kw", 81, "81 kW"),
        ("vat_recoverable_pct", Decimal("50.000000"), "50 %"),
        ("deductible", Decimal("250.000000"), "250.00 €"),
        ("damage_zones", ["bonnet", "tow_bar"], "bonnet, tow_bar"),
        ("owner_language", "NL", "Dutch"),
        ("fuel", "LPG", "LPG"),
        ("fuel", "Super 98", "Super 98"),
        ("first_registered_on", dt.date(2019, 5, 4), "04/05/2019"),
        ("plate", "1-ABC-234", "1-ABC-234"),
    ],
)
def test_facts_have_their_unit(name: str, value: Any, text: str) -> None:
    with translation.override("en"):
        assert formats.fact(name, value).replace(NBSP, " ") == text


def test_a_fuel_is_told_in_the_language_of_its_reader() -> None:
    with translation.override("fr"):
        assert [formats.fact("fuel", code) for code in ("petrol", "Electric")] == ["essence", "électrique"]


@pytest.mark.parametrize(
    ("value", "text"),
    [("1.00", "1"), ("0.50", "0.5"), ("100", "100"), ("", formats.NOTHING), (None, formats.NOTHING)],
)
def test_quantities_without_idle_zeros(value: Any, text: str) -> None:
    with translation.override("en"):
        assert formats.number(value) == text


@pytest.mark.parametrize(
    ("language", "text"), [("fr", "Exclus : 3"), ("nl", "Exclus: 3"), ("en", "Exclus: 3")]
)
def test_a_colon_stands_as_the_language_writes_it(language: str, text: str) -> None:
    with translation.override(language):
        assert formats.labelled("Exclus", 3) == text


@pytest.mark.parametrize(
    ("language", "text"), [("fr", "84 210 km"), ("nl", "84.210 km"), ("en", "84,210 km")]
)
def test_the_history_writes_a_mileage_as_the_page_does(language: str, text: str) -> None:
    event = Event(verb="sending-asked", args={"plate": "1-ABC-234", "mileage": 84210, "photos": 2})
    with translation.override(language):
        told = (
            event_text.text(event)
            .replace("\N{NO-BREAK SPACE}", " ")
            .replace("\N{NARROW NO-BREAK SPACE}", " ")
        )
    assert text in told

"""Any version of a quote beside any other: by number, exact to the cent, on one page."""

import re
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Quote, QuoteVersion
from dossiers.quote_comparison import comparison
from repairers.models import Repairer
from tests.dossiers.factories import DossierFactory, QuoteFactory, QuoteVersionFactory, line, linked_mission

BUMPER = line("Bumper front", "412.10", code="7P5", quantity="1", unit_price="412.10")
CLIP = line("Clip", "0.30", quantity="3")
PAINT = line("Paint", "99.70", kind="paint", hours="1.5", hourly_rate="66.466667")
VERSIONS = {
    1: ([BUMPER, CLIP], {"net": "412.40", "vat": "86.60", "gross": "499.00"}),
    2: ([BUMPER], {"net": "412.10", "vat": "86.54", "gross": "498.64"}),
    3: ([{**BUMPER, "amount": "412.20"}, PAINT], {"net": "511.90", "vat": "107.50", "gross": "619.40"}),
}


@pytest.fixture
def quote(repairer: Repairer) -> Quote:
    quote = QuoteFactory(
        mission=linked_mission(DossierFactory(repairer=repairer)), version=3, number="2026/7-1"
    )
    for version, (lines, totals) in VERSIONS.items():
        QuoteVersionFactory(quote=quote, version=version, lines=lines, totals=totals)
    return quote


def url(quote: Quote) -> str:
    return f"/dossiers/{quote.mission.dossier_id}/quotes/{quote.pk}/compare/"


def rows(browser: Client, quote: Quote, **query: str) -> list[str]:
    """The words of each row of the table."""
    page = browser.get(url(quote), query).content.decode()
    return [
        " ".join(unescape(strip_tags(row.replace("<", " <"))).split())
        for row in re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    ]


def test_the_first_version_beside_the_newest(browser: Client, quote: Quote) -> None:
    """Which no other page compares: each is shown there beside the one before."""
    head, *shown = rows(browser, quote, **{"from": "1", "to": "3"})
    assert "v1 ·" in head and "v3 ·" in head
    assert shown == [
        "changed Bumper front part · 7P5 412.10 € 1 × 412.10 € 412.20 € 1 × 412.10 € +0.10 €",
        "new Paint paint – 99.70 € 1.5 h × 66.47 € +99.70 €",
        "gone Clip part 0.30 € 3 – -0.30 €",
        "Sum of the lines 412.40 € 511.90 € +99.50 €",
        "Total without VAT 412.40 € 511.90 € +99.50 €",
        "VAT 86.60 € 107.50 € +20.90 €",
        "Total with VAT 499.00 € 619.40 € +120.40 €",
    ]


def test_backwards_and_only_what_differs(browser: Client, quote: Quote) -> None:
    shown = rows(browser, quote, **{"from": "2", "to": "1", "only": "on"})[1:]
    assert shown[:2] == ["new Clip part – 0.30 € 3 +0.30 €", "Sum of the lines 412.10 € 412.40 € +0.30 €"]


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", (2, 3)),
        ("1", "", (1, 3)),
        ("", "2", (1, 2)),
        ("", "1", (1, 1)),
        ("9", "²", (2, 3)),
        ("2", "2", (2, 2)),
    ],
)
def test_what_names_no_version(quote: Quote, old: str, new: str, shown: tuple[int, int]) -> None:
    """The newest, and the one before what is compared."""
    found = comparison(list(quote.versions.order_by("version")), old, new)
    assert found is not None and (found.old.version, found.new.version) == shown


def test_the_page_says_why_there_is_nothing_to_compare(browser: Client, quote: Quote) -> None:
    def page() -> str:
        return browser.get(url(quote), {"from": "3", "to": "3"}).content.decode()

    assert "Both sides show the same version" in page()
    quote.versions.exclude(version=3).delete()
    assert "only one version so far" in page()
    quote.versions.all().delete()
    assert "No version of this quote was received yet" in page()


def test_two_currencies_have_no_difference() -> None:
    old, new = (QuoteVersion(currency=currency, totals={"gross": "10.00"}) for currency in ("EUR", "CHF"))
    assert comparison([old, new], "", "").is_one_currency is False  # type: ignore[union-attr]


def test_amounts_are_added_as_decimals() -> None:
    tenths = [line(f"Part {n}", "0.1") for n in range(3)]
    shown = comparison([QuoteVersion(lines=[]), QuoteVersion(lines=tenths)], "", "")
    assert shown is not None and shown.sum_of_lines.difference == Decimal("0.3")


@pytest.mark.parametrize("more", [0, 6])
def test_the_page_takes_the_same_statements_however_many_versions(
    browser: Client, quote: Quote, django_assert_num_queries: DjangoAssertNumQueries, more: int
) -> None:
    for version in range(4, 4 + more):
        QuoteVersionFactory(quote=quote, version=version)
    with django_assert_num_queries(7):
        browser.get(url(quote))

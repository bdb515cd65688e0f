"""Files that a spreadsheet opens: nothing in them is computed, numbers are numbers, and memory stays the same."""

import csv
import datetime as dt
import re
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from dossiers import spreadsheet
from dossiers.spreadsheet import BOM, Column, csv_lines, csv_text, safe, xlsx_file

VALUE = [Column("Value", lambda row: row)]
FORMULAS = [
    "=1+1",
    "+32 81 00 00 00",
    "-1",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    '=HYPERLINK("http://evil.example","Carlier")',
    "=cmd|' /C calc'!A0",
    "  =1+1",
    "\0=1+1",
]
SEPARATORS = (";", ",", "|", '"', "\t", "\n", "\r\n", ", ")
NOON = dt.datetime(2026, 7, 1, 12, 30, tzinfo=dt.UTC)  # 14:30 in Brussels


def cells(values: list[Any]) -> list[Any]:
    """The cells of a workbook with one column, below its head."""
    with xlsx_file(VALUE, values) as file:
        sheet = openpyxl.load_workbook(file).active
        return [row[0] for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_text_in_both(text: str) -> None:
    assert safe(text) == f"'{text}"
    (row,) = [*csv.reader([*csv_lines(VALUE, [text])][1:], delimiter=";")]
    assert row == [csv_text(text)] and row[0].startswith("'")
    (cell,) = cells([text])
    assert cell.data_type != "f" and cell.value.startswith("'")


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "＝"])
def test_nor_is_one_computed_where_another_excel_sees_a_cell_begin(separator: str, sign: str) -> None:
    """It separates by commas, knows no quotes or cuts at each line: what it takes for a cell is text all the same."""
    line = "".join([*csv_lines(VALUE, [f"Carlier{separator}{sign}1+1"])][1:])
    for cell in re.split(r'[;,|"\t\r\n]+', line):
        assert safe(cell) == cell


@pytest.mark.parametrize(
    "text",
    [
        "Carlier Anne",
        "1-ABC-234",
        "a=b",
        "https://example.be",
        "",
        "é ü €",
        "a@b.be, c@d.be",
        "bumper, left - right",
    ],
)
def test_any_other_text_stays(text: str) -> None:
    assert safe(text) == text
    assert csv_text(text) == text
    assert cells([text, 1])[0].value == (text or None)


def test_a_text_of_several_lines_with_quotes_is_one_cell() -> None:
    text = 'He said; "wait"\nand went'
    assert next(csv.reader([[*csv_lines(VALUE, [text])][1]], delimiter=";"))[0].startswith("He said; ")
    assert [*csv.reader("".join([*csv_lines(VALUE, [text])][1:]).splitlines(True), delimiter=";")] == [[text]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("2202.200000"), "2202,20"),
        (Decimal("1E+3"), "1000,00"),
        (Decimal("-214.3"), "-214,30"),
        (Decimal("0.123456"), "0,123456"),
        (Decimal("9999999999.999999"), "9999999999,999999"),
        (84_210, "84210"),
        (NOON, "2026-07-01 14:30:00"),
        (dt.date(2026, 7, 1), "2026-07-01"),
        (None, ""),
    ],
)
def test_numbers_and_dates_in_csv(value: spreadsheet.Value, text: str) -> None:
    assert csv_text(value) == text


def test_numbers_and_dates_are_real_ones_in_a_workbook() -> None:
    amount, number, moment, day = cells([Decimal("2202.20"), 84_210, NOON, dt.date(2026, 7, 1)])
    assert (amount.value, amount.number_format) == (2202.2, "#,##0.00####")
    assert (number.data_type, number.value) == ("n", 84_210)
    assert (moment.value, day.value) == (dt.datetime(2026, 7, 1, 14, 30), dt.datetime(2026, 7, 1))


@pytest.mark.parametrize("digits", ["9999999999.999999", "999999999.999999", "0.000001", "-1234567890.12"])
def test_no_digit_of_an_amount_is_lost_in_a_workbook(digits: str) -> None:
    assert Decimal(str(cells([Decimal(digits)])[0].value)) == Decimal(digits)


def test_a_date_before_there_were_any_is_kept_as_text() -> None:
    assert cells([dt.date(1899, 12, 31)])[0].value == "1899-12-31"


def test_the_file_begins_with_its_mark_and_head() -> None:
    assert next(csv_lines([*VALUE, Column("Other", str)], [])) == f"{BOM}Value;Other\r\n"
    with xlsx_file(VALUE, []) as file:
        assert [cell.value for cell in openpyxl.load_workbook(file).active[1]] == ["Value"]


def test_more_rows_than_a_sheet_has_go_on_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "ROWS_A_SHEET", 2)
    with xlsx_file(VALUE, [1, 2, 3, 4, 5]) as file:
        sheets = openpyxl.load_workbook(file).worksheets
        assert [[row[0] for row in sheet.values] for sheet in sheets] == [
            ["Value", 1, 2],
            ["Value", 3, 4],
            ["Value", 5],
        ]


@pytest.mark.parametrize("write", ["csv", "xlsx"])
def test_many_rows_take_no_more_memory_than_few(write: str) -> None:
    """Each row of 10 kB is gone once it is written: all of them would be 6 MB."""

    def rows(number: int) -> Iterator[str]:
        return (f"{n} {'x' * 10_000}" for n in range(number))

    tracemalloc.start()
    try:
        if write == "csv":
            assert sum(1 for _line in csv_lines(VALUE, rows(600))) == 601
        else:
            xlsx_file(VALUE, rows(600)).close()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000

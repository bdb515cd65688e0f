"""Tables as files that a spreadsheet opens, row by row: however many rows there are, the memory stays the same.

CSV is as the Excel of a Belgian PC opens it by itself, whatever the language of the page: UTF-8 with a byte order
mark, semicolons, decimal commas; dates in ISO form, which every Excel reads as dates. XLSX has real numbers and dates.
"""

import csv
import datetime as dt
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, Generic, TypeVar

from django.utils import timezone
from django.utils.functional import Promise

Row = TypeVar("Row")
Value = str | int | Decimal | dt.datetime | dt.date | None

BOM = "\N{BYTE ORDER MARK}"
CENT = Decimal("0.01")
# What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection).
SIGNS = r" *[=+\-@＝＋－＠]"
FORMULA = re.compile(rf"{SIGNS}|[\t\r\n\0]")
# Where the Excel of a country that separates by commas would see another cell begin in our CSV.
FORMULA_WITHIN = re.compile(rf"(?<=[;,|\"\t\r\n])(?={SIGNS})")
ROWS_A_SHEET = 1_048_575  # what Excel can show beside the head
FIRST_YEAR = 1900  # before it Excel knows no dates
MOST_DIGITS = 15  # of a number; one that has more stays text
WIDTH = 18  # of a column, in characters
FORMATS = {
    "head": {"bold": True, "bottom": 1},
    "amount": {"num_format": "#,##0.00####"},
    "date": {"num_format": "yyyy-mm-dd"},
    "moment": {"num_format": "yyyy-mm-dd hh:mm"},
}


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A column with its head, and what stands in it for a row."""

    label: str | Promise
    read: Callable[[Row], Value]


def safe(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would compute it."""
    return f"'{text}" if FORMULA.match(text) else text


def safe_in_csv(text: str) -> str:
    """The same, and an apostrophe before whatever behind a separator, a quote or a line's end would be computed."""
    return FORMULA_WITHIN.sub("'", safe(text))


def csv_lines(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of the file, its head first; each row is read when its line is asked for."""
    writer = csv.writer(_Echo(), delimiter=";")
    yield BOM + writer.writerow([column.label for column in columns])
    for row in rows:
        yield writer.writerow([csv_text(column.read(row)) for column in columns])


def csv_text(value: Value) -> str:
    """One cell: an exact number with a decimal comma, a moment in the time of Brussels, any other text made safe."""
    match value:
        case None:
            return ""
        case Decimal():
            return f"{_exact(value):f}".replace(".", ",")
        case dt.datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
        case str():
            return safe_in_csv(value)
        case _:
            return str(value)


def xlsx_file(columns: Sequence[Column[Row]], rows: Iterable[Row]) -> IO[bytes]:
    """The workbook as an open temporary file, which is gone once it is closed."""
    import xlsxwriter  # slow to load, and no start needs it

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        formats = {name: book.add_format(known) for name, known in FORMATS.items()}
        sheet = _sheet(book, columns, formats)
        for number, row in enumerate(rows):
            if number and number % ROWS_A_SHEET == 0:
                sheet = _sheet(book, columns, formats)
            for place, column in enumerate(columns):
                _write(sheet, number % ROWS_A_SHEET + 1, place, column.read(row), formats)
    file.seek(0)
    return file


def _sheet(book: Any, columns: Sequence[Column[Row]], formats: dict[str, Any]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(columns) - 1, WIDTH)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, str(column.label), formats["head"])
    return sheet


def _write(sheet: Any, line: int, place: int, value: Value, formats: dict[str, Any]) -> None:
    match value:
        case None | "":
            return
        case dt.datetime():
            local = timezone.localtime(value).replace(tzinfo=None)
            sheet.write_datetime(line, place, local, formats["moment"])
        case dt.date() if value.year >= FIRST_YEAR:
            sheet.write_datetime(line, place, value, formats["date"])
        case Decimal() if len(value.normalize().as_tuple().digits) <= MOST_DIGITS:
            sheet.write_number(line, place, value, formats["amount"])
        case int():
            sheet.write_number(line, place, value)
        case _:
            sheet.write_string(line, place, safe(str(value)))


def _exact(amount: Decimal) -> Decimal:
    """The amount with its cents, and more decimals only where it has them."""
    cents = amount.quantize(CENT)
    return cents if cents == amount else amount.normalize()


class _Echo:
    """What `csv` writes to: gives each line back."""

    def write(self, line: str) -> str:
        return line

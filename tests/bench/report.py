"""Tables of figures, as Markdown; a figure that must keep within bounds shows them, and whether it does."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bounded:
    """A figure and the bounds it must keep within; `unit` is written behind it."""

    value: float
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def holds(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        low = [f"≥ {number(self.at_least)}"] if self.at_least is not None else []
        high = [f"≤ {number(self.at_most)}"] if self.at_most is not None else []
        bounds = ", ".join(low + high)
        told = f"({bounds})" if bounds else ""
        return " ".join(
            filter(None, (number(self.value), self.unit, "" if self.holds else "**MISSED**", told))
        )


Cell = str | float | Bounded


@dataclass
class Table:
    """`rows` have a cell a column, the first names the row; `notes` are sentences below the table."""

    title: str
    columns: list[str]
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)


def markdown(tables: Iterable[Table]) -> str:
    """The tables one below the other, under headings of the third level."""
    return "\n\n".join(_table(table) for table in tables)


def missed(tables: Iterable[Table]) -> list[str]:
    """A line for each figure that is out of its bounds."""
    return [
        f"{table.title}: {row[0]}: {column}: {cell}"
        for table in tables
        for row in table.rows
        for column, cell in zip(table.columns, row, strict=True)
        if isinstance(cell, Bounded) and not cell.holds
    ]


def number(value: float) -> str:
    """Three significant digits, and never less than the whole part: 0.0123, 4.56, 12.3, 8,812."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _table(table: Table) -> str:
    rows = [table.columns, ["---", *["---:"] * (len(table.columns) - 1)], *map(_texts, table.rows)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    notes = [f"- {note}" for note in table.notes]
    return "\n".join([f"### {table.title}", "", *lines, *([""] if notes else []), *notes])


def _texts(row: list[Cell]) -> list[str]:
    return [number(cell) if isinstance(cell, int | float) else str(cell) for cell in row]

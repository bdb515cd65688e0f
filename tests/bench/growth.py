"""How a cost grows with size."""

import math
from collections.abc import Sequence
from statistics import linear_regression

from tests.bench.report import Bounded, Cell, Table


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The exponent e of cost ~ size ** e that fits a series best: 0 for constant, 1 for linear, 2 for quadratic."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope


def series(
    title: str, of: str, sizes: Sequence[int], costs: dict[str, Sequence[float]], at_most: dict[str, float]
) -> Table:
    """A row for each of `costs`, a cost a size, `of` being what the sizes count; `at_most` bounds its exponent."""
    rows: list[list[Cell]] = [
        [name, *row, Bounded(exponent(sizes, row), at_most=at_most.get(name))] for name, row in costs.items()
    ]
    return Table(title, ["", *(f"{size:,} {of}" for size in sizes), "exponent"], rows)

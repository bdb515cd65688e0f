"""How a cost grows with size."""

import math
from collections.abc import Sequence
from statistics import linear_regression


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The exponent e of cost ~ size ** e that fits a series best: 0 for constant, 1 for linear, 2 for quadratic."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope

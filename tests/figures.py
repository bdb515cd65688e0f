"""What the tests went through, counted: by `count` in a test, or by the mark `counts` on each one that passes.

Every process adds what it counted to the file that FIGURES names, as one JSON line; `make test` sums them.
"""

import json
import os
from collections import Counter
from collections.abc import Generator
from pathlib import Path

import pytest

COUNTED: Counter[str] = Counter()


def count(what: str, number: int = 1) -> None:
    """So many more of `what`, which is told as it stands here."""
    COUNTED[what] += number


def summed(file: Path) -> Counter[str]:
    """What all processes have counted into that file."""
    total: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        total.update(json.loads(line))
    return total


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    outcome = yield
    for mark in item.iter_markers("counts"):
        count(*mark.args)
    return outcome


def pytest_sessionfinish() -> None:
    if COUNTED and "FIGURES" in os.environ:
        with Path(os.environ["FIGURES"]).open("a") as file:
            file.write(f"{json.dumps(COUNTED)}\n")

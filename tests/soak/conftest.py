"""How many histories, the one house for all of them, and what they were made of, told at the end."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS

from tests.soak.world import House, World

# Hypothesis itself makes five of six histories by copying a piece of the one before; here each is drawn afresh.
AVAILABLE_PROVIDERS["afresh"] = "hypothesis.internal.conjecture.providers.HypothesisProvider"
HISTORIES = settings(
    backend="afresh",
    max_examples=int(os.environ.get("HISTORIES", "300")),
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
TOLD: Counter[str] = Counter()
FIRED: Counter[str] = Counter()


@pytest.fixture
def house(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    with House().open(monkeypatch) as opened:
        yield opened


@pytest.fixture
def world(house: House) -> Iterator[World]:
    """One history, told deed by deed."""
    made = World(house)
    yield made
    made.close()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the random histories consisted of."""
    if not TOLD["histories"]:
        return
    terminalreporter.section("convergence")
    for counted in (TOLD, FIRED):
        told = ", ".join(f"{number:,} {name}" for name, number in counted.most_common())
        terminalreporter.write_line(told)

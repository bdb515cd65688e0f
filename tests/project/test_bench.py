"""The frame of `make bench`: bounds beside their figures, what is missed is named, a part replaces its own section."""

from pathlib import Path

import pytest

from tests.bench import document
from tests.bench.growth import exponent
from tests.bench.report import Bounded, Table, markdown, missed

TABLE = Table(
    "Page",
    ["engine", "changes/s", "statements"],
    [["SQLite", 8812.3, Bounded(12, at_most=12)], ["PostgreSQL", 7.5512, Bounded(13, at_most=12)]],
    ["Of 200 changes."],
)


def test_a_table_shows_bounds_beside_their_figures() -> None:
    assert markdown([TABLE]).splitlines() == [
        "### Page",
        "",
        "| engine | changes/s | statements |",
        "| --- | ---: | ---: |",
        "| SQLite | 8,812 | 12 (≤ 12) |",
        "| PostgreSQL | 7.55 | 13 **MISSED** (≤ 12) |",
        "",
        "- Of 200 changes.",
    ]


def test_what_is_out_of_bounds_is_named() -> None:
    assert missed([TABLE]) == ["Page: PostgreSQL: statements: 13 **MISSED** (≤ 12)"]


@pytest.mark.parametrize(("value", "holds"), [(2.9, False), (3, True), (4, True), (4.1, False)])
def test_both_bounds_belong_to_it(value: float, holds: bool) -> None:
    assert Bounded(value, at_least=3, at_most=4).holds is holds


@pytest.mark.parametrize("grows", [0, 0.5, 1, 2])
def test_the_exponent_of_a_series(grows: float) -> None:
    sizes = [10, 100, 1_000]
    assert exponent(sizes, [3 * size**grows for size in sizes]) == pytest.approx(grows)


def test_a_part_replaces_only_its_own_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "DOCUMENT", tmp_path / "performance.md")
    monkeypatch.setattr(document, "measured_on", lambda: "today")
    document.put("Photos", "### Old\n\nold")
    document.put("Import", "### Pages\n\nfast")
    document.put("Photos", "### New\n\nnew")
    assert document.DOCUMENT.read_text().removeprefix(document.PREFACE) == (
        "\n## Import\n\ntoday\n\n### Pages\n\nfast\n\n## Photos\n\ntoday\n\n### New\n\nnew\n"
    )

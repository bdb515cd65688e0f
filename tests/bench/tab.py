"""The Claims360 tab over many missions, beside admin's list of the same table, on both engines."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from statistics import median, quantiles
from typing import Any

from tests.bench.report import Bounded, Cell, Table
from tests.postgresql import debian_has_it, postgresql, postgresql_of_debian
from tests.run import ROOT

TITLE = "The tab"
MISSIONS = int(os.environ.get("TAB_MISSIONS", "1000000"))
OF_ONE = 100  # missions of a repairer
SMALL = 1_000  # missions, to compare with
WHO = ("staff", "helpdesk", "admin")
MOST_STATEMENTS = 8
Measured = list[list[Any]]  # scenario, who, statements, milliseconds of each time
Database = Callable[[], AbstractContextManager[str]]  # a new one, by its address


def run() -> list[Table]:
    """Both engines, one after the other; TAB_MISSIONS says how many missions."""
    if debian_has_it():
        return [*_tables("SQLite", _of_its_own), *_tables("PostgreSQL", postgresql_of_debian)]
    return [*_tables("SQLite", _of_its_own), *_tables("PostgreSQL without pg_trgm", postgresql)]


@contextmanager
def _of_its_own() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/tab.sqlite3"


def _tables(engine: str, database: Database) -> list[Table]:
    many, few = _measured(MISSIONS, database), _measured(SMALL, database)
    return [_summary(engine, many), _scenarios(engine, many), _growth(engine, many, few)]


def _measured(missions: int, database: Database) -> Measured:
    command = [
        sys.executable,
        "-m",
        "tests.bench.listing.measure",
        str(missions),
        str(max(3, missions // OF_ONE)),
    ]
    with tempfile.TemporaryDirectory() as var, database() as url:
        known = {**os.environ, "VAR_DIR": var, "LOG_LEVEL": "ERROR", "DATABASE_URL": url}
        done = subprocess.run(command, cwd=ROOT, env=known, check=True, stdout=subprocess.PIPE, text=True)
    measured: Measured = json.loads(done.stdout)
    return measured


def _of(measured: Measured, who: str) -> Iterator[tuple[str, int, list[float]]]:
    return ((scenario, statements, times) for scenario, one, statements, times in measured if one == who)


def _summary(engine: str, measured: Measured) -> Table:
    """The slowest twentieth of the pages, each by its median, and how many statements the worst takes."""
    slow = {who: _p95([median(times) for *_, times in _of(measured, who)]) for who in WHO}
    rows: list[list[Cell]] = []
    for who in WHO:
        statements = max(number for _, number, _ in _of(measured, who))
        ratio = Bounded(slow["admin"] / slow[who], at_least=5) if who != "admin" else 1.0
        held = Bounded(statements, at_most=MOST_STATEMENTS) if who != "admin" else float(statements)
        rows.append([who, slow[who], ratio, held])
    title = f"{engine}: {MISSIONS:,} missions, {MISSIONS // OF_ONE:,} repairers, staff of three"
    return Table(title, ["who", "p95, ms", "× admin", "statements"], rows, [NOTE])


NOTE = "The tab through all middleware; admin's list with none, with the same columns, filters and indexes."


def _p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def _scenarios(engine: str, measured: Measured) -> Table:
    found = {who: {scenario: median(times) for scenario, _, times in _of(measured, who)} for who in WHO}
    rows: list[list[Cell]] = [[name, *(found[who][name] for who in WHO)] for name in found["admin"]]
    return Table(f"{engine}: each page, ms", ["page", *WHO], rows)


def _growth(engine: str, many: Measured, few: Measured) -> Table:
    """Unfiltered sorts and exact filters: no slower than one and a half times what they take at a thousand."""
    rows: list[list[Cell]] = []
    for who in ("staff", "helpdesk"):
        before = {name: median(times) for name, _, times in _of(few, who)}
        for name, _, times in _of(many, who):
            if name.startswith(("sort", "state", "smart")):
                rows.append([f"{who}: {name}", Bounded(median(times) / before[name], at_most=1.5)])
    return Table(f"{engine}: at {MISSIONS:,} missions against {SMALL:,}", ["page", "times"], rows)

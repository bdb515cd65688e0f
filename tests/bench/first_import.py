"""A first import against dlt and a bare loop, side by side, on both engines; its memory and how it grows."""

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.growth import exponent
from tests.bench.importing.feed import LINES, served
from tests.bench.report import Bounded, Table
from tests.postgresql import postgresql
from tests.run import ROOT

TITLE = "First import"
MISSIONS = int(os.environ.get("BENCH_MISSIONS", "10000"))
REPEATS = 3
SERIES = [MISSIONS // 10, MISSIONS // 3, MISSIONS]
PACKAGES = ["dlt[postgres,sqlalchemy]==1.31.0", "requests"]
BARE, DLT, OURS = "bare loop", "dlt", "this import"
Taken = dict[str, float]
Contender = Callable[[str, str, str], Taken]


def run() -> list[Table]:
    with tempfile.TemporaryDirectory() as folder:
        python = _python_with_dlt(Path(folder))
        contenders: dict[str, Contender] = {
            BARE: prepared(_bare_loop("product")),
            "bare loop, three tables without indexes": _bare_loop("own"),
            DLT: _dlt(python),
            "dlt, lists left as JSON": _dlt(python, "0"),
            OURS: prepared(our_import),
            "this import, all into dossiers": prepared(our_import, "off"),
        }
        return [_side_by_side(contenders), _growth()]


def _side_by_side(contenders: dict[str, Contender]) -> Table:
    rows = []
    with served(MISSIONS) as feed:
        for engine in ("SQLite", "PostgreSQL"):
            rounds = [
                {name: once(one, feed, engine) for name, one in contenders.items()} for _ in range(REPEATS)
            ]
            found = {
                name: {key: median(one[name][key] for one in rounds) for key in rounds[0][name]}
                for name in contenders
            }
            rows += [_row(engine, name, found) for name in contenders]
    columns = ["engine, what", "seconds", "changes/s", "CPU s", "MB", "of the bare loop", "of dlt"]
    notes = [
        f"{MISSIONS:,} missions and as many quotes of {LINES} lines, 200 changes a page, from a canned HTTP server; "
        f"medians of {REPEATS} runs in turn, each in a process and a database of its own.",
        "The bare loop fetches, parses and writes the same columns into the same tables, with their indexes and "
        "triggers; what the import takes longer is its thinking. Into bare tables it shows what those cost.",
        "dlt by itself makes tables of the lists in a record; the product keeps them as JSON.",
        "CPU is of the importing process, without PostgreSQL's; MB is its peak, with all that it has imported of code.",
        "This import: with keys, lease, five rules, matching, trail and cursor; no limit of requests a second.",
        "All into dossiers: INFORMEX_QUEING off, which also opens and fills a dossier a mission and orders the parts.",
    ]
    return Table("Side by side", columns, rows, notes)


def _row(engine: str, name: str, found: dict[str, Taken]) -> list[str | float | Bounded]:
    took, bare, dlt = found[name], found[BARE]["seconds"], found[DLT]["seconds"]
    of_bare = Bounded(bare / took["seconds"], at_least=0.5 if name == OURS else None)
    of_dlt = Bounded(dlt / took["seconds"], at_least={BARE: 4, OURS: 3}.get(name))
    memory = Bounded(took["memory"], at_most=150 if name.startswith("this") else None)
    speed = 2 * MISSIONS / took["seconds"]
    return [f"{engine}, {name}", took["seconds"], speed, took["cpu"], memory, of_bare, of_dlt]


def _growth() -> Table:
    rows: list[list[str | float | Bounded]] = []
    for engine in ("SQLite", "PostgreSQL"):
        series = []
        for missions in SERIES:
            with served(missions) as feed:
                series.append(once(prepared(our_import, "off"), feed, engine))
        grows = exponent(SERIES, [one["cpu"] for one in series])
        memory = series[-1]["memory"] - series[0]["memory"]
        rows.append(
            [
                engine,
                *(one["cpu"] for one in series),
                Bounded(grows, at_most=1.1),
                Bounded(memory, at_most=10),
            ]
        )
    columns = ["engine", *(f"{missions:,} missions" for missions in SERIES), "exponent", "more MB at the end"]
    return Table("Growth: CPU seconds, all into dossiers", columns, rows)


def once(contender: Contender, feed: str, engine: str) -> Taken:
    """What `contender` takes for `feed`, in a database of that engine of its own."""
    with tempfile.TemporaryDirectory() as var, _database(engine, var) as database:
        return contender(feed, database, var)


@contextmanager
def _database(engine: str, var: str) -> Iterator[str]:
    """A database of its own: a path of SQLite, or the address of a PostgreSQL."""
    if engine == "SQLite":
        yield f"{var}/bench.sqlite3"
    else:
        with postgresql() as url:
            yield url


def _bare_loop(tables: str) -> Contender:
    return lambda feed, database, var: _taken(sys.executable, "bare_loop", feed, database, tables)


def _dlt(python: str, *nesting: str) -> Contender:
    return lambda feed, database, var: _taken(
        python, "dlt_loop", feed, database, *nesting, HOME=var, DLT_DATA_DIR=var
    )


def our_import(feed: str, database: str, var: str) -> Taken:
    """What the product's import takes, in a process of its own."""
    return _taken(sys.executable, "our_import", **_settings(feed, database, var))


def prepared(contender: Contender, queueing: str = "missions") -> Contender:
    """`contender`, in a database that has the product's tables and one repairer."""

    def run_in_it(feed: str, database: str, var: str) -> Taken:
        _start(sys.executable, "prepared", queueing, **_settings(feed, database, var))
        return contender(feed, database, var)

    return run_in_it


def _settings(feed: str, database: str, var: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "planmanager.settings",
        "DATABASE_URL": database if "://" in database else f"sqlite:///{database}",
        "VAR_DIR": var,
        "CLAIMS360_API_URL": feed,
        "CLAIMS360_REQUESTS_PER_SECOND": "0",
    }


def _taken(python: str, module: str, *arguments: str, **environment: str) -> Taken:
    taken: Taken = json.loads(_start(python, module, *arguments, **environment).splitlines()[-1])
    return taken


def _start(python: str, module: str, *arguments: str, **environment: str) -> str:
    command = [python, "-m", f"tests.bench.importing.{module}", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


def _python_with_dlt(folder: Path) -> str:
    """The Python of a virtual environment that has dlt, which is no dependency of the product."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv/bin/python")
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True
    )
    return python

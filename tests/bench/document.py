"""docs/performance.md: a section a part, each with the machine and the moment it was measured on."""

import datetime as dt
import os
import platform
import re
import sqlite3
from importlib.metadata import version
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/performance.md"
SECTION = re.compile(r"^## (?P<title>.+)\n(?P<body>(?:(?!## ).*\n?)*)", re.MULTILINE)
PREFACE = """# Performance

Written by `make bench`; `python -m tests.bench PART` measures one part anew and leaves the others as they are.
Absolute times are of the machine named; what counts are the ratios within one run, the counts, and how cost grows
with size. A bound stands in brackets beside its figure, and `make bench` fails where one is missed.
"""


def put(title: str, text: str) -> None:
    """Write the section `title`, in place of the one that was there; the others stay as they are."""
    held = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    sections = {match["title"]: match["body"].strip() for match in SECTION.finditer(held)}
    sections[title] = f"{measured_on()}\n\n{text}"
    whole = [f"## {name}\n\n{sections[name]}\n" for name in sorted(sections)]
    DOCUMENT.write_text("\n".join([PREFACE, *whole]))


def measured_on() -> str:
    """Day, machine and versions in one line; no names of machines or folders."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}"
    versions = [f"{name} {version(name)}" for name in ("Django", "psycopg", "msgspec")]
    software = ", ".join(
        [f"Python {platform.python_version()}", *versions, f"SQLite {sqlite3.sqlite_version}"]
    )
    return f"{dt.date.today():%Y-%m-%d} · {machine} · {software}"

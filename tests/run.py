"""`make test`: every part, twice as many at a time as there are cores; at the end one line a part, then figures.

The exit is non-zero if a part failed.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tests import figures
from tests.migrated import KEPT, MIGRATED, migrated
from tests.postgresql import debian_has_it, postgresql_of_debian, postgresql_of_tests

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
WHOLE = ("chromium", "chromium-browser", "google-chrome")  # for frames, pictures and what is measured
CHROMIUM = ("chromium-headless-shell", *WHOLE)  # the first has no windows to draw, which takes a quarter less
ON_BOTH_ENGINES = {
    "link": ("tests/link",),
    "security, API": ("tests/security", "tests/api"),
    "core, dossiers, Winformex": ("tests/core", "tests/dossiers", "tests/winformex"),
}
APART = ("sandbox", "soak", "load", "stack", "browser", "api/test_contract.py")  # each is a part of its own
NOTHING_OF_A_DATABASE = (
    "security/test_production.py",
    "security/test_headers.py",
    "security/test_frame.py",
    "security/test_oidc.py",
    "security/test_second_factor.py",
)
SHOWN_ALIKE = "tests/security/test_keys.py::test_no_page_shows_a_key"  # the pages are made of the same rows
PACKAGES = ("planmanager", "claims360_link", "dossiers", "repairers")
COUNTED = re.compile(r"\b(\d+) (passed|failed|errors?|skipped)\b")
LAST_WORD = re.compile(r" in \d+\.\d+s")  # of pytest


@dataclass
class Part:
    """`needs`: why it can't run here, "" where it can; `database`: starts the one it runs on, gives its address."""

    name: str
    command: list[str]
    needs: str = ""
    database: Callable[[], AbstractContextManager[str | None]] = nullcontext
    outcome: str = ""
    seconds: float = 0.0
    cpu: float = 0.0  # seconds of a core, its programs included
    counted: dict[str, int] = field(default_factory=dict)


def all_parts() -> list[Part]:
    """The longest first, so that the cores end together."""
    return [
        Part("stack: PostgreSQL, Redis, workers", pytest("tests/stack"), database=postgresql_of_tests),
        Part("browser: every page", pytest("tests/browser/test_pages.py"), needs=no_browser()),
        Part("browser: every page of admin", pytest("tests/browser/test_admin.py"), needs=no_browser()),
        Part(
            "browser: what is done in them",
            pytest("tests/browser", *without("browser/test_pages.py", "browser/test_admin.py")),
            needs=no_browser(),
        ),
        Part("convergence: random histories", pytest("tests/soak")),
        *(Part(f"tests on SQLite: {name}", command) for name, command in on_sqlite().items()),
        *(
            Part(f"tests on PostgreSQL: {name}", command, database=postgresql_of_tests)
            for name, command in on_postgresql().items()
        ),
        Part("load: PostgreSQL, Redis", pytest("tests/load"), database=postgresql_of_tests),
        Part("load: SQLite, files", pytest("tests/load")),
        Part("API against its description", pytest("tests/api/test_contract.py")),
        Part("demo --check: the main job, headless", [sys.executable, "manage.py", "demo", "--check"]),
        Part("stack: SQLite, files, workers", pytest("tests/stack/test_kills.py")),
        Part("sandbox against the contract", pytest("tests/sandbox")),
        Part("types", [tool("mypy"), *PACKAGES]),
        Part(
            "search on PostgreSQL with pg_trgm",
            pytest("tests/link/test_search.py"),
            needs="" if debian_has_it() else "Debian's postgresql is not installed",
            database=postgresql_of_debian,
        ),
        Part("texts", [sys.executable, "-m", "tests.texts"], needs=no_gettext()),
        Part("import order", [tool("lint-imports")]),
        Part(
            "alert rules",
            ["promtool", "test", "rules", "deploy/prometheus/alerts_test.yml"],
            needs=""
            if shutil.which("promtool")
            else "promtool is not installed (Debian has it in prometheus)",
        ),
        Part("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
        Part("format", [tool("ruff"), "format", "--check", "--quiet", "."]),
        Part("lint", [tool("ruff"), "check", "--quiet", "."]),
    ]


def on_sqlite() -> dict[str, list[str]]:
    """Everything that is no part of its own, a new folder included."""
    folders = [folder.removeprefix("tests/") for several in ON_BOTH_ENGINES.values() for folder in several]
    rest = pytest("tests", *without(*APART, *folders))
    return {"project": rest, **{name: pytest(*of, *without(*APART)) for name, of in ON_BOTH_ENGINES.items()}}


def on_postgresql() -> dict[str, list[str]]:
    """What the engine can make a difference to."""
    left_out = [*without(*APART, *NOTHING_OF_A_DATABASE), f"--deselect={SHOWN_ALIKE}"]
    return {name: pytest(*of, "--database-only", *left_out) for name, of in ON_BOTH_ENGINES.items()}


def tool(name: str) -> str:
    return str(BIN / name)


def pytest(*args: str) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "--no-header", *args]


def without(*folders: str) -> list[str]:
    return [f"--ignore=tests/{folder}" for folder in folders]


def no_browser() -> str:
    return "" if any(shutil.which(name) for name in WHOLE) else "chromium is not installed"


def no_gettext() -> str:
    return "" if shutil.which("xgettext") else "gettext is not installed"


def run(part: Part, screen: TextIO, **environment: str) -> None:
    """Run one part and note how it ended; its output goes to `screen` as it comes."""
    begun = time.monotonic()
    print(f"\n=== {part.name}", file=screen, flush=True)
    if part.needs:
        part.outcome = "failed" if CI else "NOT RUN"
        print(part.needs, file=screen)
    else:
        with part.database() as url:
            database = {"DATABASE_URL": url, KEPT: "yes"} if url else {}
            passed = carried_out(part, screen, **environment, **database)
        part.outcome = "passed" if passed else "failed"
    part.seconds = time.monotonic() - begun
    print(f"--- {part.name}: {part.outcome} in {part.seconds:.1f} s", file=screen, flush=True)


def run_beside_others(part: Part, **environment: str) -> None:
    """As `run`; the output comes in one piece at its end."""
    with io.StringIO() as screen:
        run(part, screen, **environment)
        sys.stdout.write(screen.getvalue())
        sys.stdout.flush()


def carried_out(part: Part, screen: TextIO, **environment: str) -> bool:
    with tempfile.TemporaryDirectory() as var:
        compiled_once = {"PYTHONDONTWRITEBYTECODE": ""}  # not by each of the hundreds of programs that start
        known = {**os.environ, **compiled_once, "VAR_DIR": var, **environment}
        program = subprocess.Popen(
            part.command, cwd=ROOT, env=known, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert program.stdout is not None
        last = ""
        for line in program.stdout:
            screen.write(line)
            last = line if LAST_WORD.search(line) else last
        part.counted = {word.rstrip("s"): int(number) for number, word in COUNTED.findall(last)}
        _, status, used = os.wait4(program.pid, 0)
        program.returncode, part.cpu = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        return program.returncode == 0


def summary(done: list[Part], counted: Counter[str]) -> str:
    """One line a part, one a figure, and the tests of all of them counted as pytest counts."""
    lines = [f"  ended {'took':>11} {'of a core':>11}"]
    lines += [
        f"{part.outcome:8} {part.seconds:7.1f} s {part.cpu:9.1f} s  {part.name} {part.needs and f'({part.needs})'}"
        for part in done
    ]
    lines += [f"{number:8,}  {what}" for what, number in sorted(counted.items())]
    passed = sum(part.counted.get("passed", 0) for part in done)
    failed = sum(part.counted.get("failed", 0) + part.counted.get("error", 0) for part in done)
    failed += sum(part.outcome == "failed" and not part.counted for part in done)
    return "\n".join([*lines, f"{passed} passed, {failed} failed"])


def wanted(parts: list[Part]) -> list[Part]:
    """Those whose name contains one of the arguments, or all of them."""
    return [part for part in parts if not sys.argv[1:] or any(word in part.name for word in sys.argv[1:])]


def main() -> int:
    """Runs what is wanted; 1 where a part failed."""
    parts, at_a_time = wanted(all_parts()), 2 * (os.cpu_count() or 1)  # they wait, but the cores never do
    with (
        tempfile.NamedTemporaryFile() as told,
        migrated() as database,
        ThreadPoolExecutor(at_a_time) as together,
    ):
        known = {"FIGURES": told.name, MIGRATED: str(database)}
        if len(parts) == 1:
            run(parts[0], sys.stdout, **known)
        else:
            list(together.map(lambda part: run_beside_others(part, **known), parts))
        print(f"\n{summary(parts, figures.summed(Path(told.name)))}", flush=True)
    return int(any(part.outcome == "failed" for part in parts))


if __name__ == "__main__":
    sys.exit(main())

"""`make guard-check`: each guard of tests/guards.toml is taken out in a copy of the project, and its test must fail."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(".venv", ".git", "var", "docs", "__pycache__", ".*_cache", ".hypothesis")
PASSED, FAILED = 0, 1  # of pytest; any other code is no verdict


@dataclass(frozen=True)
class Guard:
    """`guard` in `file` holds something; with `without` in its place, `test` fails."""

    holds: str
    file: str
    guard: str
    without: str
    test: str


def read_guards() -> list[Guard]:
    return [Guard(**one) for one in tomllib.loads((ROOT / "tests/guards.toml").read_text())["guards"]]


def run_tests(folder: Path, tests: Iterable[str]) -> int:
    """The exit code of pytest in that copy, on a SQLite of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with tempfile.TemporaryDirectory() as var:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        known = {**environment, "VAR_DIR": var}
        return subprocess.run(command, cwd=folder, env=known, capture_output=True, check=False).returncode


def is_missed(copy: Path, guard: Guard) -> bool:
    """Whether the test fails without the guard. Raises ValueError where the guard is not found once."""
    file = copy / guard.file
    whole = file.read_text()
    if whole.count(guard.guard) != 1:
        raise ValueError(f"{guard.file} has {whole.count(guard.guard)} times: {guard.guard!r}")
    file.write_text(whole.replace(guard.guard, guard.without))
    try:
        return run_tests(copy, [guard.test]) == FAILED
    finally:
        file.write_text(whole)


def main() -> int:
    """A line a guard, of all or of those that hold what the argument says.

    1 if one can be taken out unseen, or if its test fails with the guard in place.
    """
    guards = [guard for guard in read_guards() if not sys.argv[1:] or sys.argv[1] in guard.holds]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if run_tests(copy, sorted({guard.test for guard in guards})) != PASSED:
            print("the tests fail with every guard in place")
            return 1
        unseen = 0
        for guard in guards:
            missed = is_missed(copy, guard)
            unseen += not missed
            print(f"{'missed' if missed else 'UNSEEN'}  {guard.holds}", flush=True)
    print(f"{len(guards) - unseen} passed, {unseen} failed")
    return int(unseen > 0)


if __name__ == "__main__":
    sys.exit(main())

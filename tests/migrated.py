"""A database in which all migrations are carried out: that takes 4 to 6 s of a core, to copy it takes none."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MIGRATED = "MIGRATED_SQLITE"  # where `make test` tells its parts that it is
KEPT = "MIGRATED_POSTGRESQL"  # there if the server has that of pytest (tests/postgresql.py), and goes with the part


@contextmanager
def migrated() -> Iterator[Path]:
    """A file of SQLite, gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/planmanager.sqlite3")
        yield Path(folder, "planmanager.sqlite3")


def migrate(url: str) -> None:
    with tempfile.TemporaryDirectory() as var:
        known = {**os.environ, "VAR_DIR": var, "DATABASE_URL": url}
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, env=known, check=True
        )


def begin_migrated(path: Path) -> None:
    """Put a copy there, if `make test` made one; whoever migrates it then has nothing left to do."""
    if made := os.environ.get(MIGRATED):
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, path)

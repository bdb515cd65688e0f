"""Another place: a folder and a database of their own, where a backup is restored."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.link.test_commands import url_of_the_tests
from tests.migrated import begin_migrated

ROOT = Path(__file__).resolve().parents[2]


class Place:
    """`alias` leads to its database from here; of the same engine as that of the tests."""

    def __init__(self, folder: Path, name: str, alias: str) -> None:
        self.var, self.name, self.alias = folder / "var", name, alias

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    def manage(self, *command: str, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """manage.py there, with the secrets of here."""
        known = {
            "VAR_DIR": str(self.var),
            "DATABASE_URL": url_of_the_tests().replace(str(connection.settings_dict["NAME"]), self.name),
            "CREDENTIALS_KEYS": ",".join(settings.CREDENTIALS_KEYS),
            **environment,
        }
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT, env=os.environ | known, input=typed, capture_output=True, text=True,
        )  # fmt: skip

    def migrate(self) -> None:
        if self.connection.vendor == "sqlite":
            begin_migrated(Path(self.name))
        assert self.manage("migrate").returncode == 0

    def files(self) -> dict[str, bytes]:
        return files_in(self.var / "files")


@contextmanager
def place(folder: Path, like: Place | None = None, alias: str = "place") -> Iterator[Place]:
    """An empty one, or with the database of another; its own is gone afterwards."""
    on_postgresql = connection.vendor == "postgresql"
    name = f"place_{uuid.uuid4().hex}" if on_postgresql else str(folder / "place.sqlite3")
    if like:
        like.connection.close()
    if on_postgresql:
        _say(f"CREATE DATABASE {name} TEMPLATE {like.name if like else 'template1'}")
    elif like:
        shutil.copy(like.name, name)
    connections[alias] = connection.copy(alias)
    connections[alias].settings_dict["NAME"] = name
    try:
        yield Place(folder, name, alias)
    finally:
        connections[alias].close()
        del connections[alias]
        if on_postgresql:
            _say(f"DROP DATABASE {name}")


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` and what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _say(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

"""What takes a snapshot of a database and puts it back, by engine."""

from pathlib import Path
from typing import Protocol

from django.db import connection

from planmanager.backup import postgresql, sqlite
from planmanager.backup.manifest import Snapshot


class Engine(Protocol):
    """See the modules."""

    def take(self, folder: Path) -> Snapshot: ...
    def put(self, folder: Path, snapshot: Snapshot) -> None: ...


ENGINES: dict[str, Engine] = {"sqlite": sqlite, "postgresql": postgresql}


def engine() -> Engine:
    """That of the database of DATABASE_URL."""
    return ENGINES[connection.vendor]

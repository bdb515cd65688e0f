"""What a backup says of itself: read before anything else of it."""

import datetime as dt
from pathlib import Path
from typing import Literal

import msgspec
from django.db.migrations.loader import MigrationLoader

from planmanager.backup.errors import CannotRestore, Damaged

# Who is logged in: whoever reads a backup must not be able to go on with somebody's session.
LEFT_OUT = "django_session"
MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"
Migration = tuple[str, str]  # app, name


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Of PostgreSQL: `columns` in the order of its data, `sequences` by column (last value, whether it was used)."""

    rows: int
    columns: list[str] = []
    sequences: dict[str, tuple[int, bool]] = {}


class Snapshot(msgspec.Struct, frozen=True):
    """What the database held at one moment."""

    migrations: list[Migration]
    tables: dict[str, Table]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`engine` is Django's word for it; `taken_at` (UTC) is no later than the moment of the snapshot."""

    format: Literal[1] = 1
    engine: str
    taken_at: dt.datetime
    database: Snapshot


def write(manifest: Manifest, path: Path) -> None:
    """Write it as a JSON document."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def read(document: bytes) -> Manifest:
    """The manifest in a JSON document. Raises Damaged."""
    try:
        return msgspec.json.decode(document, type=Manifest)
    except msgspec.DecodeError as error:
        raise Damaged("This is no backup of PlanManager, or one of a newer version.") from error


def require_fit(manifest: Manifest, engine: str) -> None:
    """Raises CannotRestore for a backup of another engine, or one that knows migrations which are not known here."""
    if manifest.engine != engine:
        raise CannotRestore(
            f"This is a backup of {manifest.engine}, and DATABASE_URL names a database of {engine}."
        )
    newer = set(manifest.database.migrations) - set(MigrationLoader(None).disk_migrations)
    if newer:
        names = ", ".join(f"{app}.{name}" for app, name in sorted(newer))
        raise CannotRestore(f"This is a backup of a newer version: migrations unknown here: {names}.")


def require_rows(snapshot: Snapshot, rows: dict[str, int]) -> None:
    """Raises Damaged unless there are as many rows in each table as in `snapshot`."""
    told = {name: table.rows for name, table in snapshot.tables.items()}
    if wrong := sorted(name for name in told.keys() | rows if told.get(name) != rows.get(name)):
        raise Damaged(f"This backup is damaged: other numbers of rows in {', '.join(wrong)}.")

"""A SQLite database into an empty PostgreSQL: all of it, seen to be the same, or nothing."""

import datetime as dt
import hashlib
import json
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model

from planmanager.backup import postgresql
from planmanager.backup.errors import CannotMove, InUse
from planmanager.backup.manifest import LEFT_OUT, MIGRATIONS, Snapshot, Table
from planmanager.backup.restore import has_rows
from planmanager.backup.sqlite import TABLES

AT_ONCE = 1000  # rows
PATIENCE = 1.0  # seconds, for somebody who writes
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
Rows = Iterator[tuple[Any, ...]]
# What an engine gives for a column, by Django's kind of it, as both must give it.
SAME: dict[str, Callable[[Any], object]] = {
    "BooleanField": bool,
    "DateField": str,
    "DateTimeField": lambda value: _moment(value).isoformat(),
    "DecimalField": lambda value: Decimal(str(value)).normalize(),
    "JSONField": lambda value: json.dumps(json.loads(value), sort_keys=True),
    "UUIDField": lambda value: uuid.UUID(str(value)).hex,
}


def move(path: Path) -> Snapshot:
    """Put the SQLite database at `path`, all but the sessions, into the empty one of DATABASE_URL; gives what it was.

    Nobody can write to it meanwhile. Raises CannotMove, CannotRestore or django.db.Error; nothing was moved then.
    """
    if connection.vendor != "postgresql":
        raise CannotMove("DATABASE_URL must name the PostgreSQL database that is to be filled.")
    with _held(path) as old, transaction.atomic(durable=True):
        if has_rows():
            raise CannotMove("The database of DATABASE_URL is not empty.")
        snapshot = _look(old)
        postgresql.fill(snapshot, lambda name: _copy_text(_rows(old, name, snapshot.tables[name].columns)))
        _require_same(old, snapshot)
    call_command("migrate", verbosity=0, interactive=False)  # triggers and search index
    return snapshot


@contextmanager
def _held(path: Path) -> Iterator[sqlite3.Connection]:
    """The database at `path`, into which nobody else can write. Raises InUse, CannotMove."""
    address = f"file:{quote(str(path))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, PATIENCE, uri=True, isolation_level=None)) as old:
            old.execute("BEGIN IMMEDIATE")
            yield old
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            raise InUse from error
        raise CannotMove(f"{path} can't be read: {error}.") from error


def _look(old: sqlite3.Connection) -> Snapshot:
    """What there is to move. Raises CannotMove for a database of another version than this program."""
    migrations = old.execute(MIGRATIONS).fetchall()
    if set(migrations) != set(MigrationLoader(None).disk_migrations):
        raise CannotMove("It is of another version: run manage.py migrate there first, with this program.")
    last_ids = dict(old.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0"))
    names = sorted(name for (name,) in old.execute(TABLES) if name != LEFT_OUT)
    return Snapshot(migrations, {name: _table(old, name, last_ids.get(name)) for name in names})


def _table(old: sqlite3.Connection, name: str, last_id: int | None) -> Table:
    columns = old.execute("SELECT name, pk FROM pragma_table_info(?)", [name]).fetchall()
    rows = old.execute(f"SELECT count(*) FROM {postgresql.quote(name)}").fetchone()[0]  # noqa: S608 (own names)
    return Table(
        rows=rows,
        columns=[column for column, _ in columns],
        sequences={column: (last_id, True) for column, is_key in columns if is_key and last_id},
    )


def _rows(old: sqlite3.Connection, name: str, columns: list[str]) -> Rows:
    return old.execute(_select(name, columns))


def _moved_rows(name: str, columns: list[str]) -> Rows:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_select(name, columns))
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows


def _select(name: str, columns: list[str]) -> str:
    return f"SELECT {', '.join(map(postgresql.quote, columns))} FROM {postgresql.quote(name)}"  # noqa: S608 (own names)


def _copy_text(rows: Rows) -> Iterator[bytes]:
    """SQLite's values as COPY reads them: its moments are UTC, as the session is; its 0 and 1 are booleans there."""
    for row in rows:
        yield ("\t".join(map(_copy_value, row)) + "\n").encode()


def _copy_value(value: Any) -> str:
    return "\\N" if value is None else str(value).translate(ESCAPES)


def _require_same(old: sqlite3.Connection, snapshot: Snapshot) -> None:
    """Raises CannotMove unless each table, read from both engines, holds the same."""
    for name, table in snapshot.tables.items():
        kinds = _kinds(name, table.columns)
        if _sum(_rows(old, name, table.columns), kinds) != _sum(_moved_rows(name, table.columns), kinds):
            raise CannotMove(f"What arrived in {name} is not what was sent.")


def _kinds(name: str, columns: list[str]) -> list[str]:
    """Django's word for the kind of each column."""
    known: list[type[Model]] = [*apps.get_models(include_auto_created=True), MigrationRecorder.Migration]
    models = {model._meta.db_table: model for model in known}
    fields = models[name]._meta.concrete_fields if name in models else ()
    kinds = {field.column: field.get_internal_type() for field in fields}
    return [kinds.get(column, "") for column in columns]


def _sum(rows: Rows, kinds: list[str]) -> int:
    """The SHA-256 of each row, added up: the engines give the rows in different orders."""
    total = 0
    for row in rows:
        same = [_same(value, kind) for value, kind in zip(row, kinds, strict=True)]
        total += int.from_bytes(hashlib.sha256(repr(same).encode()).digest())
    return total


def _same(value: Any, kind: str) -> object:
    return value if value is None or kind not in SAME else SAME[kind](value)


def _moment(value: dt.datetime | str) -> dt.datetime:
    """SQLite gives a text, of UTC."""
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value).replace(tzinfo=dt.UTC)
    return value.astimezone(dt.UTC)

"""SQLite: the whole database as one file, while others read and write."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import connection

from planmanager.backup.errors import InUse
from planmanager.backup.manifest import LEFT_OUT, MIGRATIONS, Snapshot, Table, require_rows

FILE = "database.sqlite3"
TABLES = (
    "SELECT name FROM pragma_table_list"
    " WHERE schema = 'main' AND type = 'table' AND substr(name, 1, 7) <> 'sqlite_'"
)


def take(folder: Path) -> Snapshot:
    """Write the database as it is at this moment into `folder`. Raises django.db.Error.

    By VACUUM INTO: a copy page by page would bring along what was deleted from it.
    """
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(folder / FILE)])
    with _opened(folder / FILE) as copy:
        copy.execute("PRAGMA secure_delete = ON")
        copy.execute(f"DELETE FROM {LEFT_OUT}")  # noqa: S608 (own name)
        copy.commit()
        rows = {name: Table(rows=number) for name, number in _counted(copy).items()}
        return Snapshot(copy.execute(MIGRATIONS).fetchall(), rows)


def put(folder: Path, snapshot: Snapshot) -> None:
    """The database holds what `take` wrote into `folder`, all of it or, when this raises, what it held before.

    Raises Damaged for other numbers of rows than those of `snapshot`, InUse, and django.db.Error.
    """
    with _opened(folder / FILE) as copy:
        require_rows(snapshot, _counted(copy))
        connection.ensure_connection()
        copy.backup(connection.connection, progress=_give_up)
    connection.close()


def _give_up(status: int, _remaining: int, _pages: int) -> None:
    """The copying would wait for ever for somebody who writes; the connection's own patience is over by now."""
    if status == sqlite3.SQLITE_BUSY:
        raise InUse


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with connection.wrap_database_errors, closing(sqlite3.connect(path)) as copy:
        yield copy


def _counted(copy: sqlite3.Connection) -> dict[str, int]:
    """The number of rows of each table."""
    names = [name for (name,) in copy.execute(TABLES).fetchall() if name != LEFT_OUT]
    count = "SELECT count(*) FROM {}"
    return {name: copy.execute(count.format(connection.ops.quote_name(name))).fetchone()[0] for name in names}

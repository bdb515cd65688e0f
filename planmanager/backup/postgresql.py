"""PostgreSQL: every table by COPY, as of one moment; put back into tables that the same migrations make.

COPY needs no program of PostgreSQL beside this one, and its text is exact for every type that is used.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.executor import MigrationExecutor
from psycopg.errors import LockNotAvailable

from planmanager.backup.archive import PIECE
from planmanager.backup.errors import CannotRestore, InUse
from planmanager.backup.manifest import LEFT_OUT, MIGRATIONS, Migration, Snapshot, Table, require_rows

EXACT = "SET LOCAL datestyle TO 'ISO'"
COLUMNS = """
    SELECT attname FROM pg_attribute
    WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
    ORDER BY attnum
"""
Source = Callable[[str], Iterator[bytes]]  # a table's rows by its name, as COPY's text, in pieces of any size


def quote(name: str) -> str:
    """The name as it stands in a statement."""
    return connection.ops.quote_name(name)


def take(folder: Path) -> Snapshot:
    """Write every table as it is at this moment into `folder`. Raises django.db.Error."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(EXACT)
        cursor.execute(MIGRATIONS)
        migrations = cursor.fetchall()
        names = sorted(set(connection.introspection.table_names(cursor)) - {LEFT_OUT})
        return Snapshot(migrations, {name: _copied_out(cursor, name, folder) for name in names})


def put(folder: Path, snapshot: Snapshot) -> None:
    """The database holds what `take` wrote into `folder`, all of it or, when this raises, what it held before.

    Raises what `fill` raises.
    """
    with transaction.atomic(durable=True):
        fill(snapshot, lambda name: _pieces(folder / f"{name}.copy"))


def fill(snapshot: Snapshot, source: Source) -> None:
    """The database holds what `source` gives for each table of `snapshot`; to be called within a transaction.

    Raises Damaged for other numbers of rows than those of `snapshot`, CannotRestore for a table that no migration
    makes, InUse, and django.db.Error.
    """
    with connection.cursor() as cursor:
        cursor.execute(EXACT)
        _drop_tables(cursor)
        _make_tables(snapshot.migrations)
        _require_tables(cursor, snapshot)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # a migration leaves some immediate
        cursor.execute(f"TRUNCATE {', '.join(map(quote, snapshot.tables))}")
        rows = {
            name: _copied_in(cursor, name, table, source(name)) for name, table in snapshot.tables.items()
        }
        require_rows(snapshot, rows)
        connection.check_constraints()


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _copied_out(cursor: CursorWrapper, name: str, folder: Path) -> Table:
    cursor.execute(COLUMNS, [quote(name)])
    columns = [column for (column,) in cursor.fetchall()]
    statement = f"COPY {quote(name)} ({', '.join(map(quote, columns))}) TO STDOUT"
    with (
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
        (folder / f"{name}.copy").open("wb") as file,
    ):
        for piece in copy:
            file.write(piece)
    rows = cursor.rowcount
    return Table(rows=rows, columns=columns, sequences=_sequences(cursor, name))


def _sequences(cursor: CursorWrapper, name: str) -> dict[str, tuple[int, bool]]:
    """Where they stand: an id that was given out once is never given out again."""
    found = {}
    for sequence in connection.introspection.get_sequences(cursor, name):
        cursor.execute(f"SELECT last_value, is_called FROM {quote(sequence['name'])}")  # noqa: S608 (own names)
        found[sequence["column"]] = cursor.fetchone()
    return found


def _drop_tables(cursor: CursorWrapper) -> None:
    """Drop whatever there is. Raises InUse."""
    cursor.execute("SET LOCAL lock_timeout TO '5s'")
    if names := connection.introspection.table_names(cursor):
        try:
            cursor.execute(f"DROP TABLE {', '.join(map(quote, names))} CASCADE")
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                raise InUse from error
            raise


def _make_tables(migrations: list[Migration]) -> None:
    """Make the tables as those migrations do."""
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes()
    plan = [
        step for step in executor.migration_plan(leaves) if (step[0].app_label, step[0].name) in migrations
    ]
    executor.migrate(leaves, plan=plan)


def _require_tables(cursor: CursorWrapper, snapshot: Snapshot) -> None:
    unknown = set(snapshot.tables) - set(connection.introspection.table_names(cursor))
    if unknown:
        raise CannotRestore(f"No migration makes these tables of the backup: {', '.join(sorted(unknown))}.")


def _copied_in(cursor: CursorWrapper, name: str, table: Table, pieces: Iterator[bytes]) -> int:
    """Fill a table; gives the number of its rows."""
    statement = f"COPY {quote(name)} ({', '.join(map(quote, table.columns))}) FROM STDIN"
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for piece in pieces:
            copy.write(piece)
    rows = cursor.rowcount
    for column, (value, is_called) in table.sequences.items():
        serial = "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)"
        cursor.execute(serial, [quote(name), column, value, is_called])
    return rows

"""The index of trigrams that the search in missions uses; put in place after every migration.

SQLite: an FTS5 table, kept by triggers. PostgreSQL: a GIN index, where the extension pg_trgm may be had.
"""

from typing import Any

from django.db import ProgrammingError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "dossiers_mission"
INDEX = "dossiers_mission_search"
FIELDS = {  # what can be typed, and the columns that it is looked for in
    "number": ("number_key", "claim_key"),
    "plate": ("plate_key",),
    "vin": ("vin_key",),
    "name": ("owner_words",),
    "make": ("make_words",),
    "model": ("model_words",),
}
KEYS = ("number", "plate", "vin")  # of one word, written by `dossiers.normalise.key`; the others by `words`
COLUMNS = [column for columns in FIELDS.values() for column in columns]


def install(using: str = "default", **_: Any) -> None:
    """Put the index in place where it is missing: on SQLite a migration that remakes the table drops the triggers."""
    connection = connections[using]
    if TABLE in connection.introspection.table_names() and missing(connection):
        {"sqlite": _install_on_sqlite, "postgresql": _install_on_postgresql}[connection.vendor](connection)


def tables(connection: BaseDatabaseWrapper) -> set[str]:
    """The tables that an index is made of: nobody's rows, and made anew where they are missing."""
    return {name for name in connection.introspection.table_names() if name.startswith(INDEX)}


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of what is not in place."""
    wanted, source = {
        "sqlite": ({INDEX, *_triggers()}, "SELECT name FROM sqlite_master WHERE name LIKE %s"),
        "postgresql": ({INDEX}, "SELECT indexname FROM pg_indexes WHERE indexname LIKE %s"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(source, [f"{INDEX}%"])
        return wanted - {name for (name,) in cursor.fetchall()}


def forget_deleted(connection: BaseDatabaseWrapper) -> None:
    """SQLite's index keeps what was taken out of it until its parts are made one."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")  # noqa: S608 (own names)


def _install_on_sqlite(connection: BaseDatabaseWrapper) -> None:
    """From nothing: what changed while a trigger was missing is not known to the index."""
    fields = ", ".join(FIELDS)
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        for name in _triggers():
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        cursor.execute(f"DROP TABLE IF EXISTS {INDEX}")
        # Which column a trigram stands in is enough, and that much smaller.
        options = "content='', tokenize='trigram', detail=column, columnsize=0"
        cursor.execute(f"CREATE VIRTUAL TABLE {INDEX} USING fts5({fields}, {options})")
        cursor.execute(f"INSERT INTO {INDEX} (rowid, {fields}) SELECT id, {_texts('')} FROM {TABLE}")  # noqa: S608
        for name, (event, statements) in _triggers().items():
            cursor.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {statements} END")


def _triggers() -> dict[str, tuple[str, str]]:
    """By name: after what, and what is done then."""
    fields = ", ".join(FIELDS)
    add = f"INSERT INTO {INDEX} (rowid, {fields}) VALUES (NEW.id, {_texts('NEW.')});"  # noqa: S608 (own names)
    take_out = f"INSERT INTO {INDEX} ({INDEX}, rowid, {fields}) VALUES ('delete', OLD.id, {_texts('OLD.')});"  # noqa: S608
    differs = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in ("id", *COLUMNS))
    update = f"UPDATE OF id, {', '.join(COLUMNS)} ON {TABLE} WHEN {differs}"
    return {
        f"{INDEX}_insert": (f"INSERT ON {TABLE}", add),
        f"{INDEX}_update": (update, take_out + add),
        f"{INDEX}_delete": (f"DELETE ON {TABLE}", take_out),
    }


def _texts(row: str) -> str:
    """What stands in the index of a row, a field a column: two spaces before each word make its beginning a trigram."""
    return ", ".join(" || ".join(_text(field, row + column) for column in FIELDS[field]) for field in FIELDS)


def _text(field: str, column: str) -> str:
    return f"'  ' || {column}" if field in KEYS else f"replace({column}, ' ', '  ')"


def _install_on_postgresql(connection: BaseDatabaseWrapper) -> None:
    """Nothing where pg_trgm is not installed on the server, or may not be created by us: the check says so."""
    columns = ", ".join(f"{column} gin_trgm_ops" for column in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
        if not cursor.fetchone():
            return
        try:
            with transaction.atomic(connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(f"CREATE INDEX {INDEX} ON {TABLE} USING gin ({columns})")
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", "") != "42501":  # insufficient privilege
                raise

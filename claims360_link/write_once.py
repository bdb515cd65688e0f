"""Triggers that keep a configuration as it was written, on both engines; put in place after every migration."""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "claims360_link_configuration"
NAME = "claims360_write_once"
# The id too: an UPDATE OR REPLACE that moves a row onto another would delete that one unseen.
GUARDED = ("id", "repairer_id", "bodyshop_id", "bodyshop_key_sha256", "planmanager_key_sha256", "created_at")
REFUSAL = "A Claims360 configuration is written once"

# SQLite's INSERT OR REPLACE would delete the old row unseen: an insert over an existing row is refused before that.
SQLITE = (
    f"CREATE TRIGGER {NAME}_update BEFORE UPDATE ON {TABLE} WHEN "
    + " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in GUARDED)
    + f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    f"CREATE TRIGGER {NAME}_insert BEFORE INSERT ON {TABLE} WHEN EXISTS (SELECT 1 FROM {TABLE}"  # noqa: S608 (own names)
    " WHERE id = NEW.id OR repairer_id = NEW.repairer_id OR bodyshop_id = NEW.bodyshop_id)"
    f" BEGIN SELECT RAISE(ABORT, 'UNIQUE: {REFUSAL}'); END",
)
POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger AS $$ BEGIN"
    f" RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$ LANGUAGE plpgsql",
    f"CREATE TRIGGER {NAME}_update BEFORE UPDATE ON {TABLE} FOR EACH ROW WHEN ("
    + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in GUARDED)
    + f") EXECUTE FUNCTION {NAME}()",
)
WANTED = {"sqlite": {f"{NAME}_update", f"{NAME}_insert"}, "postgresql": {f"{NAME}_update"}}


def install(using: str = "default", **_: Any) -> None:
    """Put the triggers in place where they are missing: a migration that remakes the table drops them."""
    connection = connections[using]
    if TABLE not in connection.introspection.table_names() or not missing(connection):
        return
    with connection.cursor() as cursor:
        for name in present(connection):
            on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER {name}{on}")
        for statement in SQLITE if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of the triggers that are not in place."""
    return WANTED[connection.vendor] - present(connection)


def present(connection: BaseDatabaseWrapper) -> set[str]:
    """The names of our triggers that are in place."""
    source = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgname LIKE %s AND tgenabled <> 'D'",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(source, [f"{NAME}%"])
        return {name for (name,) in cursor.fetchall()}

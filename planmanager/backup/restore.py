"""Restore a backup: looked at as a whole first, then put in place; what can't be is left as it was."""

import datetime as dt
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from dossiers import search_index
from dossiers.models import Opening
from dossiers.store import files as store
from planmanager.backup import archive, files, manifest
from planmanager.backup.engines import engine
from planmanager.backup.make import DATABASE
from planmanager.backup.manifest import LEFT_OUT, Manifest

MADE_BY_MIGRATE = {"django_migrations", "django_content_type", "auth_permission", "dossiers_denyreason"}
LARGEST_MANIFEST = 16 * 1024 * 1024  # bytes


def look(path: Path) -> Manifest:
    """What the backup at `path` says of itself. Raises CannotRestore where it can't be restored here; OSError."""
    found = manifest.read(archive.first(path, LARGEST_MANIFEST))
    manifest.require_fit(found, connection.vendor)
    return found


def is_empty() -> bool:
    """Whether this place holds nothing yet: no file, and no row but what `migrate` makes. Raises django.db.Error."""
    return not has_rows() and not any(files.kept())


def has_rows() -> bool:
    """Whether the database holds a row but what `migrate` makes. Raises django.db.Error."""
    tables = set(connection.introspection.table_names()) - MADE_BY_MIGRATE - {LEFT_OUT}
    with connection.cursor() as cursor:
        for name in tables - search_index.tables(connection):
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(name)} LIMIT 1")  # noqa: S608 (own names)
            if cursor.fetchone():
                return True
    return False


def restore(path: Path) -> Manifest:
    """Put the backup at `path` in the place of all that is here, and bring it to the version of this program.

    Raises CannotRestore, OSError or django.db.Error.
    """
    found = look(path)
    with files.staging() as folder:
        archive.unpack(path, folder)
        engine().put(folder / DATABASE, found.database)
        store.replace_all(folder / "files")
    call_command("migrate", verbosity=0, interactive=False)
    _doubt_openings(found.taken_at)
    return found


def _doubt_openings(taken_at: dt.datetime) -> None:
    """An opening that was not tried yet may have been tried since, so it counts as tried when the backup was taken.

    It is then repeated only while its idempotency key still protects from a second file.
    """
    Opening.objects.filter(first_attempt_at=None).update(first_attempt_at=taken_at)

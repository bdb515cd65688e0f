"""An upgrade keeps what is there: every migration of ours runs forward over rows of all versions before it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db.migrations import AddField, Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from pytest_django import DjangoDbBlocker

from claims360_link import write_once
from tests.project.every_row import TEXT, Rows, fill, lost, rows
from tests.project.place import Place, place

pytestmark = pytest.mark.django_db(transaction=True)
OURS = ("claims360_link", "dossiers", "repairers")
LOADER = MigrationLoader(None)
LATEST = LOADER.graph.leaf_nodes()
Key = tuple[str, str]  # app, name


def in_order() -> list[Key]:
    """All migrations, as a new database carries them out."""
    return list(dict.fromkeys(key for leaf in LATEST for key in LOADER.graph.forwards_plan(leaf)))


def with_a_predecessor() -> list[Key]:
    """The migrations of ours that may meet rows of their app."""
    ours = [LOADER.disk_migrations[key] for key in in_order() if key[0] in OURS]
    later = [one for one in ours if any(app == one.app_label for app, _name in one.dependencies)]
    return [(one.app_label, one.name) for one in later]


class Past:
    """A place that goes on from one migration to the next, and what was written into it on the way."""

    def __init__(self, old: Place) -> None:
        self.old, self.rows = old, Rows()
        self._executor, self._state = MigrationExecutor(old.connection), ProjectState()
        self._left = in_order()

    def until(self, key: Key) -> None:
        """Everything before `key` is carried out."""
        while self._left[0] != key:
            self.go_on()

    def go_on(self) -> None:
        """The next migration."""
        migration = LOADER.disk_migrations[self._left.pop(0)]
        self._state = self._executor.apply_migration(self._state, migration)

    def write(self, leave_out: set[str]) -> Rows:
        """Rows in every table that there is, but in `leave_out`; gives what the tables then hold, of before too."""
        said = f".{len(self._left)} {TEXT}"  # no two versions write the same
        written = fill(self._state.apps, self.old.alias, leave_out, said)
        self.rows |= written
        return written

    def lost(self) -> list[dict[str, Any]]:
        """What was written, and is not there any more."""
        return lost(self.rows, rows(self.rows, self.old.alias))


@pytest.fixture(scope="module")
def past(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Past]:
    with (
        django_db_blocker.unblock(),
        place(tmp_path_factory.mktemp("past"), alias="past") as old,
    ):
        yield Past(old)


def without_rows_yet(migration: Migration) -> set[str]:
    """The tables that nothing can be in before the rest of an app's first version is carried out."""
    added = [one for one in migration.operations if isinstance(one, AddField)] if migration.initial else []
    required = [one for one in added if not one.field.null and not one.field.has_default()]
    return {f"{migration.app_label}.{one.model_name}" for one in required}


@pytest.mark.parametrize("key", with_a_predecessor(), ids=".".join)
def test_every_row_survives(key: Key, past: Past) -> None:
    """Those of this version and those of all before it."""
    migration = LOADER.disk_migrations[key]
    past.until(key)
    if not migration.initial:
        write_once.install(past.old.alias)
    assert past.lost() == []
    written = past.write(without_rows_yet(migration))
    assert all(len(found) >= 2 for found in written.values()) and len(written) > 10
    past.go_on()
    assert past.lost() == []


def test_every_row_is_there_in_the_newest_version(past: Past) -> None:
    call_command("migrate", database=past.old.alias, verbosity=0)
    assert len(past.rows) > 10 and past.lost() == []
    assert write_once.missing(past.old.connection) == set()


def test_there_are_some() -> None:
    assert {app for app, _name in with_a_predecessor()} >= {"claims360_link", "dossiers"}
    assert any(not LOADER.disk_migrations[key].initial for key in with_a_predecessor())

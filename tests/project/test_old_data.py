"""An upgrade keeps what is there: every migration of ours runs forward over rows of the version before it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations import AddField, Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from claims360_link import write_once
from tests.project.every_row import fill, lost, rows
from tests.project.place import Place, place

pytestmark = pytest.mark.django_db(transaction=True)
OURS = ("claims360_link", "dossiers", "repairers")
LOADER = MigrationLoader(None)
LATEST = LOADER.graph.leaf_nodes()
Key = tuple[str, str]  # app, name


def with_a_predecessor() -> list[Key]:
    """The migrations of ours that may meet rows of their app."""
    ours = [migration for (app, _name), migration in LOADER.disk_migrations.items() if app in OURS]
    later = [one for one in ours if any(app == one.app_label for app, _name in one.dependencies)]
    return sorted((one.app_label, one.name) for one in later)


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as old:
        yield old


def migrated_until(key: Key, old: Place) -> ProjectState:
    """Everything is carried out but `key` and what depends on it; gives what there is then."""
    executor, later = MigrationExecutor(old.connection), set(LOADER.graph.backwards_plan(key))
    plan = executor.migration_plan(LATEST)
    return executor.migrate(
        LATEST, plan=[step for step in plan if (step[0].app_label, step[0].name) not in later]
    )


def without_rows_yet(migration: Migration) -> set[str]:
    """The tables that nothing can be in before the rest of an app's first version is carried out."""
    added = [one for one in migration.operations if isinstance(one, AddField)] if migration.initial else []
    required = [one for one in added if not one.field.null and not one.field.has_default()]
    return {f"{migration.app_label}.{one.model_name}" for one in required}


@pytest.mark.parametrize("key", with_a_predecessor(), ids=".".join)
def test_every_row_survives(key: Key, old: Place) -> None:
    migration = LOADER.disk_migrations[key]
    state = migrated_until(key, old)
    if not migration.initial:
        write_once.install(old.alias)
    before = fill(state.apps, old.alias, without_rows_yet(migration))
    assert all(len(found) >= 2 for found in before.values()) and len(before) > 10
    MigrationExecutor(old.connection).migrate([key])
    assert lost(before, rows(before, old.alias)) == []
    call_command("migrate", database=old.alias, verbosity=0)
    assert lost(before, rows(before, old.alias)) == []
    assert write_once.missing(old.connection) == set()


def test_there_are_some() -> None:
    assert {app for app, _name in with_a_predecessor()} >= {"claims360_link", "dossiers"}
    assert any(not LOADER.disk_migrations[key].initial for key in with_a_predecessor())

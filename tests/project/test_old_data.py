"""An upgrade keeps what is there: every migration of ours runs forward over rows of the version before it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.migrations import AddField, Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import DjangoDbBlocker

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


def all_before(key: Key) -> set[Key]:
    """Everything but `key` and what depends on it."""
    return {*LOADER.disk_migrations} - set(LOADER.graph.backwards_plan(key))


class Past:
    """A place that goes on from the past of one migration to that of the next."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0
        self._place = ExitStack()

    def until(self, key: Key) -> Place:
        """It, where `all_before` is carried out; nothing may be changed in it."""
        if not self._made or not {
            *MigrationRecorder(self._here.connection).applied_migrations()
        } <= all_before(key):
            self._begin_anew()
        executor, wanted = MigrationExecutor(self._here.connection), all_before(key)
        plan = executor.migration_plan(LATEST)
        executor.migrate(LATEST, plan=[step for step in plan if (step[0].app_label, step[0].name) in wanted])
        return self._here

    def _begin_anew(self) -> None:
        self.close()
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        self._here = self._place.enter_context(place(folder, alias="past"))

    def close(self) -> None:
        self._place.close()


@pytest.fixture(scope="module")
def past(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Past]:
    past = Past(tmp_path_factory.mktemp("past"))
    yield past
    with django_db_blocker.unblock():
        past.close()


def without_rows_yet(migration: Migration) -> set[str]:
    """The tables that nothing can be in before the rest of an app's first version is carried out."""
    added = [one for one in migration.operations if isinstance(one, AddField)] if migration.initial else []
    required = [one for one in added if not one.field.null and not one.field.has_default()]
    return {f"{migration.app_label}.{one.model_name}" for one in required}


@pytest.mark.parametrize("key", with_a_predecessor(), ids=".".join)
def test_every_row_survives(key: Key, past: Past, tmp_path: Path) -> None:
    with place(tmp_path, like=past.until(key)) as old:
        survives(LOADER.disk_migrations[key], old)


def survives(migration: Migration, old: Place) -> None:
    """Everything before `migration` is carried out there, and nothing is in it yet."""
    if not migration.initial:
        write_once.install(old.alias)
    key = (migration.app_label, migration.name)
    apps = LOADER.project_state([*all_before(key)]).apps
    before = fill(apps, old.alias, without_rows_yet(migration))
    assert all(len(found) >= 2 for found in before.values()) and len(before) > 10
    MigrationExecutor(old.connection).migrate([key])
    assert lost(before, rows(before, old.alias)) == []
    call_command("migrate", database=old.alias, verbosity=0)
    assert lost(before, rows(before, old.alias)) == []
    assert write_once.missing(old.connection) == set()


def test_there_are_some() -> None:
    assert {app for app, _name in with_a_predecessor()} >= {"claims360_link", "dossiers"}
    assert any(not LOADER.disk_migrations[key].initial for key in with_a_predecessor())

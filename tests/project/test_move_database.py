"""From SQLite to PostgreSQL: every row, id, trigger and index arrives, or nothing does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import environ
import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.models import Model, TextField
from django.db.models.functions import Cast

from claims360_link import write_once
from claims360_link.fields import EncryptedTextField
from dossiers import search_index
from repairers.models import Repairer, Site
from tests.dossiers.factories import DossierFactory
from tests.postgresql import debian_has_it, postgresql, postgresql_of_debian
from tests.project.every_row import fill

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="it is SQLite that is moved"),
]
MODELS = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with postgresql_of_debian() if debian_has_it() else postgresql() as url:
        yield url


@pytest.fixture
def target(url: str) -> Iterator[BaseDatabaseWrapper]:
    """An empty PostgreSQL."""
    address = {"OPTIONS": {}, **environ.Env.db_url_config(url)}
    connections["target"] = DatabaseWrapper({**connection.settings_dict, **address}, "default")
    with connections["target"].cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    try:
        yield connections["target"]
    finally:
        connections["target"].close()
        del connections["target"]


def move(target: BaseDatabaseWrapper, path: object = "") -> str:
    """What the command says where DATABASE_URL names `target`."""
    old, said = connections["default"], StringIO()
    connections["default"] = target
    try:
        call_command("move_database", str(path or old.settings_dict["NAME"]), stdout=said)
    finally:
        connections["default"] = old
    return said.getvalue()


def held(model: type[Model], using: str) -> list[tuple[Any, ...]]:
    """Its rows, as the product reads them; a key as it lies there."""
    names = [
        field.attname for field in model._meta.concrete_fields if not isinstance(field, EncryptedTextField)
    ]
    sealed = {
        f"{field.attname}_as_it_lies": Cast(field.attname, TextField())
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    }
    rows = model._base_manager.using(using).annotate(**sealed)
    return sorted(rows.values_list(*names, *sealed), key=repr)


def test_all_of_it_arrives(target: BaseDatabaseWrapper) -> None:
    fill(apps)
    gone = Site.objects.create(name="gone again")
    last_id = gone.pk
    gone.delete()
    assert "are the same there" in move(target)
    for model in MODELS:
        if model is not Session:
            assert len(held(model, "target")) >= 2 and held(model, "target") == held(model, "default"), model
    assert not Session.objects.using("target").exists()
    assert Site.objects.using("target").create(name="new").pk == last_id + 1, "no id is given out twice"
    assert write_once.missing(target) == set()
    assert (search_index.missing(target) == set()) == debian_has_it()
    with pytest.raises(CommandError, match=r"The database of DATABASE_URL is not empty\."):
        move(target)


def test_what_cannot_be_moved_is_said_in_one_line(
    target: BaseDatabaseWrapper, tmp_path: Path, repairer: Repairer
) -> None:
    """And the target stays empty."""
    DossierFactory(repairer=repairer)

    def refused(words: str, path: object = "") -> None:
        with pytest.raises(CommandError, match=words) as refusal:
            move(target, path)
        assert "\n" not in str(refusal.value)
        assert target.introspection.table_names() == []

    refused("unable to open database file", tmp_path / "nowhere.sqlite3")
    (tmp_path / "other").write_text("no database" * 100)
    refused("file is not a database", tmp_path / "other")
    with pytest.raises(CommandError, match="DATABASE_URL must name the PostgreSQL"):
        call_command("move_database", str(tmp_path / "other"))
    with closing(sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as old:
        old.execute("UPDATE dossiers_dossier SET deductible = 0.1234567")  # which PostgreSQL would round
        refused("What arrived in dossiers_dossier is not what was sent")
        old.execute("BEGIN EXCLUSIVE")
        refused("The database is in use")
        old.execute("ROLLBACK")
        old.execute("VACUUM INTO ?", [str(tmp_path / "older")])
    with closing(sqlite3.connect(tmp_path / "older", isolation_level=None)) as older:
        older.execute("DELETE FROM django_migrations WHERE app = 'dossiers'")
    refused("It is of another version", tmp_path / "older")

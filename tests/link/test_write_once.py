"""The database itself refuses to change a configuration, on both engines, whoever asks and however."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import CharField

from claims360_link import checks, write_once
from claims360_link.models import Configuration
from repairers.models import Repairer
from tests.dossiers.factories import RepairerFactory
from tests.link.world import DEMO

TABLE = write_once.TABLE
sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own words")


@pytest.fixture
def row(repairer: Repairer) -> Configuration:
    return make(repairer, DEMO)


def make(repairer: Repairer, bodyshop_id: str) -> Configuration:
    return Configuration.objects.create(
        repairer=repairer, bodyshop_id=bodyshop_id, bodyshop_key="b", planmanager_key="p",
        bodyshop_key_sha256="1" * 64, planmanager_key_sha256="2" * 64,
    )  # fmt: skip


def refuses(statement: str, *values: object) -> None:
    before = list(Configuration.objects.order_by("pk").values())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert list(Configuration.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("bodyshop_id", "999"),
        ("bodyshop_key_sha256", "3" * 64),
        ("planmanager_key_sha256", "3" * 64),
        ("created_at", "2020-01-01"),
        ("id", 4711),
    ],
)
def test_an_update_is_refused(row: Configuration, column: str, value: object) -> None:
    refuses(f"UPDATE {TABLE} SET {column} = %s", value)


def test_another_repairer_is_refused(row: Configuration) -> None:
    refuses(f"UPDATE {TABLE} SET repairer_id = %s", RepairerFactory().pk)


def test_the_model_is_refused_too(row: Configuration) -> None:
    row.bodyshop_id = "999"
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
    assert Configuration.objects.get().bodyshop_id == DEMO


def test_re_encryption_stays_possible(row: Configuration) -> None:
    row.save(update_fields=["bodyshop_key", "planmanager_key"])
    row.refresh_from_db()
    assert (row.bodyshop_key, row.planmanager_key) == ("b", "p")


@pytest.mark.parametrize("missing", ["bodyshop_id", "bodyshop_key", "planmanager_key"])
def test_complete_or_absent(repairer: Repairer, missing: str) -> None:
    values = {"bodyshop_id": DEMO, "bodyshop_key": "b", "planmanager_key": "p", missing: ""}
    with pytest.raises(IntegrityError), transaction.atomic():
        Configuration.objects.create(repairer=repairer, **values)


COPY = (
    "bodyshop_key, planmanager_key, '3', '3', bodyshop_key_last4, planmanager_key_last4, checked, created_at"
)
COLUMNS = (
    "bodyshop_key, planmanager_key, bodyshop_key_sha256, planmanager_key_sha256, bodyshop_key_last4,"
    " planmanager_key_last4, checked, created_at"
)


@sqlite
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT"])
@pytest.mark.parametrize(
    "same",
    [
        "id, repairer_id, bodyshop_id",
        "4711, repairer_id, '999'",
        "4711, 4711, bodyshop_id",
        "id, 4711, '999'",
    ],
)
def test_an_insert_over_a_row_is_refused(row: Configuration, verb: str, same: str) -> None:
    refuses(
        f"{verb} INTO {TABLE} (id, repairer_id, bodyshop_id, {COLUMNS}) SELECT {same}, {COPY} FROM {TABLE}"
    )


@sqlite
def test_an_upsert_is_refused(row: Configuration) -> None:
    refuses(
        f"INSERT INTO {TABLE} (id, repairer_id, bodyshop_id, {COLUMNS}) SELECT id, repairer_id, bodyshop_id, {COPY}"
        f" FROM {TABLE} WHERE true ON CONFLICT DO UPDATE SET bodyshop_key_sha256 = '3'"
    )


@sqlite
def test_an_update_over_another_row_is_refused(row: Configuration) -> None:
    other = make(RepairerFactory(), "999")
    refuses(f"UPDATE OR REPLACE {TABLE} SET id = %s WHERE id = %s", row.pk, other.pk)


@sqlite
@pytest.mark.django_db(transaction=True)
def test_a_remade_table_gets_its_triggers_back(transactional_db: None, repairer: Repairer) -> None:
    """A later migration remakes the table on SQLite, and with it drops the triggers: migrate puts them back."""
    make(repairer, DEMO)
    old, new = Configuration._meta.get_field("bodyshop_id"), CharField(max_length=41, unique=True)
    new.set_attributes_from_name("bodyshop_id")
    new.model = Configuration
    try:
        with connection.schema_editor() as editor:
            editor.alter_field(Configuration, old, new)
        assert write_once.missing(connection) == write_once.WANTED["sqlite"]
        (error,) = checks.write_once_triggers(databases=["default"])
        assert error.id == "claims360.E002"
        call_command("migrate", stdout=StringIO())
        assert write_once.missing(connection) == set()
        assert checks.write_once_triggers(databases=["default"]) == []
        refuses(f"UPDATE {TABLE} SET bodyshop_id = '999'")
    finally:
        with connection.schema_editor() as editor:
            editor.alter_field(Configuration, new, old)
        call_command("migrate", stdout=StringIO())


def test_half_of_the_triggers_is_repaired(row: Configuration) -> None:
    on = f" ON {TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {write_once.NAME}_update{on}")
    assert write_once.missing(connection) == {f"{write_once.NAME}_update"}
    write_once.install()
    write_once.install()
    refuses(f"UPDATE {TABLE} SET bodyshop_id = '999'")

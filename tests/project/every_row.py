"""Rows in every table, each column with a value that is easily hurt on the way."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.apps.registry import Apps
from django.db import connections
from django.db.models import Field, JSONField, Model

TEXT = "Zoë \\N \\. \\\\ 'o' \"q\"\t€ 𝄞\r\n\x85 end "
AT = dt.datetime(2026, 10, 25, 1, 30, 0, 123_457, dt.UTC)  # an hour that Brussels has twice
VALUES: dict[str, Any] = {
    "BigIntegerField": 2**53 + 1,
    "DateField": dt.date(1999, 12, 31),
    "DateTimeField": AT,
    "EmailField": "zoë@example.be",
    "FileField": "photos/ab/cd/0001",
    "FloatField": 0.1,
    "GenericIPAddressField": "2001:db8::1",
    "IntegerField": -(2**31),
    "JSONField": {"é\n": [None, True, 1.5, "12.30", "\\N\t", {}], "amount": "1210.00"},
    "PositiveBigIntegerField": 2**53 + 1,
    "PositiveIntegerField": 2**31 - 1,
    "PositiveSmallIntegerField": 2**15 - 1,
    "SmallIntegerField": -(2**15),
    "UUIDField": uuid.UUID("12345678-1234-5678-1234-567812345678"),
}
Rows = dict[str, list[dict[str, Any]]]  # by table, each row by column
FULL, BARE = 1, 2  # the rows of a table: with every value, and with none where none may be


def fill(apps: Apps, using: str = "default", leave_out: Collection[str] = (), text: str = TEXT) -> Rows:
    """Two rows in each table of `apps` but `leave_out` ("app.model"); gives what the database then has, by table.

    Each text is the number of the row and then `text`, as much of it as there is room for.
    """
    made: dict[tuple[str, int], Any] = {}
    models = [model for model in _in_order(apps) if model._meta.label_lower not in leave_out]
    for model in models:
        for number in (FULL, BARE):
            row = model(**{field.attname: _value(field, number, made, text) for field in _filled(model)})
            model._base_manager.using(using).bulk_create([row])
            made[model._meta.label_lower, number] = row.pk
    return rows((model._meta.db_table for model in models), using)


def rows(tables: Iterable[str], using: str = "default") -> Rows:
    """What the database has in these tables, as its driver gives it, in an order of its own."""
    connection, found = connections[using], {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            found[table] = sorted((dict(zip(names, row, strict=True)) for row in cursor.fetchall()), key=repr)
    return found


def lost(before: Rows, after: Rows) -> list[dict[str, Any]]:
    """The rows of `before` that `after` has not any more, or not in each column as they were."""
    return [
        row
        for table, found in before.items()
        for row in found
        if row not in [{name: one[name] for name in row} for one in after[table]]
    ]


def _in_order(apps: Apps) -> Iterator[type[Model]]:
    """Each model after those that its rows must point to."""
    models = apps.get_models(include_auto_created=True)
    waiting, there = [model for model in models if not model._meta.proxy], set()
    while waiting:
        ready = [model for model in waiting if {_target(field) for field in _needed(model)} <= there]
        assert ready, f"they need each other: {waiting}"
        yield from ready
        there |= {model._meta.label_lower for model in ready}
        waiting = [model for model in waiting if model not in ready]


def _needed(model: type[Model]) -> list[Field]:
    """Its foreign keys, but to itself."""
    keys = [field for field in _filled(model) if field.remote_field]
    return [field for field in keys if _target(field) != model._meta.label_lower]


def _target(field: Field) -> str:
    return str(field.related_model._meta.concrete_model._meta.label_lower)


def _filled(model: type[Model]) -> list[Field]:
    return [
        field for field in model._meta.concrete_fields if not field.get_internal_type().endswith("AutoField")
    ]


def _value(field: Field, number: int, made: dict[tuple[str, int], Any], text: str) -> Any:
    if number == BARE and field.null:
        return None
    if field.remote_field and _target(field) == field.model._meta.label_lower:
        return None  # its first row can name no other
    if field.remote_field:
        return made[_target(field), number]
    if field.choices:
        return list(field.flatchoices)[-number][0]
    return _plain(field, number, text)


def _plain(field: Field, number: int, text: str) -> Any:
    kind = (
        "JSONField" if isinstance(field, JSONField) else field.get_internal_type()
    )  # a document is a text there
    if kind in ("CharField", "TextField"):
        return f"{number}{text}"[: field.max_length]
    if kind == "JSONField":
        return {**VALUES[kind], f"{number}{text}": [f"{number}{text}"]}
    if kind == "BooleanField":
        return number == FULL
    if kind == "DecimalField":
        digits = "9" * min(field.max_digits, 15)  # more, Django does not read back from SQLite
        return Decimal(f"-{digits[: -field.decimal_places]}.{digits[-field.decimal_places :]}")
    return VALUES[kind]

"""What a request changes: the rows of every table of ours that it writes to, read before and after."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Model

Rows = dict[str, list[dict[str, Any]]]


def ours() -> list[type[Model]]:
    names = ("dossiers", "claims360_link", "repairers")
    return [model for name in names for model in apps.get_app_config(name).get_models()]


def held(models: Iterable[type[Model]]) -> Rows:
    """Every row of these."""
    rows = {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in models}
    for user in rows.get("repairers.User", []):
        for name in ("last_login", "looked_at", "looked_before"):
            del user[name]  # a login or a look is no change
    return rows


@contextmanager
def written() -> Iterator[set[type[Model]]]:
    """Fills with those of ours that a statement names which does more than read."""
    tables, found = {model._meta.db_table: model for model in ours()}, set()

    def note(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if not sql.lstrip(" (").upper().startswith("SELECT"):
            found.update(model for table, model in tables.items() if table in sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


@contextmanager
def undone() -> Iterator[None]:
    """What happens here never happened."""
    test = transaction.atomic()
    test._from_testcase = True  # as a TestCase's own: what must not be within a transaction does not notice
    with test:
        yield
        transaction.set_rollback(True)


def changes(before: Rows, models: Iterable[type[Model]]) -> bool:
    """Whether any of these has other rows than `before`, which has those of all."""
    return any(before[label] != rows for label, rows in held(models).items())

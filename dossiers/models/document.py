"""JSON that is kept whole and read whole."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class Document(models.JSONField):
    """A text to the database, which neither takes it apart nor looks something up in it.

    As JSON, PostgreSQL would make a tree of each and SQLite read each once more: a twentieth of a first import.
    """

    def get_internal_type(self) -> str:
        return "TextField"

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> str | None:
        return None if value is None else json.dumps(value, cls=self.encoder, ensure_ascii=False)

    def get_transform(self, name: str) -> Any:
        """As of a text: a condition on what stands in it is an error."""
        return models.Field.get_transform(self, name)

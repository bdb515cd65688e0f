"""How the documents of the API write amounts, and codes with their sentences."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dossiers.forms import FIRST_DAY, LAST_DAY
from dossiers.sentences import sentence

CENT = Decimal("0.01")
MOMENTS = [
    MinValueValidator(dt.datetime.combine(FIRST_DAY, dt.time.min, dt.UTC)),
    MaxValueValidator(dt.datetime.combine(LAST_DAY, dt.time.min, dt.UTC)),
]


class Amount(serializers.DecimalField):
    """An amount in EUR, or a percentage, as text: two decimals, or as many as it was sent with."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=16, decimal_places=6, **kwargs)

    def to_representation(self, value: Any) -> str:
        cents = value.quantize(CENT)
        return f"{cents if cents == value else value.normalize():f}"


class Text(serializers.CharField):
    """A text and nothing else: a number where a text belongs is a mistake."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if isinstance(data, int | float):
            self.fail("invalid")
        return super().run_validation(data)


class WhySerializer(serializers.Serializer[Any]):
    """A code, which stays the same, and its sentence in the caller's language."""

    code = serializers.CharField()
    text = serializers.CharField()


@extend_schema_field(WhySerializer(allow_null=True))
class Why(serializers.Field[Any, Any, Any, Any]):
    """The sentence code in `code_field`, with its arguments in `args_field` where it has some; None for no code."""

    def __init__(self, code_field: str, args_field: str = "", **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)
        self.code_field, self.args_field = code_field, args_field

    def to_representation(self, row: Any) -> dict[str, str] | None:
        code = getattr(row, self.code_field)
        args = getattr(row, self.args_field) if self.args_field else None
        return {"code": code, "text": sentence(code, args)} if code else None


def many(kind: type[serializers.Serializer[Any]], rows: Iterable[Any]) -> list[dict[str, Any]]:
    """The document of each of `rows`."""
    return [kind(row).data for row in rows]

"""Pages of a list, in an order that the caller chooses: the newest first where nothing is said."""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from repairers.access import MAX_ID

MOST = 200  # rows of a page
NEWEST_FIRST = "-id"
CURSOR = (
    r"[1-9][0-9]{0,18}(\.[0-9]{1,17})?"  # an id; and microseconds, of which there are no more in any year
)
EPOCH, MICROSECOND = dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.timedelta(microseconds=1)
SORT_HELP = (
    "In which order, downwards with a minus. By `updated_at` or `changed_at` upwards, what changes during the walk "
    "comes again at its end."
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page: its id and, where the list is in the order of a time, that time."""

    pk: int
    at: dt.datetime | None = None

    def __str__(self) -> str:
        return str(self.pk) if self.at is None else f"{self.pk}.{(self.at - EPOCH) // MICROSECOND}"


class CursorField(serializers.Field[Any, Any, Any, Any]):
    default_error_messages = {"invalid": _("This is no cursor of a page.")}

    def to_internal_value(self, data: Any) -> Cursor:
        if not re.fullmatch(CURSOR, str(data)):
            self.fail("invalid")
        pk, _point, micros = str(data).partition(".")
        if int(pk) > MAX_ID:
            self.fail("invalid")
        return Cursor(int(pk), EPOCH + int(micros) * MICROSECOND if micros else None)


class Wanted(serializers.Serializer[Any]):
    """Which page of a list that can be in the order of the times `sorts`."""

    cursor = CursorField(required=False, help_text="As `next` of the page before has it.")
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=50, help_text="How many rows at most."
    )
    sort = serializers.ChoiceField(choices=[], default=NEWEST_FIRST, help_text=SORT_HELP)

    def __init__(self, *, sorts: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fields["sort"].choices = _choices(sorts)  # type: ignore[attr-defined]

    def validate(self, wanted: dict[str, Any]) -> dict[str, Any]:
        cursor, by_time = wanted.get("cursor"), _field_of(wanted["sort"]) != "id"
        if cursor is not None and (cursor.at is not None) is not by_time:
            raise serializers.ValidationError({"cursor": _("This cursor is of another order.")}, "invalid")
        return wanted


class Walk(BasePagination):
    """A page begins behind the last row of the one before: none repeats or skips a row, whatever comes meanwhile.

    The view says in `sorts` by which times beside the id its rows can be ordered: those that have an index.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of one page. Raises ValidationError."""
        asked = Wanted(data=request.query_params.dict(), sorts=_sorts(view))
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        sort, limit = wanted["sort"], wanted["limit"]
        found = list(_behind(queryset, sort, wanted.get("cursor"))[: limit + 1])
        page = found[:limit]
        self.next = _next(request, page[-1], sort) if len(found) > limit else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": ["string", "null"], "description": "The next page's address.", "example": None}
        properties = {"next": following, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        sorts = _sorts(view)
        schemas: dict[str, dict[str, Any]] = {
            "cursor": {"type": "string", "pattern": f"^{CURSOR}$"},
            "limit": {"type": "integer", "minimum": 1, "maximum": MOST},
            "sort": {"type": "string", "enum": _choices(sorts), "default": NEWEST_FIRST},
        }
        fields = Wanted(sorts=sorts).fields
        return [
            {"name": name, "in": "query", "description": str(fields[name].help_text), "schema": schema}
            for name, schema in schemas.items()
        ]


def _sorts(view: APIView | None) -> Sequence[str]:
    return getattr(view, "sorts", ())


def _choices(sorts: Sequence[str]) -> list[str]:
    return [f"{sign}{name}" for name in ("id", *sorts) for sign in ("-", "")]


def _field_of(sort: str) -> str:
    return sort.removeprefix("-")


def _behind(rows: QuerySet[Any], sort: str, cursor: Cursor | None) -> QuerySet[Any]:
    """`rows` in their order, from behind the cursor on."""
    name, sign, then = _field_of(sort), *(("-", "lt") if sort.startswith("-") else ("", "gt"))
    order = [f"{sign}{name}", f"{sign}id"] if name != "id" else [sort]
    if cursor is None:
        return rows.order_by(*order)
    behind = Q(**{f"pk__{then}": cursor.pk})
    if name != "id":
        # The first condition is for the index, which an OR alone would not be.
        behind = Q(**{f"{name}__{then}e": cursor.at}) & (Q(**{f"{name}__{then}": cursor.at}) | behind)
    return rows.filter(behind).order_by(*order)


def _next(request: Request, last: Model, sort: str) -> str:
    name = _field_of(sort)
    cursor = Cursor(last.pk, None if name == "id" else getattr(last, name))
    return replace_query_param(request.build_absolute_uri(), "cursor", str(cursor))

"""Pages of a list, the newest first."""

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from repairers.access import MAX_ID

MOST = 200  # rows of a page


class Wanted(serializers.Serializer[Any]):
    """Which page."""

    cursor = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="As `next` of the page before has it."
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST, default=50, help_text="How many rows at most."
    )


class NewestFirst(BasePagination):
    """A page begins below the last id of the one before: none repeats or skips a row, whatever comes meanwhile."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The rows of one page. Raises ValidationError."""
        wanted = Wanted(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        below, limit = wanted.validated_data.get("cursor"), wanted.validated_data["limit"]
        rows = queryset.filter(pk__lt=below) if below else queryset
        found = list(rows.order_by("-pk")[: limit + 1])
        page = found[:limit]
        self.next = _next(request, page[-1].pk) if len(found) > limit else None
        return page

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {"type": ["string", "null"], "description": "The next page's address.", "example": None}
        properties = {"next": following, "results": schema}
        return {"type": "object", "required": list(properties), "properties": properties}

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        limits = {"cursor": {"minimum": 1, "maximum": MAX_ID}, "limit": {"minimum": 1, "maximum": MOST}}
        return [
            {
                "name": name,
                "in": "query",
                "description": str(Wanted().fields[name].help_text),
                "schema": {"type": "integer", **limit},
            }
            for name, limit in limits.items()
        ]


def _next(request: Request, last: int) -> str:
    return replace_query_param(request.build_absolute_uri(), "cursor", last)

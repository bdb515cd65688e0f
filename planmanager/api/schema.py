"""The description of the API (OpenAPI 3.1): what all operations of a kind have beside what their views say."""

import functools
import json
from pathlib import Path
from typing import Any

from django.utils import translation
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from planmanager.api.problems import TYPE

EXAMPLES = json.loads(Path(__file__).with_name("examples.json").read_text())
READS = ("GET", "HEAD")
DONE = ("200", "201", "202")
NOT_MODIFIED = {"description": "As it was: the program holds it already."}
REFUSED = {
    "400": "The request can't be read, or its Idempotency-Key is none.",
    "401": "No valid token.",
    "403": "The token has not this scope.",
    "404": "Not there, or another's.",
    "409": "Not possible, or not any more.",
    "412": "Changed since it was read.",
    "415": "The body is of another kind than this takes.",
    "422": "Something in the request is not right.",
    "429": "Too many requests: wait for Retry-After seconds.",
}


def header(name: str, description: str, kind: Any = OpenApiTypes.STR) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description)


LANGUAGE = header("Accept-Language", "Of the sentences: fr (as a rule), nl, de or en.")
HELD = header("If-None-Match", "The ETag of what the program holds: 304 while it is the same.")
ONCE = header(
    "Idempotency-Key",
    "One of the program's own for each deed; repeated within 24 hours with the same body it is done once.",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
)
AS_READ = header("If-Match", "The ETag that was read: 412 where it has another by now.")


class MistakeDocument(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Nested ones with dots, empty for the whole.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemDocument(serializers.Serializer[Any]):
    """RFC 9457. Programs go by `code`, which stays the same; `detail` is for people, in their language."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = MistakeDocument(many=True, required=False)  # type: ignore[assignment]


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "repairers.api.tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "Made by the helpdesk, for its scopes."}


class Schema(AutoSchema):
    """Each operation with the headers, refusals and examples of its kind."""

    def get_operation_id(self) -> str:
        """ "missions_accept": a deed is named by itself, not by its method."""
        name: str = super().get_operation_id()
        deed = getattr(self.view, "action", None)
        return name.rsplit("_", 1)[0] if deed in {one.__name__ for one in self._deeds()} else name

    def _deeds(self) -> list[Any]:
        return list(getattr(self.view, "get_extra_actions", list)())

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), LANGUAGE, *self._of_its_kind()]

    def _of_its_kind(self) -> list[OpenApiParameter]:
        """A write that answers 200 changes a row; one that answers 201 or 202 adds something, whatever was read."""
        if self.method in READS:
            return [HELD]
        return [ONCE] if isinstance(self.get_response_serializers(), dict) else [ONCE, AS_READ]

    def get_description(self) -> str:  # type: ignore[override]
        """What the view says of itself, and the scope that it needs."""
        scope = getattr(self.view, "reads" if self.method in READS else "writes")
        return f"{super().get_description()}\n\nScope: `{scope}`."

    def get_examples(self) -> list[OpenApiExample]:
        """Of what goes in and of what comes back, each by the name of its document."""
        asked, told = _name_of(self.get_request_serializer()), _name_of(self.get_response_serializers())
        bodies = [OpenApiExample(asked, value=one, request_only=True) for one in _examples("asked", asked)]
        answers = [
            OpenApiExample(told, value=one, response_only=True, status_codes=DONE)
            for one in _examples("told", told)
        ]
        return bodies + answers

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        problem = self.resolve_serializer(ProblemDocument, "response").ref
        bodies = super()._get_response_bodies(direction)
        if self.method in READS:
            bodies["304"] = NOT_MODIFIED
        refused = {
            status: {"description": text, "content": {TYPE: {"schema": problem}}}
            for status, text in REFUSED.items()
        }
        return {**bodies, **refused}


def _name_of(serializer: Any) -> str:
    """Of a serializer, of its class, or of the one that is answered by its status."""
    one = next(iter(serializer.values())) if isinstance(serializer, dict) else serializer
    return (one if isinstance(one, type) else type(one)).__name__


def _examples(direction: str, name: str) -> list[Any]:
    known = EXAMPLES[direction]
    return [known[name]] if name in known else []


def of_this_version(endpoints: list[tuple[Any, ...]], **_more: Any) -> list[tuple[Any, ...]]:
    """The endpoints that stand under /api/v1/."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/")]


@functools.cache
def description() -> dict[str, Any]:
    """The OpenAPI document, the same for everybody."""
    with translation.override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return document

"""Refusals, as application/problem+json."""

import json
import uuid
from http import HTTPStatus

from flask import Response


class Problem(Exception):
    """Answers the request with a status, a code of the contract and, for people, a detail."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str = "",
        *,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors, headers or {}

    def response(self) -> Response:
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail or HTTPStatus(self.status).description,
            "correlation_id": uuid.uuid4().hex,
        }
        if self.errors is not None:
            document["errors"] = self.errors
        return Response(json.dumps(document), self.status, self.headers, mimetype="application/problem+json")


def invalid(field: str, message: str) -> Problem:
    """422 `validation` about one field."""
    return Problem(422, "validation", message, errors=[{"field": field, "message": message}])

"""POST /winformex/v2/documents: what Winformex II sends, by the token of a repairer (docs/winformex.md)."""

import logging
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from dossiers.models import WinformexToken
from dossiers.sentences import sentence
from dossiers.winformex.receive import Outcome, take
from repairers.api.tokens import PerMinute
from repairers.api.views import ApiView

log = logging.getLogger(__name__)
MAX_BYTES = 64 * 1024 * 1024  # of a document
LATER = 60  # seconds


class Refused(APIException):
    """By its sentence code; `wait` seconds, where the same document may be taken then."""

    def __init__(self, status: HTTPStatus, code: str, wait: int | None = None) -> None:
        super().__init__(sentence(code), code)
        self.status_code, self.wait = status, wait


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`; the token is `request.auth`, and there is no user."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, WinformexToken]:
        """Raises AuthenticationFailed."""
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        is_token = kind.lower() == "bearer"
        token = WinformexToken.found(secret.strip()) if is_token else None
        if token is None:
            code = "token-unknown" if is_token else "token-missing"
            raise AuthenticationFailed(sentence(code), code)
        token.note_use()
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class DocumentThrottle(PerMinute):
    """So many documents of one token; a program gone wild holds nobody else up."""

    def limit_of(self, request: Request) -> tuple[str, int]:
        return "documents", settings.WINFORMEX_DOCUMENTS_PER_MINUTE


class Unparsed(BaseParser):
    """The bytes as they came: what can't be read is kept, not refused by a parser."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: bytes = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "document-too-large")
        return body


class Documents(ApiView):
    """Takes one document; 200 with what became of it, 422 where it was kept aside as a whole."""

    schema = None
    authentication_classes = [BearerToken]
    permission_classes = []
    throttle_classes = [DocumentThrottle]
    parser_classes = [Unparsed]

    def post(self, request: Request) -> Response:
        """Raises Refused."""
        token = cast(WinformexToken, request.auth)
        body = request.data if isinstance(request.data, bytes) else b""  # a request may have none
        try:
            outcome = take(token.repairer, body)
        except OSError as error:
            log.warning("A document of Winformex II could not be stored: %s.", type(error).__name__)
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "disk-error", LATER) from error
        if not outcome.taken:
            raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, outcome.aside[0].reason)
        return Response(told(outcome))


def told(outcome: Outcome) -> dict[str, Any]:
    """What became of a document: the counts, and each record that was set aside, with its sentence."""
    return {
        **outcome.tally.as_dict(),
        "kept_aside": [
            {
                "kind": one.entity,
                "code": one.reason,
                "reason": sentence(one.reason),
                "detail": one.detail,
            }
            for one in outcome.aside
        ],
    }

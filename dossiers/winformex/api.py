"""POST /winformex/v2/documents: what Winformex II sends, by the token of a repairer (docs/winformex.md)."""

import logging
from http import HTTPStatus
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.decorators import method_decorator
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers.models import WinformexToken
from dossiers.sentences import sentence
from dossiers.winformex.receive import Outcome, take

log = logging.getLogger(__name__)
MAX_BYTES = 64 * 1024 * 1024  # of a document
PROBLEM = "application/problem+json"
LATER = 60  # seconds


class TooLarge(APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "document-too-large"


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`; the token is `request.auth`, and there is no user."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, WinformexToken] | None:
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = WinformexToken.found(secret.strip())
        if token is None:
            raise AuthenticationFailed
        token.note_use()
        return AnonymousUser(), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasToken(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, WinformexToken)


class Unparsed(BaseParser):
    """The bytes as they came: what can't be read is kept, not refused by a parser."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        body: bytes = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        return body


@method_decorator(login_not_required, name="dispatch")
class Documents(APIView):
    """Takes one document; 200 with what became of it, 422 where it was kept aside as a whole."""

    authentication_classes = [BearerToken]
    permission_classes = [HasToken]
    parser_classes = [Unparsed]
    renderer_classes = [JSONRenderer]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        translation.activate(translation.get_language_from_request(request))
        super().initial(request, *args, **kwargs)

    def get_exception_handler(self) -> Any:
        return problem_of

    def post(self, request: Request) -> Response:
        token = cast(WinformexToken, request.auth)
        body = request.data if isinstance(request.data, bytes) else b""  # a request may have none
        try:
            outcome = take(token.repairer, body)
        except OSError as error:
            log.warning("A document of Winformex II could not be stored: %s.", type(error).__name__)
            return problem(HTTPStatus.SERVICE_UNAVAILABLE, "disk-error", headers={"Retry-After": str(LATER)})
        if not outcome.taken:
            return problem(HTTPStatus.UNPROCESSABLE_ENTITY, outcome.aside[0].reason)
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


def problem(status: int, code: str, detail: str = "", headers: dict[str, str] | None = None) -> Response:
    """A refusal as RFC 9457 has it; `code` is one of dossiers.sentences where there is no `detail`."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail or sentence(code),
    }
    return Response(document, status=status, headers=headers, content_type=PROBLEM)


def problem_of(error: Exception, context: dict[str, Any]) -> Response | None:
    """What the framework refuses, as a problem; None for what is a fault of ours."""
    if not isinstance(error, APIException):
        return None
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        code = "token-missing" if isinstance(error, NotAuthenticated) else "token-unknown"
        return problem(error.status_code, code, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, TooLarge):
        return problem(error.status_code, error.default_code)
    return problem(error.status_code, str(error.get_codes()), str(error.detail))

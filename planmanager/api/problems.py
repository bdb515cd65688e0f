"""Every refusal that a program gets as application/problem+json (RFC 9457), in the language that it asked for."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import get_language, get_language_from_request, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from claims360_link.credentials import NotConfigured
from dossiers.intake.desk import CannotDecide
from dossiers.outbox import CannotSend
from dossiers.sentences import sentence
from dossiers.uploads import NOT_STORED, CannotAdd
from dossiers.views.photos import CannotShow
from repairers.api.errors import TooLarge

TYPE = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/winformex/v2/")


class Refused(exceptions.APIException):
    """A refusal of the product, by its sentence code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(sentence(code), code)
        self.status_code = status


class Unforeseen(exceptions.APIException):
    default_detail = gettext_lazy(
        "The error was noted. What was saved before is safe; try again in a moment."
    )


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """The problem document of `error`; None for what nobody foresaw, which is answered and logged as a page's is."""
    known = _translated(error)
    response = exception_handler(known, context)
    if response is None:
        return None
    response.content_type = TYPE
    response.data = document(response.status_code, known)
    return response


def document(status: int, error: Exception) -> dict[str, Any]:
    """`type` says no more than the status: what a program goes by is `code`, what a person reads is `detail`."""
    fields = list(_fields(error.detail)) if isinstance(error, exceptions.ValidationError) else None
    code, detail = _code_and_detail(status, error)
    problem = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    return problem if fields is None else {**problem, "errors": fields}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is refused before a view is asked: a page, and for programs a problem document."""
    return _problem(request, exceptions.ParseError) or defaults.bad_request(request, exception)


def too_large(request: HttpRequest) -> HttpResponse:
    """A body without end: for programs a problem document, for browsers, which send none, nothing."""
    of_winformex = request.path.startswith("/winformex/")
    kind = _document_too_large if of_winformex else TooLarge
    return _problem(request, kind) or HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _document_too_large() -> exceptions.APIException:
    return Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "document-too-large")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """An address that is none: a page, and for programs a problem document."""
    return _problem(request, exceptions.NotFound) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody foresaw: a page, and for programs a problem document. Neither says what it was."""
    return _problem(request, Unforeseen) or defaults.server_error(request)


def _problem(request: HttpRequest, kind: Callable[[], exceptions.APIException]) -> HttpResponse | None:
    """The refusal of a program's request, in its language: no view may have been reached that speaks it."""
    if not request.path.startswith(FOR_PROGRAMS):
        return None
    with override(get_language_from_request(request)):
        error, language = kind(), get_language()
        problem = document(error.status_code, error)
    headers = {"Content-Language": language or ""}
    return JsonResponse(problem, status=error.status_code, content_type=TYPE, headers=headers)


def _translated(error: Exception) -> Exception:
    """What the product raises, as the API knows refusals."""
    if isinstance(error, CannotDecide):
        return Refused(HTTPStatus.CONFLICT, error.code)
    if isinstance(error, CannotSend):
        return Refused(HTTPStatus.UNPROCESSABLE_ENTITY if error.field else HTTPStatus.CONFLICT, error.code)
    if isinstance(error, CannotAdd):
        later = error.code == NOT_STORED
        return Refused(
            HTTPStatus.SERVICE_UNAVAILABLE if later else HTTPStatus.UNPROCESSABLE_ENTITY, error.code
        )
    if isinstance(error, CannotShow):
        return Refused(HTTPStatus.SERVICE_UNAVAILABLE, error.code)
    if isinstance(error, NotConfigured):
        return Refused(HTTPStatus.CONFLICT, "not-configured")
    if isinstance(error, SuspiciousOperation):
        return TooLarge() if isinstance(error, RequestDataTooBig) else exceptions.ParseError()
    if isinstance(error, exceptions.ValidationError):
        error.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return error


def _code_and_detail(status: int, error: Exception) -> tuple[str, str]:
    if isinstance(error, exceptions.ValidationError):
        return "validation", _("Something in the request is not right; see “errors”.")
    if isinstance(error, exceptions.APIException):
        detail = error.detail
        return str(detail.code).replace("_", "-"), str(detail)  # type: ignore[union-attr]
    return "not-found", _("There is nothing here that this token may see.")


def _fields(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Each mistake with the field that it is in, nested ones by dots; "" for the whole."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _fields(inner, _joined(path, "" if name == "non_field_errors" else str(name)))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _fields(inner, path)
    else:
        yield {"field": path, "code": str(detail.code).replace("_", "-"), "detail": str(detail)}


def _joined(path: str, name: str) -> str:
    return ".".join(part for part in (path, name) if part)

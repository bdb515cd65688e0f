"""One id from the click to the wire: of a request, of the task that it wakes, and of what that asks elsewhere."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)
HEADER = "X-Request-Id"
QUIET = ("/healthz", "/readyz", "/metrics")  # asked every few seconds
FIT = re.compile(r"[A-Za-z0-9-]{8,64}")
_id: ContextVar[str] = ContextVar("request_id", default="")


class TracingMiddleware:
    """Gives each request its id, or takes that of a proxy before us, and writes one line as it ends."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.monotonic()
        request_id = begin(request.headers.get(HEADER, ""))
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        duration = round((time.monotonic() - begun) * 1000)
        level = logging.DEBUG if request.path in QUIET else logging.INFO
        log.log(level, "%s %s %s in %d ms", request.method, request.path, response.status_code, duration)
        return response


def begin(known: str = "") -> str:
    """Something begins, under the id that is `known` of it, or a new one; gives it."""
    request_id = known if FIT.fullmatch(known) else uuid.uuid4().hex
    _id.set(request_id)
    return request_id


def current_id() -> str:
    """The id of what is being done; "" where it has none."""
    return _id.get()

"""From which address somebody does what they do, for the trail."""

from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

from repairers.login import client_address

_address: ContextVar[str | None] = ContextVar("address", default=None)


class WhenceMiddleware:
    """Remembers the address of a request while it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _address.set(client_address(request))
        try:
            return self.get_response(request)
        finally:
            _address.reset(token)


def current_address() -> str | None:
    """The IP address of the request that is being answered; None for a worker or a command."""
    return _address.get()

"""Pages inside a page of another program: without the shell, and with cookies that a browser sends there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

FRAMES = ("iframe", "frame")


def in_frame(request: HttpRequest) -> bool:
    """Whether the page is shown in a frame: `?embed=1` says so, and the browser itself at each step after it.

    Nothing has to be carried from page to page: browsers name the destination of every navigation
    (https://www.w3.org/TR/fetch-metadata/), over HTTPS and on this machine.
    """
    return request.GET.get("embed") == "1" or request.headers.get("Sec-Fetch-Dest") in FRAMES


class PartitionedCookiesMiddleware:
    """Every cookie counts for the site in whose frame it was set alone (CHIPS); Django 5.2 has no word for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for cookie in response.cookies.values():
            cookie["samesite"] = "None; Partitioned"
        return response

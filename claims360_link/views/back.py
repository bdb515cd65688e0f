"""Where a page of the link leads back to: the page that it was pressed on, the tab where that is not known."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def back(request: HttpRequest) -> HttpResponse:
    """To the page that the browser comes from, without a script."""
    return redirect(page_of_ours(request, request.headers.get("Referer")) or reverse("claims360:list"))


def page_of_ours(request: HttpRequest, url: str | None) -> str:
    """`url` where it is a page of this site other than the form that was just sent, else ""."""
    ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return url if url and ours and urlsplit(url).path != request.path else ""

"""One URL, one view, one template for a page and its fragment: htmx asks by the id it swaps."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def render_page(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any],
    fragments: Mapping[str, str],
    status: int = 200,
) -> HttpResponse:
    """The page `template`, or only the part of it that htmx wants to swap.

    `fragments`: the template of each part, which the page itself includes, by the id of its element. One that
    restores the browser's history gets the whole page.
    """
    htmx = request.htmx  # type: ignore[attr-defined]  # django_htmx.middleware
    wanted = htmx.target if htmx and not htmx.history_restore_request else None
    response = render(request, fragments.get(wanted or "", template), dict(context), status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response

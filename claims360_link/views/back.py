"""Where a page of the link leads back to: the page that it was pressed on, the tab where that is not known."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from dossiers.views.answers import page_of_ours


def back(request: HttpRequest) -> HttpResponse:
    """To the page that the browser comes from, without a script."""
    return redirect(page_of_ours(request, request.headers.get("Referer")) or reverse("claims360:list"))

"""The description of the API, for programs and for people; and what is said where nothing is."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from planmanager.api import schema
from repairers.api.tokens import TokenAuthentication
from repairers.api.views import ApiView


class Description(ApiView):
    """The OpenAPI document, for whoever has a token or is logged in."""

    schema = None
    authentication_classes = [SessionAuthentication, TokenAuthentication]
    permission_classes = []
    throttle_classes = []

    def get(self, request: Request) -> Response:
        return Response(schema.description())


class Nothing(ApiView):
    """Raises Http404 for an address that is none, to whoever has a token."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise Http404


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The description as a page to read, for whoever is logged in."""
    return render(request, "api/page.html", {"api": schema.description()})

"""The description of the API, for programs and for people; and what is said where nothing is."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.authentication import SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from planmanager.api import schema
from planmanager.api.reading import kinds_of, operations_of
from repairers.api.tokens import SCHEME, TokenAuthentication
from repairers.api.views import ApiView


class Login(SessionAuthentication):
    """Whoever is logged in; whoever is not is told that a token would do."""

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class Description(ApiView):
    """The OpenAPI document, for whoever has a token or is logged in."""

    schema = None
    authentication_classes = [Login, TokenAuthentication]
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
    document = schema.description()
    context = {
        "version": document["openapi"],
        "groups": operations_of(document),
        "kinds": kinds_of(document),
    }
    return render(request, "api/page.html", context)

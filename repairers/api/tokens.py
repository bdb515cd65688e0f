"""Who asks, by the token of the request; whether that token may; and how often."""

from typing import Any, cast

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from repairers.models import ApiToken, Integration

SCHEME = "Bearer"


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …`, and nothing else: the session of a browser counts for no request to the API."""

    def authenticate(self, request: Request) -> tuple[Integration, ApiToken]:
        """The integration and its token. Raises AuthenticationFailed."""
        scheme, _space, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        token = ApiToken.valid(secret.strip()) if scheme.lower() == SCHEME.lower() else None
        if token is None:
            raise AuthenticationFailed(
                _("This needs a token that is valid: “Authorization: Bearer …”."), "token-missing"
            )
        token.note_use()
        return token.integration, token

    def authenticate_header(self, request: Request) -> str:
        return SCHEME


class HasScope(BasePermission):
    """Whether the token is for what is asked: the view's `reads` or `writes`, each a Scope."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        needed = view.reads if request.method in SAFE_METHODS else view.writes  # type: ignore[attr-defined]
        if needed not in cast(ApiToken, request.auth).scopes:
            text = _("This token is not for it: it needs the scope “%(scope)s”.")
            raise PermissionDenied(text % {"scope": needed}, "scope-missing")
        return True


class PerMinute(SimpleRateThrottle):
    """How many requests of one token are answered a minute, each kind of them counted apart."""

    def __init__(self) -> None:
        """The rate goes by the request."""

    def limit_of(self, request: Request) -> tuple[str, int]:
        """What kind of request it is, and how many of that a minute; 0 for no limit."""
        raise NotImplementedError

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.scope, limit = self.limit_of(request)
        self.rate, self.num_requests, self.duration = (f"{limit}/min" if limit else None), limit, 60
        return bool(super().allow_request(request, view))

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"api-{self.scope}-{request.auth.pk}"


class TokenThrottle(PerMinute):
    def limit_of(self, request: Request) -> tuple[str, int]:
        if request.method in SAFE_METHODS:
            return "reads", settings.API_READS_PER_MINUTE
        return "writes", settings.API_WRITES_PER_MINUTE

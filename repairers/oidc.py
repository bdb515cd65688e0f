"""Signing in by OpenID Connect: the provider says who it is, of which sites, and whether of the helpdesk.

https://openid.net/specs/openid-connect-core-1_0.html, the code flow with PKCE. Settings map the claims.
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.views import OIDCAuthenticationCallbackView, OIDCAuthenticationRequestView

from repairers.framing import in_frame
from repairers.models import Site, User

log = logging.getLogger(__name__)
Claims = Mapping[str, Any]

PREFIX = "oidc:"  # no name that admin takes begins so: nobody of the provider becomes somebody of ours
LONGEST_SUBJECT = 145  # characters, so that the name has 150
LEEWAY = 60  # seconds that the clocks may differ
REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
# What a provider answers that was not to ask the user, and would have to.
HAS_TO_ASK = ("login_required", "interaction_required", "consent_required", "account_selection_required")


def sites_of(claims: Claims) -> list[Site]:
    """The sites that the claim OIDC_SITES_CLAIM names (a text or a list); a name that is none here is left out."""
    return list(Site.objects.filter(name__in=_texts(claims.get(settings.OIDC_SITES_CLAIM))))


def is_helpdesk(claims: Claims) -> bool:
    """Whether the claim OIDC_ROLE_CLAIM says OIDC_HELPDESK_ROLE; never where that is not set."""
    role = settings.OIDC_HELPDESK_ROLE
    return bool(role) and role in _texts(claims.get(settings.OIDC_ROLE_CLAIM))


def _texts(claim: Any) -> list[str]:
    values = claim if isinstance(claim, list) else [claim]
    return [value for value in values if isinstance(value, str)]


def _text(claim: Any) -> str:
    """A claim that is there as null, as some providers have it, says nothing."""
    return claim if isinstance(claim, str) else ""


class ProviderBackend(OIDCAuthenticationBackend):
    """A user of the provider is known by its subject, never by a name or an address that somebody else may get."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """The user, or None with a line in the log that says what was wrong, and nothing of what came."""
        try:
            return super().authenticate(request, **credentials)
        except (SuspiciousOperation, jwt.PyJWTError, requests.RequestException) as refused:
            log.warning("A sign-in by OpenID Connect failed: %s", type(refused).__name__)
            return None

    def get_payload_data(self, token: str, key: Any) -> Claims:
        """The claims of an ID token by this issuer, for this client, of now; the library checks its signature alone."""
        return jwt.decode(
            token,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.OIDC_ISSUER,
            leeway=LEEWAY,
            options={"require": REQUIRED},
        )

    def get_userinfo(self, access_token: str, id_token: str, payload: Claims) -> Claims:
        """The claims of both; raises SuspiciousOperation where they are of two people (Core 1.0, 5.3.2)."""
        more = super().get_userinfo(access_token, id_token, payload)
        if more.get("sub") != payload["sub"]:
            raise SuspiciousOperation("the answer is about somebody else than the token")
        return {**payload, **more}

    def verify_claims(self, claims: Claims) -> bool:
        """Somebody comes in who has a site here, or is of the helpdesk."""
        return len(claims["sub"]) <= LONGEST_SUBJECT and (is_helpdesk(claims) or bool(sites_of(claims)))

    def filter_users_by_claims(self, claims: Claims) -> Any:
        return User.objects.filter(username=PREFIX + claims["sub"])

    def create_user(self, claims: Claims) -> User:
        user = User(username=PREFIX + claims["sub"])
        user.set_unusable_password()
        return self.update_user(user, claims)

    def update_user(self, user: User, claims: Claims) -> User:
        """What the provider says holds from this sign-in on: the name, the sites, the role."""
        user.first_name = _text(claims.get("given_name"))[:150]
        user.last_name = _text(claims.get("family_name"))[:150]
        user.email = _text(claims.get("email"))[:254]
        user.is_staff = is_helpdesk(claims)
        with transaction.atomic():
            user.save()
            user.sites.set(sites_of(claims))
        return user


class BeginView(OIDCAuthenticationRequestView):
    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        """In a frame the provider must not ask: its page would not show there, or could be laid under another."""
        return {"prompt": "none"} if in_frame(request) else {}


class CallbackView(OIDCAuthenticationCallbackView):
    @property
    def failure_url(self) -> str:
        """The login page, which still knows where to go."""
        wanted = self.request.session.get("oidc_login_next") or ""
        return f"{reverse('login')}?{urlencode({'failed': 1, 'next': wanted})}"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Only an answer that this session waits for counts: any other signs nobody in, and nobody out."""
        if request.GET.get("state") not in request.session.get("oidc_states", {}):
            return self.login_failure()
        return super().get(request)

    def login_failure(self) -> HttpResponseBase:
        if self.request.GET.get("error") not in HAS_TO_ASK:
            text = _(
                "You could not be signed in. Your account may have no site here: please contact the helpdesk."
            )
            messages.error(self.request, text)
        return super().login_failure()

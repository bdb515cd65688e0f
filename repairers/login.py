"""Logging in: where from, for how long, and with which password."""

import datetime as dt
import ipaddress
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from repairers.framing import in_frame


def client_address(request: HttpRequest) -> str | None:
    """The IP address that the request came from, seen past our own PROXY_COUNT proxies; None if it is none.

    Each proxy appends whom it heard: what stands further left, the client may have written itself.
    """
    heard = [*request.headers.get("X-Forwarded-For", "").split(","), request.META.get("REMOTE_ADDR", "")]
    client = heard[max(-1 - settings.PROXY_COUNT, -len(heard))].strip()
    try:
        return str(ipaddress.ip_address(client))
    except ValueError:
        return None


def locked_out(request: HttpRequest, *more: Any) -> HttpResponse:
    """What somebody gets instead of the login page after too many wrong passwords: when to try again."""
    return render(request, "registration/locked.html", status=429)


@receiver(user_logged_in)
def end_on_time(request: HttpRequest, **more: Any) -> None:
    """A session ends SESSION_COOKIE_AGE after the login, whatever is done meanwhile."""
    request.session.set_expiry(timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))


class LoginPage(LoginView):
    """With a password, or by the provider of OpenID Connect where there is one; in a frame that is tried first."""

    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self._provider_url() and in_frame(request) and "failed" not in request.GET:
            return redirect(self._provider_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        provider = {
            "url": self._provider_url(),
            "name": settings.OIDC_NAME,
            "in_frame": in_frame(self.request),
        }
        return super().get_context_data(**kwargs, provider=provider)

    def _provider_url(self) -> str:
        """Where the sign-in by the provider begins, "" without one."""
        begin = f"{reverse('oidc_authentication_init')}?{urlencode({'next': self.get_redirect_url()})}"
        return begin if settings.OIDC_ISSUER else ""


class PasswordView(SuccessMessageMixin, PasswordChangeView):
    """Who knows the old password sets a new one; every other session of this user ends."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("home")
    success_message = _("Your password was changed. Other devices have to log in again.")

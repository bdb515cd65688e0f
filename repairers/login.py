"""Logging in: where from, for how long, and with which password."""

import datetime as dt
import ipaddress
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import PasswordChangeView
from django.contrib.messages.views import SuccessMessageMixin
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


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


class PasswordView(SuccessMessageMixin, PasswordChangeView):
    """Who knows the old password sets a new one; every other session of this user ends."""

    template_name = "registration/password.html"
    success_url = reverse_lazy("home")
    success_message = _("Your password was changed. Other devices have to log in again.")

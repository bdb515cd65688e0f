"""Logging in: where from, and for how long."""

import datetime as dt
import ipaddress
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone


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


@receiver(user_logged_in)
def end_on_time(request: HttpRequest, **_: Any) -> None:
    """A session ends SESSION_COOKIE_AGE after the login, whatever is done meanwhile."""
    request.session.set_expiry(timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE))

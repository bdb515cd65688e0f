"""The helpdesk's second factor: a code of a telephone app, asked for once a session."""

import logging
from base64 import b32encode
from collections.abc import Callable
from typing import Any, cast

import django_otp
from django import forms
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp.plugins.otp_totp.models import TOTPDevice

from repairers.models import User

log = logging.getLogger(__name__)
BEFORE_IT = ("second-factor", "logout", "admin:logout", "login", "admin:login", "language")


class SecondFactorMiddleware:
    """Shows the helpdesk nothing of anybody before its code is given."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not is_owed(request) or match is None or match.view_name in BEFORE_IT:
            return None
        return redirect_to_login(request.get_full_path(), resolve_url("second-factor"))


class CodeForm(forms.Form):
    """The code that the telephone shows, checked against `device`."""

    code = forms.CharField(
        label=gettext_lazy("Code of six digits"),
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def __init__(self, *args: Any, device: TOTPDevice, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.device = device

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].replace(" ", "")
        if not self.device.verify_is_allowed()[0]:
            raise forms.ValidationError(_("Too many wrong codes. Wait a moment, then try again."))
        if not django_otp.verify_token(self.device.user, self.device.persistent_id, code):
            log.warning("A wrong second factor was given for %s.", self.device.user)
            raise forms.ValidationError(_("This code is not right, or not any more. Take the next one."))
        return code


def is_owed(request: HttpRequest) -> bool:
    """Whether this session is the helpdesk's and its code was not given yet."""
    user = cast(User, request.user)
    return settings.HELPDESK_SECOND_FACTOR and user.is_staff and not user.is_verified()  # type: ignore[attr-defined]


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Asks for the code; who has no app yet is shown the secret to set one up with, until its first code is right."""
    if not is_owed(request):
        return redirect(_next(request))
    device = device_of(cast(User, request.user))
    form = CodeForm(request.POST if request.method == "POST" else None, device=device)
    if form.is_valid():
        TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
        django_otp.login(request, device)
        request.session.cycle_key()
        log.info("The second factor of %s was given.", request.user)
        return redirect(_next(request))
    context = {"form": form, "next": _next(request), "setup": None if device.confirmed else setup_of(device)}
    return render(request, "registration/second_factor.html", context, status=422 if form.is_bound else 200)


def device_of(user: User) -> TOTPDevice:
    """The app of `user`: the one in use, else one that is still to be set up."""
    known = TOTPDevice.objects.filter(user=user).order_by("-confirmed", "pk").first()
    return known or TOTPDevice.objects.create(user=user, name="app", confirmed=False)


def setup_of(device: TOTPDevice) -> dict[str, str]:
    """What an app needs: a picture to scan (a data: URI), and the secret to type where it can't scan."""
    import segno  # slow to load, and no start needs it

    secret = b32encode(device.bin_key).decode()
    typed = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    picture = segno.make(device.config_url, micro=False).svg_data_uri(scale=5, light="white")
    return {"picture": picture, "secret": typed}


def _next(request: HttpRequest) -> str:
    """The page that was asked for, where it is one of ours; else the first one."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else resolve_url(settings.LOGIN_REDIRECT_URL)

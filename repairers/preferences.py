"""What somebody chooses for themselves: the language, and which messages come by e-mail."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from repairers.language import language_of
from repairers.models import Mailing, User

NEVER = ""


class PreferencesForm(forms.Form):
    """Without a mail server (EMAIL_URL) the language alone."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    pace = forms.ChoiceField(
        label=gettext_lazy("Messages by e-mail"),
        choices=[(NEVER, gettext_lazy("none")), *Mailing.Pace.choices],
        widget=forms.RadioSelect,
        required=False,
        help_text=gettext_lazy("What you have read, or what is settled by then, is left out."),
    )
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if not settings.EMAIL_ON:
            del self.fields["pace"], self.fields["email"]
        elif not user.has_usable_password():
            self.fields["email"].disabled = True
            self.fields["email"].help_text = _("It comes from where you sign in.")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = self.cleaned_data
        if cleaned.get("pace") and "email" in cleaned and not cleaned["email"]:
            self.add_error("email", _("Please give an address to write to."))
        return cleaned


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form, and what is saved of it."""
    user = cast(User, request.user)
    mailing = Mailing.objects.filter(user=user).first()
    now = {
        "language": language_of(request),
        "pace": mailing.pace if mailing else NEVER,
        "email": user.email,
    }
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=now, user=user)
    if form.is_valid():
        _save(user, form.cleaned_data)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Your preferences were saved."))
        return redirect("preferences")
    return render(
        request,
        "communication/preferences.html",
        {"form": form, "mailing": mailing, "mails": settings.EMAIL_ON},
        status=422 if form.is_bound else 200,
    )


def _save(user: User, chosen: dict[str, Any]) -> None:
    kept = {name: chosen[name] for name in ("language", "email") if name in chosen}
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(**kept)
        if "pace" in chosen:
            _keep_pace(user, chosen["pace"])


def _keep_pace(user: User, pace: str) -> None:
    """From now on `user` is told so; what was refused, or could not be sent, is tried with what was saved."""
    if pace == NEVER:
        Mailing.objects.filter(user=user).delete()
        return
    anew = {"pace": pace, "error": "", "attempts": 0, "not_before": None}
    Mailing.objects.update_or_create(
        user=user, defaults=anew, create_defaults={"told_until": timezone.now(), **anew}
    )

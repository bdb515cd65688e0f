"""Integrations in admin: programs that use the API, what each may see, and its tokens."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from repairers.helpdesk import NeverDeleted
from repairers.models import ApiToken, Integration, Scope
from repairers.tokens import new_secret

VALID_FOR = dt.timedelta(days=365)


@admin.register(Integration)
class IntegrationAdmin(NeverDeleted, admin.ModelAdmin):
    fields = ["username", "sites", "repairers", "is_active"]
    filter_horizontal = ["sites", "repairers"]
    list_display = ["username", "is_active", "open_tokens", "last_use"]
    search_fields = ["username"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Integration]:
        is_open = Q(tokens__revoked_at=None, tokens__expires_at__gt=timezone.now())
        rows = super().get_queryset(request)
        return rows.annotate(
            open_tokens=Count("tokens", filter=is_open), last_use=Max("tokens__last_used_at")
        )

    def save_model(self, request: HttpRequest, obj: Integration, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.is_program = True
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)

    @admin.display(description=_("valid tokens"))
    def open_tokens(self, integration: Integration) -> int:
        return integration.open_tokens  # type: ignore[attr-defined]

    @admin.display(description=_("last use"))
    def last_use(self, integration: Integration) -> dt.datetime | None:
        return integration.last_use  # type: ignore[attr-defined]


class TokenForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope,
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Within the repairers that the integration may see."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if until := self.fields.get("expires_at"):  # two boxes, each with a name of its own
            for box, what in zip(until.widget.widgets, (_("date"), _("time")), strict=True):
                box.attrs["aria-label"] = f"{until.label}: {what}"
                if self.is_bound:
                    box.attrs["aria-describedby"] = f"{self['expires_at'].auto_id}_error"

    def clean_expires_at(self) -> dt.datetime:
        until: dt.datetime = self.cleaned_data["expires_at"]
        if until <= timezone.now():
            raise forms.ValidationError(_("This moment has passed."))
        return until


@admin.register(ApiToken)
class ApiTokenAdmin(NeverDeleted, admin.ModelAdmin):
    """A token is made and revoked, never changed; its secret shows once, in the answer that makes it."""

    form = TokenForm
    fields = ["integration", "scopes", "expires_at"]
    list_display = ["ending", "integration", "of_scopes", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["integration", ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["integration"]
    actions = ["revoke"]

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request)

    def get_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        read = ["ending", "integration", "of_scopes", "expires_at", "created_at", "created_by"]
        return [*read, "last_used_at", "revoked_at"] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"expires_at": timezone.now() + VALID_FOR, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: ApiToken, form: forms.ModelForm, change: bool) -> None:
        secret = new_secret()
        obj.take(secret)
        obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        request.new_secret = secret  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: ApiToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The secret, this once: it goes into no message, session or log."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The token was made"),
            "opts": self.opts,
            "token": obj,
            "secret": request.new_secret,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/repairers/new_token.html", context)

    @admin.action(description=_("Revoke the chosen tokens"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, rows: QuerySet[ApiToken]) -> None:
        chosen = list(rows.filter(revoked_at=None))
        for token in chosen:
            token.revoke()
            self.log_change(request, token, "revoked")
        said = ngettext("%(n)d token was revoked.", "%(n)d tokens were revoked.", len(chosen))
        self.message_user(request, said % {"n": len(chosen)})

    @admin.display(description=_("scopes"))
    def of_scopes(self, token: ApiToken) -> str:
        return ", ".join(str(Scope(name).label) for name in token.scopes if name in Scope)

"""The tokens in admin: made for a repairer, shown once, revoked."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dossiers.models import WinformexToken
from dossiers.winformex import tokens
from repairers.helpdesk import ReadOnlyAdmin
from repairers.models import User


@admin.register(WinformexToken)
class WinformexTokenAdmin(ReadOnlyAdmin):
    """A token has no page that shows it again: whoever lost it is made another one."""

    list_display = ["repairer", "ending", "created_at", "created_by", "last_used_at", "revoked_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "repairer"]
    list_select_related = ["repairer", "created_by"]
    fields = ["repairer", "ending", "created_at", "created_by", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.ModelAdmin.has_add_permission(self, request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ["repairer"]

    def save_model(self, request: HttpRequest, obj: WinformexToken, form: Any, change: bool) -> None:
        token, secret = tokens.make(obj.repairer, cast(User, request.user))
        obj.pk, obj.ending = token.pk, token.ending
        obj.secret = secret  # type: ignore[attr-defined]  # for the answer to this request alone

    def response_add(self, request: HttpRequest, obj: WinformexToken, *args: Any) -> HttpResponse:
        """The one page that shows the secret; no message, which a cookie would carry on."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Winformex II token"),
            "opts": self.opts,
            "token": obj,
        }
        return TemplateResponse(request, "admin/winformex_token.html", context)

    @admin.action(description=_("Revoke"), permissions=["view"])
    def revoke(self, request: HttpRequest, rows: QuerySet[WinformexToken]) -> None:
        found = list(rows.filter(revoked_at=None))
        for token in found:
            tokens.revoke(token, cast(User, request.user))
        said = ngettext("%(n)d token is revoked.", "%(n)d tokens are revoked.", len(found))
        self.message_user(request, said % {"n": len(found)}, messages.SUCCESS)

"""The helpdesk in Django admin: what it may do, and lists that are only for reading."""

import json
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from repairers.models import User

NOTHING = "\N{EN DASH}"


class HelpdeskBackend(ModelBackend):
    """The helpdesk (`is_staff`) may use all of admin; what nobody may do there, each page refuses itself."""

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, obj: Model | None = None) -> bool:
        return user_obj.is_active and user_obj.is_staff

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        return user_obj.is_active and user_obj.is_staff


class NeverWritten:
    """Rows that are shown and not touched: other pages, or the link itself, write them."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NeverDeleted:
    """Dossiers, missions and their history name these rows: they stay."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NamedInList:
    """What is edited in the list has a name there too, for who hears the page."""

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.name in self.list_editable and field is not None:  # type: ignore[attr-defined]
            field.widget.attrs["aria-label"] = str(db_field.verbose_name)
        return field


class ReadOnlyAdmin(NeverWritten, admin.ModelAdmin):
    # Counting all rows for a list that shows 100 of them takes longer than the list.
    show_full_result_count = False


def pretty(value: Any) -> SafeString:
    """JSON as a person reads it."""
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False, default=str))


def listed(texts: Mapping[str, str]) -> str:
    """What is called what, one under the other; a dash where there is none."""
    if not texts:
        return NOTHING
    rows = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", texts.items())
    return format_html('<dl class="told">{}</dl>', rows)

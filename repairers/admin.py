"""Users, sites and who belongs to which; repairers and their mailbox numbers; logins that failed."""

import datetime as dt
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.admin import TOTPDevice

from repairers import integrations_admin
from repairers.helpdesk import NamedInList, NeverDeleted, ReadOnlyAdmin
from repairers.models import FailedLogin, Repairer, SecondFactor, Site, User

__all__ = ["integrations_admin"]  # registers them

admin.site.site_header = admin.site.site_title = _("PlanManager · helpdesk")
admin.site.index_title = _("What would you like to do?")
admin.site.unregister(Group)  # staff see by their sites, the helpdesk sees all: there is nothing to group
admin.site.unregister(TOTPDevice)  # its own pages show the secret


OfSite = User.sites.through  # what the helpdesk reads before it deletes a site
OfSite.add_to_class("__str__", lambda row: str(row.user))
OfSite._meta.verbose_name = _("person of the site")
OfSite._meta.verbose_name_plural = _("people of the site")


@admin.register(User)
class UserAdmin(NeverDeleted, DjangoUserAdmin):
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "email", "language"]}),
        (
            _("What this person sees"),
            {
                "fields": ["sites", "is_staff", "is_active"],
                "description": _(
                    "Garage staff see the repairers of their sites. The helpdesk sees every site and this"
                    " administration. Somebody who leaves is made inactive: the history keeps the name."
                ),
            },
        ),
        (_("Dates"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "usable_password", "password1", "password2"]}),
        (_("What this person sees"), {"fields": ["sites", "is_staff"]}),
    ]
    readonly_fields = ["last_login", "date_joined"]
    filter_horizontal = ["sites"]
    list_display = ["username", "first_name", "last_name", "of_sites", "is_staff", "is_active", "last_login"]
    list_filter = ["is_staff", "is_active", "sites"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).filter(is_program=False)
        return people.prefetch_related("sites")

    @admin.display(description=_("sites"))
    def of_sites(self, user: User) -> str:
        return ", ".join(site.name for site in user.sites.all())

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "language":
            choices = [("", _("not chosen yet")), *settings.LANGUAGES]
            return forms.ChoiceField(label=_("Language"), choices=choices, required=False)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "is_staff" and field is not None:
            field.label = _("helpdesk")
            field.help_text = _("Sees every site and repairer, and this administration.")
        return field


class RepairerInline(NeverDeleted, admin.StackedInline):
    model = Repairer
    fields = [("name", "mailbox_number")]
    extra = 1


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    list_display = ["name"]
    search_fields = ["name"]
    inlines = [RepairerInline]


@admin.register(Repairer)
class RepairerAdmin(NeverDeleted, NamedInList, admin.ModelAdmin):
    list_display = ["name", "site", "mailbox_number"]
    list_editable = ["mailbox_number"]
    list_filter = ["site"]
    list_select_related = ["site"]
    search_fields = ["name", "mailbox_number", "site__name"]


class OnlyDeletedAdmin(ReadOnlyAdmin):
    """What the helpdesk looks at and takes away: nothing here is written by hand."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(SecondFactor)
class SecondFactorAdmin(OnlyDeletedAdmin):
    """For a lost telephone: once its app is deleted here, the next login sets up a new one. No secret shows."""

    list_display = ["whose", "is_ready", "made", "used"]
    fields = ["whose", "is_ready", "made", "used"]
    list_select_related = ["user"]
    search_fields = ["user__username"]

    # django-otp has no translation of these
    @admin.display(description=_("who"), ordering="user__username")
    def whose(self, row: SecondFactor) -> str:
        return str(row.user)

    @admin.display(description=_("ready for use"), ordering="confirmed", boolean=True)
    def is_ready(self, row: SecondFactor) -> bool:
        return row.confirmed

    @admin.display(description=_("made"), ordering="created_at")
    def made(self, row: SecondFactor) -> dt.datetime | None:
        return row.created_at

    @admin.display(description=_("last use"), ordering="last_used_at")
    def used(self, row: SecondFactor) -> dt.datetime | None:
        return row.last_used_at


@admin.register(FailedLogin)
class FailedLoginAdmin(OnlyDeletedAdmin):
    """Who is locked out, or tries to come in; deleting a row lets its user try again at once."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "user_agent"]
    fields = ["username", "ip_address", "failures_since_start", "attempt_time", "user_agent"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"

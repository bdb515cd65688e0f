"""The helpdesk's view of the link: configurations and their reset, runs, which link is ill and why."""

import datetime as dt
import json
from collections.abc import Callable
from typing import cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from claims360_link import credentials, importer, unknown
from claims360_link.information import outcome
from claims360_link.models import Configuration, ConfigurationReset, Inquiry, SyncRun, SyncState, Unknown
from claims360_link.status import STALE
from dossiers.admin import SetAsideAdmin
from dossiers.formats import moment
from dossiers.models import SetAside, Source
from dossiers.sentences import sentence
from dossiers.winformex import receive
from repairers.helpdesk import ReadOnlyAdmin
from repairers.models import User


class ResetForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


@admin.register(Configuration)
class ConfigurationAdmin(ReadOnlyAdmin):
    """No key is readable here: the queries leave both in the database."""

    list_display = ["repairer", "site", "bodyshop_id", "checked", "created_at", "created_by"]
    list_filter = ["checked", "repairer__site"]
    search_fields = ["repairer__name", "bodyshop_id"]
    fields = [
        "repairer",
        "bodyshop_id",
        "bodyshop_key_end",
        "planmanager_key_end",
        "checked",
        "created_at",
        "created_by",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Configuration]:
        rows = super().get_queryset(request).select_related("repairer__site", "created_by")
        return rows.defer("bodyshop_key", "planmanager_key")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reset_view)
        reset = path("<int:pk>/reset/", view, name="claims360_link_configuration_reset")
        return [reset, *super().get_urls()]

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the reason, then delete the configuration into the audit trail."""
        configuration = get_object_or_404(self.get_queryset(request), pk=pk)
        form = ResetForm(request.POST or None)
        if form.is_valid():
            credentials.reset(pk, cast(User, request.user), form.cleaned_data["reason"])
            said = _(
                "The configuration of %(repairer)s was reset: it can be entered again on the Claims360 page."
            )
            self.message_user(request, said % {"repairer": configuration.repairer}, messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:claims360_link_configuration_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reset the configuration"),
            "opts": self.opts,
            "original": configuration,
            "form": form,
        }
        return TemplateResponse(request, "admin/claims360_link/configuration/reset.html", context)

    @admin.display(description=_("site"), ordering="repairer__site__name")
    def site(self, row: Configuration) -> str:
        return str(row.repairer.site)

    @admin.display(description=_("bodyshop key"))
    def bodyshop_key_end(self, row: Configuration) -> str:
        return f"…{row.bodyshop_key_last4}"

    @admin.display(description=_("PlanManager key"))
    def planmanager_key_end(self, row: Configuration) -> str:
        return f"…{row.planmanager_key_last4}"


@admin.register(ConfigurationReset)
class ConfigurationResetAdmin(ReadOnlyAdmin):
    list_display = [
        "reset_at",
        "repairer",
        "bodyshop_id",
        "reset_by",
        "reason",
        "configured_at",
        "configured_by",
    ]
    list_filter = ["repairer"]
    list_select_related = ["repairer", "reset_by"]
    search_fields = ["repairer__name", "bodyshop_id", "reason"]
    fields = ["repairer", "bodyshop_id", "configured_at", "configured_by", "reset_at", "reset_by", "reason"]


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = ["started_at", "repairer", "trigger", "outcome", "pages", "took", "why"]
    list_filter = ["outcome", "trigger", "repairer"]
    list_select_related = ["repairer"]
    date_hierarchy = "started_at"
    fields = [
        "repairer",
        "bodyshop_id",
        "trigger",
        "asked_by",
        "started_at",
        "ended_at",
        "outcome",
        "pages",
        "counted",
        "why",
        "error_detail",
    ]

    @admin.display(description=_("took (s)"))
    def took(self, run: SyncRun) -> str | None:
        return number_format((run.ended_at - run.started_at).total_seconds(), 1) if run.ended_at else None

    @admin.display(description=_("error"), ordering="error")
    def why(self, run: SyncRun) -> str:
        return sentence(run.error)

    @admin.display(description=_("counted"))
    def counted(self, run: SyncRun) -> str:
        return outcome(run)


@admin.register(Inquiry)
class InquiryAdmin(ReadOnlyAdmin):
    """Who asked for which mission by itself, and what came of it."""

    list_display = ["asked_at", "repairer", "mission_external_id", "asked_by", "ended_at", "why"]
    list_filter = ["repairer"]
    list_select_related = ["repairer", "asked_by"]
    search_fields = ["mission_external_id"]
    date_hierarchy = "asked_at"
    fields = [
        "repairer",
        "mission_external_id",
        "asked_by",
        "asked_at",
        "begun_at",
        "ended_at",
        "counted",
        "why",
    ]

    @admin.display(description=_("error"), ordering="error")
    def why(self, inquiry: Inquiry) -> str:
        return sentence(inquiry.error)

    @admin.display(description=_("counted"))
    def counted(self, inquiry: Inquiry) -> str:
        return outcome(inquiry)


@admin.register(SyncState)
class SyncStateAdmin(ReadOnlyAdmin):
    """Which link is ill, and why: what went wrong longest ago comes first."""

    list_display = [
        "repairer",
        "bodyshop_id",
        "condition",
        "last_ok_at",
        "last_run_at",
        "failures",
        "not_before",
        "runs",
    ]
    list_filter = [
        ("refused_since", admin.EmptyFieldListFilter),
        ("error", admin.EmptyFieldListFilter),
        "repairer",
    ]
    list_select_related = ["repairer"]
    search_fields = ["repairer__name", "bodyshop_id"]
    ordering = ["last_ok_at", "pk"]
    fields = [
        "repairer",
        "bodyshop_id",
        "condition",
        "refused_since",
        "failures",
        "not_before",
        "asked_at",
        "asked_by",
        "last_run_at",
        "last_ok_at",
        "lease_until",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SyncState]:
        current = Configuration.objects.filter(
            repairer=OuterRef("repairer"), bodyshop_id=OuterRef("bodyshop_id")
        )
        return super().get_queryset(request).annotate(current=Exists(current))

    @admin.display(description=_("condition"), ordering="error")
    def condition(self, state: SyncState) -> str:
        return condition_of(state, timezone.now(), configured=state.current)  # type: ignore[attr-defined]

    @admin.display(description=_("runs"))
    def runs(self, state: SyncState) -> SafeString:
        url = reverse("admin:claims360_link_syncrun_changelist")
        return format_html('<a href="{}?repairer__id__exact={}">{}</a>', url, state.repairer_id, _("runs"))


def condition_of(state: SyncState, now: dt.datetime, *, configured: bool) -> str:
    """How the link of one feed is, in a sentence; the worst thing wins."""
    if not configured:
        return str(_("This bodyshop id is no longer configured."))
    if state.refused_since is not None:
        return str(_("Claims360 has refused the keys since %(since)s.")) % {
            "since": moment(state.refused_since)
        }
    if state.error:
        return sentence(state.error)
    if state.last_run_at is None or now - state.last_run_at > STALE:
        return str(_("No round for more than 30 minutes: is a worker with beat running?"))
    return str(_("well"))


TAKERS: dict[str, Callable[[int], bool]] = {
    Source.CLAIMS360: importer.try_again,
    Source.WINFORMEX: receive.try_again,
}


class TriedAgainAdmin(SetAsideAdmin):
    """The records kept aside, with what only their readers can do: look at them once more."""

    actions = ["try_again"]

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[SetAside]) -> None:
        found = list(rows.filter(resolved_at=None).values_list("pk", "source"))
        taken = sum(TAKERS[source](pk) for pk, source in found)
        left = len(found) - taken
        if taken:
            said = ngettext("%(n)d record was taken over.", "%(n)d records were taken over.", taken)
            self.message_user(request, said % {"n": taken}, messages.SUCCESS)
        if left:
            said = ngettext(
                "%(n)d record still can't be taken over.", "%(n)d records still can't be taken over.", left
            )
            self.message_user(request, said % {"n": left}, messages.WARNING)


admin.site.unregister(SetAside)
admin.site.register(SetAside, TriedAgainAdmin)


@admin.register(Unknown)
class UnknownAdmin(ReadOnlyAdmin):
    """Fields that are not read, and words that show as they came."""

    list_display = ["place", "word", "times", "first_at", "last_at"]
    fields = ["place", "word", "times", "first_at", "last_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Unknown]:
        return super().get_queryset(request).filter(name=unknown.FIGURE)

    @admin.display(description=_("field"))
    def place(self, row: Unknown) -> str:
        return str(json.loads(row.labels)["place"])

    @admin.display(description=_("unknown value"), empty_value="–")
    def word(self, row: Unknown) -> str:
        return str(json.loads(row.labels)["word"])

    @admin.display(description=_("times"), ordering="value")
    def times(self, row: Unknown) -> int:
        return round(row.value)

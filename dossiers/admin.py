"""What the helpdesk looks at: what was kept aside, sent, done; missions and dossiers to find."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dossiers import facts, options_admin, outbox
from dossiers.event_text import fact_label, text, who
from dossiers.formats import NOTHING, fact, labelled
from dossiers.models import (
    DenyReason,
    Dossier,
    Event,
    Mission,
    OptionChange,
    SetAside,
    Transmission,
    TransmissionPhoto,
)
from dossiers.sentences import sentence
from dossiers.winformex import token_admin
from dossiers.words import entity_kind, mission_status
from repairers.helpdesk import NamedInList, NeverWritten, ReadOnlyAdmin, listed, pretty
from repairers.models import User

__all__ = ["options_admin", "token_admin"]  # they register their pages


def reason_of(row: Any) -> str:
    """The reason of a mission or of a record kept aside, as a sentence."""
    return sentence(row.reason, getattr(row, "reason_args", {}))


def facts_of(told: dict[str, Any]) -> str:
    """Facts as they are kept or sent, in words."""
    known = facts.from_json(told)
    return listed({capfirst(fact_label(name)): fact(name, value) for name, value in known.items()})


@admin.register(OptionChange)
class OptionChangeAdmin(ReadOnlyAdmin):
    list_display = ["changed_at", "name", "old", "new", "changed_by", "address"]
    list_filter = ["name"]
    list_select_related = ["changed_by"]
    date_hierarchy = "changed_at"


@admin.register(DenyReason)
class DenyReasonAdmin(NamedInList, admin.ModelAdmin):
    """What is offered when something is denied; what was denied keeps the words that it was denied with."""

    list_display = ["__str__", "kind", "position"]
    list_editable = ["position"]
    list_filter = ["kind"]


@admin.register(SetAside)
class SetAsideAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "repairer", "source", "kind", "external_id", "why", "resolved_at"]
    list_filter = [("resolved_at", admin.EmptyFieldListFilter), "source", "entity", "repairer"]
    list_select_related = ["repairer"]
    search_fields = ["external_id", "mission_external_id"]
    fields = [
        "repairer",
        "source",
        "kind",
        "external_id",
        "mission_external_id",
        "version",
        "why",
        "detail",
        "created_at",
        "resolved_at",
        "as_it_came",
    ]

    @admin.display(description=_("kind"), ordering="entity")
    def kind(self, row: SetAside) -> str:
        return entity_kind(row.entity)

    @admin.display(description=_("reason"), ordering="reason")
    def why(self, row: SetAside) -> str:
        return reason_of(row)

    @admin.display(description=_("as it came"))
    def as_it_came(self, row: SetAside) -> SafeString:
        return pretty(row.raw)


class TransmissionPhotoInline(NeverWritten, admin.StackedInline):
    model = TransmissionPhoto
    verbose_name = _("photo")
    verbose_name_plural = _("photos")
    fields = [("photo", "state", "attempts"), ("why", "delivered_at", "correlation_id")]
    readonly_fields = ["why"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TransmissionPhoto]:
        return super().get_queryset(request).select_related("photo")

    @admin.display(description=_("error"))
    def why(self, row: TransmissionPhoto) -> str:
        return sentence(row.error) or NOTHING


@admin.register(Transmission)
class TransmissionAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at",
        "dossier",
        "repairer",
        "created_by",
        "state",
        "attempts",
        "why",
        "delivered_at",
    ]
    list_filter = ["state", "link", "dossier__repairer"]
    list_select_related = ["dossier__repairer", "created_by"]
    search_fields = ["=dossier__pk", "dossier__plate", "dossier__claim_number", "correlation_id"]
    search_help_text = _("Number of the dossier, plate, claim number or correlation id")
    date_hierarchy = "created_at"
    ordering = ["-pk"]
    inlines = [TransmissionPhotoInline]
    actions = ["try_again"]
    fields = [
        "dossier",
        "repairer",
        "link",
        "mailbox",
        "mission",
        "sent",
        "state",
        "why",
        "error_detail",
        "attempts",
        "first_attempt_at",
        "not_before",
        "body_delivered_at",
        "delivered_at",
        "correlation_id",
        "created_at",
        "created_by",
    ]

    @admin.display(description=_("repairer"), ordering="dossier__repairer__name")
    def repairer(self, row: Transmission) -> str:
        return str(row.dossier.repairer)

    @admin.display(description=_("error"), ordering="error")
    def why(self, row: Transmission) -> str:
        return sentence(row.error)

    @admin.display(description=Transmission._meta.get_field("body").verbose_name)
    def sent(self, row: Transmission) -> str:
        return facts_of(row.body)

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, rows: QuerySet[Transmission]) -> None:
        done = 0
        for transmission in rows.select_related(None).select_related("dossier"):
            try:
                outbox.try_again(transmission.pk, cast(User, request.user))
            except outbox.CannotSend as refused:
                message = labelled(transmission, sentence(refused.code))
                self.message_user(request, message, messages.WARNING)
            else:
                done += 1
        if done:
            said = ngettext(
                "%(n)d transmission is tried again.", "%(n)d transmissions are tried again.", done
            )
            self.message_user(request, said % {"n": done}, messages.SUCCESS)


@admin.register(Mission)
class MissionAdmin(ReadOnlyAdmin):
    list_display = [
        "number",
        "repairer",
        "source",
        "plate",
        "owner_name",
        "state",
        "why",
        "in_dossier",
        "updated_at",
    ]
    list_filter = ["state", "source", "repairer"]
    list_select_related = ["repairer", "dossier"]
    search_fields = ["number", "external_id", "plate", "owner_name", "owner_number"]
    fields = [
        "repairer",
        "source",
        "external_id",
        "number",
        "version",
        "status_there",
        "task_code",
        "smart_expertise",
        "state",
        "why",
        "in_dossier",
        "as_received",
        "not_readable",
        "changed_at",
        "received_at",
        "updated_at",
    ]
    ordering = ["-updated_at", "-pk"]

    @admin.display(description=Mission._meta.get_field("status").verbose_name)
    def status_there(self, row: Mission) -> str:
        return mission_status(row.status) or NOTHING

    @admin.display(description=_("reason"))
    def why(self, row: Mission) -> str:
        return reason_of(row)

    @admin.display(description=_("dossier"), ordering="dossier")
    def in_dossier(self, row: Mission) -> str:
        return link_to(row.dossier) if row.dossier else NOTHING

    @admin.display(description=_("received data"))
    def as_received(self, row: Mission) -> str:
        return facts_of(row.facts)

    @admin.display(description=_("fields that could not be read"))
    def not_readable(self, row: Mission) -> str:
        return listed(row.notes)


@admin.register(Dossier)
class DossierAdmin(ReadOnlyAdmin):
    list_display = ["pk", "page", "repairer", "status", "plate", "owner_name", "claim_number", "created_at"]
    list_filter = ["status", "repairer"]
    list_select_related = ["repairer"]
    search_fields = ["=pk", "plate", "claim_number", "owner_name"]
    ordering = ["-pk"]

    @admin.display(description=_("page"))
    def page(self, row: Dossier) -> SafeString:
        return link_to(row)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_or_link", "address", "what", "repairer", "dossier", "mission"]
    list_filter = ["repairer", "verb"]
    list_select_related = ["repairer", "dossier", "mission"]
    search_fields = ["=dossier__pk", "mission__number", "actor_name"]
    date_hierarchy = "at"
    fields = ["at", "actor_or_link", "address", "what", "repairer", "dossier", "mission"]

    @admin.display(description=_("who"), ordering="actor_name")
    def actor_or_link(self, event: Event) -> str:
        return who(event)

    @admin.display(description=_("what"), ordering="verb")
    def what(self, event: Event) -> str:
        return text(event)


def link_to(dossier: Dossier) -> SafeString:
    """A link to the dossier's own page."""
    return format_html('<a href="{}">{}</a>', reverse("dossiers:detail", args=[dossier.pk]), dossier)

"""Quotes, photos, transmissions and records set aside as documents."""

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dossiers import quote_diff
from dossiers.api.decisions import Decision
from dossiers.api.fields import Amount, Text, Why, many
from dossiers.contents import SIZES
from dossiers.dossier_page import VersionView, view_of
from dossiers.filters import MAX_ID
from dossiers.models import OrderLine, Photo, Quote, SetAside, Transmission, TransmissionPhoto
from dossiers.outbox import MAX_MILEAGE, MAX_PHOTOS, MAX_PLATE


class QuoteDocument(serializers.ModelSerializer[Quote]):
    dossier = serializers.IntegerField(source="mission.dossier_id", allow_null=True, read_only=True)
    gross = Amount(allow_null=True, help_text="With VAT, of the newest version.")
    previous_gross = Amount(allow_null=True, help_text="Of the version before it.")
    reason = Why("reason", "reason_args")

    class Meta:
        model = Quote
        fields = (
            "id",
            "external_id",
            "number",
            "repairer",
            "mission",
            "dossier",
            "source",
            "version",
            "accepted_version",
            "supplement",
            "status",
            "status_label",
            "currency",
            "gross",
            "previous_gross",
            "state",
            "reason",
            "received_at",
            "updated_at",
        )


class ChangeDocument(serializers.Serializer[quote_diff.Change]):
    """A line that came, went or changed since the version before; `difference` in the quote's currency."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in quote_diff.Kind])
    old = serializers.DictField(allow_null=True)
    new = serializers.DictField(allow_null=True)
    difference = Amount()


class VersionDocument(serializers.Serializer[VersionView]):
    """A version as it was transmitted, and what changed since the one before."""

    version = serializers.IntegerField(source="version.version")
    supplement = serializers.IntegerField(source="version.supplement")
    status = serializers.CharField(source="version.status")
    status_label = serializers.CharField(source="version.status_label")
    currency = serializers.CharField(source="version.currency")
    vat_rate = serializers.CharField(source="version.vat_rate")
    totals = serializers.DictField(source="version.totals")
    lines = serializers.ListField(source="version.lines", child=serializers.DictField())
    accepted = serializers.BooleanField(source="is_accepted", help_text="The dossier works by this version.")
    difference = Amount(allow_null=True, help_text="Of the total with VAT.")
    changes = serializers.SerializerMethodField()
    changed_at = serializers.DateTimeField(source="version.changed_at")
    received_at = serializers.DateTimeField(source="version.received_at")

    @extend_schema_field(ChangeDocument(many=True))
    def get_changes(self, view: VersionView) -> list[dict[str, Any]]:
        changed = [line for line in view.lines if view.before and line.kind is not quote_diff.Kind.SAME]
        return many(ChangeDocument, changed)


class QuoteInFull(QuoteDocument):
    decision = Decision()
    versions = serializers.SerializerMethodField(help_text="The newest first.")

    class Meta(QuoteDocument.Meta):
        fields = (*QuoteDocument.Meta.fields, "decision", "versions")  # type: ignore[assignment]

    @extend_schema_field(VersionDocument(many=True))
    def get_versions(self, quote: Quote) -> list[dict[str, Any]]:
        return many(VersionDocument, view_of(quote).versions)


class RenditionsDocument(serializers.Serializer[Any]):
    """Where the photo can be fetched as a JPEG without EXIF; the longest side in pixels."""

    thumb = serializers.CharField(help_text=f"{SIZES['thumb']} pixels")
    large = serializers.CharField(help_text=f"{SIZES['large']} pixels")


class PhotoDocument(serializers.ModelSerializer[Photo]):
    error = Why("fetch_error")
    renditions = serializers.SerializerMethodField()

    class Meta:
        model = Photo
        fields = (
            "id",
            "external_id",
            "repairer",
            "mission",
            "dossier",
            "source",
            "origin",
            "category",
            "caption",
            "file_name",
            "taken_at",
            "sha256",
            "bytes",
            "fetch_state",
            "error",
            "withdrawn",
            "renditions",
            "received_at",
            "updated_at",
        )

    @extend_schema_field(RenditionsDocument(allow_null=True))
    def get_renditions(self, photo: Photo) -> dict[str, str] | None:
        if photo.content_id is None:
            return None
        return {size: reverse(f"api:photos-{size}", args=[photo.pk]) for size in SIZES}


class SentPhotoDocument(serializers.ModelSerializer[TransmissionPhoto]):
    error = Why("error")

    class Meta:
        model = TransmissionPhoto
        fields = ("photo", "state", "error", "delivered_at")


class SentDocument(serializers.Serializer[Any]):
    plate = serializers.CharField()
    mileage = serializers.IntegerField(help_text="km")


class TransmissionDocument(serializers.ModelSerializer[Transmission]):
    body = SentDocument(help_text="All that leaves of the dossier, beside its photos.")
    error = Why("error")
    photos = SentPhotoDocument(many=True)

    class Meta:
        model = Transmission
        fields = (
            "id",
            "dossier",
            "mission",
            "link",
            "state",
            "error",
            "body",
            "photos",
            "attempts",
            "not_before",
            "created_at",
            "body_delivered_at",
            "delivered_at",
        )


class OrderDocument(serializers.ModelSerializer[OrderLine]):
    """A part of an approved quote. `in_quote`: false once a newer version has it no more."""

    amount = Amount(allow_null=True, read_only=True)

    class Meta:
        model = OrderLine
        fields = (
            "id",
            "dossier",
            "quote",
            "supplement",
            "code",
            "description",
            "quantity",
            "amount",
            "in_quote",
            "state",
            "state_changed_at",
            "created_at",
        )


class SetAsideDocument(serializers.ModelSerializer[SetAside]):
    reason = Why("reason")

    class Meta:
        model = SetAside
        fields = (
            "id",
            "repairer",
            "source",
            "entity",
            "external_id",
            "mission_external_id",
            "version",
            "reason",
            "detail",
            "created_at",
        )


class ReasonBody(serializers.Serializer[Any]):
    reason = Text(max_length=500)


class QuoteBody(serializers.Serializer[Any]):
    """The version that was looked at: a newer one is not decided unseen."""

    version = serializers.IntegerField(min_value=0)


class DenyQuoteBody(QuoteBody, ReasonBody):
    pass


class OrderBody(serializers.ModelSerializer[OrderLine]):
    class Meta:
        model = OrderLine
        fields = ("state",)
        extra_kwargs = {"state": {"required": True}}


class SendBody(serializers.Serializer[Any]):
    """What leaves, and nothing else. Without `plate` or `mileage` (km) the dossier's own."""

    plate = Text(max_length=MAX_PLATE, required=False)
    mileage = serializers.IntegerField(min_value=0, max_value=MAX_MILEAGE, required=False)
    photos = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=MAX_PHOTOS,
        default=list,
        help_text="Ids.",
    )
    mission = serializers.IntegerField(
        min_value=1, max_value=MAX_ID, required=False, help_text="Where the dossier has more than one."
    )

"""A dossier as a document, and what may be written into it: the same facts within the same limits as its form."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from dossiers import damage_zones, dossier_page
from dossiers.api.fields import MOMENTS, Amount, Text, many
from dossiers.forms import FIRST_DAY, LAST_DAY, MAX_MILEAGE, SECTIONS
from dossiers.models import Dossier, Mission
from dossiers.models.dossier import DossierStatus
from dossiers.photo_file import LONGEST_CAPTION
from repairers.models import Repairer

FACTS = tuple(name for names in SECTIONS.values() for name in names)
DAYS = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
TEXTS: dict[Any, Any] = dict.fromkeys((models.CharField, models.TextField), Text)
REOPEN = "reopen"
STATUSES = [*DossierStatus.values, REOPEN]


class DossierFacts(serializers.ModelSerializer[Dossier]):
    """The facts of a dossier. Amounts are texts: "250.00"; times have their offset."""

    occurred_on = serializers.DateField(allow_null=True, required=False, validators=DAYS)
    first_registered_on = serializers.DateField(allow_null=True, required=False, validators=DAYS)
    inspection_at = serializers.DateTimeField(allow_null=True, required=False, validators=MOMENTS)
    deductible = Amount(allow_null=True, required=False, min_value=0)
    vat_recoverable_pct = Amount(allow_null=True, required=False, min_value=0, max_value=100)
    mileage = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=MAX_MILEAGE)
    power_kw = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=9_999)
    displacement_cc = serializers.IntegerField(allow_null=True, required=False, min_value=0, max_value=99_999)
    damage_zones = serializers.ListField(child=Text(), required=False)

    serializer_field_mapping = {**serializers.ModelSerializer.serializer_field_mapping, **TEXTS}

    class Meta:
        model = Dossier
        fields: tuple[str, ...] = FACTS

    def validate_damage_zones(self, zones: list[str]) -> list[str]:
        """A listed zone, or one that the dossier has already."""
        held = self.instance.damage_zones if self.instance else []
        known = dict(damage_zones.choices(held))
        if unknown := [zone for zone in zones if zone not in known]:
            raise serializers.ValidationError(_("There is no zone “%(zone)s”.") % {"zone": unknown[0]})
        return zones


class NewDossier(DossierFacts):
    """A new dossier: whose it is, and what is known. `repairer` is one that the program may see."""

    repairer = serializers.PrimaryKeyRelatedField(queryset=Repairer.objects.none())

    class Meta(DossierFacts.Meta):
        fields = ("repairer", *FACTS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "repairers" in self.context:
            self.fields["repairer"].queryset = self.context["repairers"]  # type: ignore[attr-defined]


class LinkedMission(serializers.ModelSerializer[Mission]):
    class Meta:
        model = Mission
        fields = ("id", "number")


class DossierDocument(DossierFacts):
    missions = LinkedMission(many=True, source="linked")

    class Meta(DossierFacts.Meta):
        fields = ("id", "repairer", "status", *FACTS, "missions", "created_at", "changed_at", "closed_at")


class CommentDocument(serializers.Serializer[dossier_page.CommentView]):
    at = serializers.DateTimeField()
    author = serializers.CharField()
    text = serializers.CharField()


class DossierInFull(DossierDocument):
    comments = serializers.SerializerMethodField(help_text="Of staff, and those that came with its missions.")

    class Meta(DossierDocument.Meta):
        fields = (*DossierDocument.Meta.fields, "comments")

    @extend_schema_field(CommentDocument(many=True))
    def get_comments(self, dossier: Any) -> list[dict[str, Any]]:
        return many(CommentDocument, dossier_page.comments_of(dossier, dossier.linked))


class CommentBody(serializers.Serializer[Any]):
    text = Text(max_length=10_000)


class StatusBody(serializers.Serializer[Any]):
    """`reopen` gives a closed dossier the status from before it was closed."""

    status = serializers.ChoiceField(choices=STATUSES)


class PhotoBody(serializers.Serializer[Any]):
    """JPEG, PNG, WebP or HEIC."""

    file = serializers.FileField()
    caption = Text(max_length=LONGEST_CAPTION, required=False, allow_blank=True, default="")

"""PlanManager's own file of one repair."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers import facts
from dossiers.normalise import key
from repairers.models import Repairer


class DossierStatus(models.TextChoices):
    NEW = "new", _("new")
    PLANNED = "planned", _("planned")
    IN_REPAIR = "in_repair", _("in repair")
    READY = "ready", _("ready")
    DELIVERED = "delivered", _("delivered")
    CLOSED = "closed", _("closed")


class Dossier(models.Model):
    """The columns named in `dossiers.facts` are what staff may edit and what a mission may fill."""

    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="dossiers", verbose_name=_("repairer")
    )
    status = models.CharField(_("status"), max_length=16, choices=DossierStatus, default=DossierStatus.NEW)
    # general
    claim_number = models.CharField(_("claim number"), max_length=255, blank=True)
    policy_number = models.CharField(_("policy number"), max_length=255, blank=True)
    occurred_on = models.DateField(_("date of the accident"), null=True, blank=True)
    circumstances = models.TextField(_("circumstances"), max_length=10_000, blank=True)
    deductible = models.DecimalField(
        _("deductible (EUR)"), max_digits=16, decimal_places=6, null=True, blank=True
    )
    vat_recoverable_pct = models.DecimalField(
        _("recoverable VAT (%)"), max_digits=16, decimal_places=6, null=True, blank=True
    )
    inspection_at = models.DateTimeField(_("inspection"), null=True, blank=True)
    # parties
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)
    owner_number = models.CharField(_("customer number"), max_length=255, blank=True)
    owner_phone = models.CharField(_("phone of the owner"), max_length=255, blank=True)
    owner_email = models.CharField(_("e-mail of the owner"), max_length=255, blank=True)
    owner_address = models.CharField(_("address of the owner"), max_length=255, blank=True)
    owner_language = models.CharField(_("language of the owner"), max_length=255, blank=True)
    insurer_code = models.CharField(_("insurer's code"), max_length=255, blank=True)
    insurer_name = models.CharField(_("insurer"), max_length=255, blank=True)
    expert_name = models.CharField(_("expert"), max_length=255, blank=True)
    expert_office = models.CharField(_("expert's office"), max_length=255, blank=True)
    expert_phone = models.CharField(_("phone of the expert"), max_length=255, blank=True)
    expert_email = models.CharField(_("e-mail of the expert"), max_length=255, blank=True)
    # vehicle
    plate = models.CharField(_("plate"), max_length=16, blank=True)
    vin = models.CharField(_("chassis (VIN)"), max_length=255, blank=True)
    make = models.CharField(_("make"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    power_kw = models.PositiveIntegerField(_("power (kW)"), null=True, blank=True)
    displacement_cc = models.PositiveIntegerField(_("displacement (cc)"), null=True, blank=True)
    fuel = models.CharField(_("fuel"), max_length=255, blank=True)
    first_registered_on = models.DateField(_("first registration"), null=True, blank=True)
    mileage = models.PositiveIntegerField(_("mileage (km)"), null=True, blank=True)
    damage_zones = models.JSONField(_("damage zones"), default=list, blank=True)
    # for finding and matching
    plate_key = models.CharField(max_length=32, blank=True, editable=False)
    claim_key = models.CharField(max_length=255, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        indexes = [
            models.Index(fields=["repairer", "plate_key"]),
            models.Index(fields=["repairer", "claim_key"]),
            models.Index(fields=["repairer", "-created_at"]),
            models.Index(fields=["changed_at"], name="dossier_changed"),  # since a moment
        ]

    def __str__(self) -> str:
        return f"Dossier {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def set_keys(self) -> None:
        """Keep the normalised plate and claim number beside what people see; bulk writers call this themselves."""
        self.plate_key, self.claim_key = key(self.plate), key(self.claim_number)

    @property
    def is_open(self) -> bool:
        return self.status != DossierStatus.CLOSED

    @property
    def facts(self) -> facts.Facts:
        return {name: getattr(self, name) for name in facts.NAMES}


class Comment(models.Model):
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = models.TextField(_("comment"), max_length=10_000)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]

"""What an insurer or expert asks of a repairer, received from outside."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from repairers.models import Repairer


class Source(models.TextChoices):
    CLAIMS360 = "claims360", "Claims360"
    WINFORMEX = "winformex", "Winformex II"


class MissionState(models.TextChoices):
    INCOMPLETE = "incomplete", _("incomplete")
    WAITING = "waiting", _("waiting")
    DOSSIER = "dossier", _("in a dossier")
    EXCLUDED = "excluded", _("excluded")
    DENIED = "denied", _("denied")
    ARCHIVED = "archived", _("archived")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Mission(models.Model):
    """`facts` holds all that was received, by the names of `dossiers.facts`; columns beside it are for finding."""

    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="missions", verbose_name=_("repairer")
    )
    source = models.CharField(_("source"), max_length=16, choices=Source, default=Source.CLAIMS360)
    external_id = models.CharField(_("id"), max_length=120)
    number = models.CharField(_("number"), max_length=120, blank=True)
    version = models.PositiveIntegerField(
        _("version"), default=0
    )  # 0: a placeholder, its mission has not come yet
    digest = models.CharField(max_length=64, blank=True)
    status = models.CharField(_("status in Claims360"), max_length=64, blank=True)
    task_code = models.CharField(_("task code"), max_length=16, blank=True)
    smart_expertise = models.BooleanField(_("smart expertise"), default=False)
    facts = models.JSONField(_("received data"), default=dict)
    comments = models.JSONField(default=list)
    notes = models.JSONField(default=dict)  # fields that could not be read, with their raw text

    state = models.CharField(_("state"), max_length=16, choices=MissionState, default=MissionState.INCOMPLETE)
    reason = models.CharField(max_length=32, blank=True)  # a code of dossiers.sentences
    reason_args = models.JSONField(default=dict)
    rules_digest = models.CharField(max_length=16, blank=True)  # the options it was last judged by
    changed_since_denied = models.BooleanField(default=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="missions")
    applied = models.JSONField(
        default=dict
    )  # for each fact the last value that the link put into the dossier
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    # Two missions of one number, of two sources, are one to the garage: this one follows that one, which has the row.
    twin_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="twins",
        verbose_name=_("same mission as"),
    )
    is_apart = models.BooleanField(
        default=False
    )  # a person said that it is another mission than its namesake

    plate = models.CharField(_("plate"), max_length=16, blank=True)
    plate_key = models.CharField(max_length=32, blank=True)
    number_key = models.CharField(max_length=120, blank=True)
    claim_key = models.CharField(max_length=255, blank=True)
    make = models.CharField(_("make"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)
    owner_number = models.CharField(_("customer number"), max_length=255, blank=True)
    insurer_name = models.CharField(_("insurer"), max_length=255, blank=True)

    changed_at = models.DateTimeField(_("changed in Claims360"), null=True)
    received_at = models.DateTimeField(_("received"))
    updated_at = models.DateTimeField(_("last change received"))

    class Meta:
        verbose_name = _("mission")
        verbose_name_plural = _("missions")
        constraints = [
            models.UniqueConstraint(fields=["repairer", "source", "external_id"], name="one_row_a_mission"),
            models.CheckConstraint(
                condition=~models.Q(state="dossier") | models.Q(dossier__isnull=False),
                name="in_a_dossier_has_one",
            ),
        ]
        indexes = [
            models.Index(fields=["repairer", "state", "-updated_at"]),
            models.Index(fields=["repairer", "-updated_at"]),
            models.Index(fields=["repairer", "plate_key"]),
            models.Index(fields=["repairer", "number_key"]),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id

    @property
    def insurer_code(self) -> str:
        return self.facts.get("insurer_code") or ""

    @property
    def claim_number(self) -> str:
        return self.facts.get("claim_number") or ""

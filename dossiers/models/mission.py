"""What an insurer or expert asks of a repairer, received from outside."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.document import Document
from dossiers.models.dossier import Dossier
from dossiers.normalise import WORDS, words
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

    # found by the constraint and the indexes below, which begin with it
    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="missions", db_index=False, verbose_name=_("repairer")
    )
    source = models.CharField(_("source"), max_length=16, choices=Source, default=Source.CLAIMS360)
    external_id = models.CharField(_("id"), max_length=120)
    number = models.CharField(_("number"), max_length=120, blank=True)
    # 0: a placeholder, its mission has not come yet
    version = models.PositiveIntegerField(_("version"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    status = models.CharField(_("status in Claims360"), max_length=64, blank=True)
    task_code = models.CharField(_("task code"), max_length=16, blank=True)
    smart_expertise = models.BooleanField(_("smart expertise"), default=False)
    facts = Document(_("received data"), default=dict)
    comments = Document(default=list)
    notes = Document(default=dict)  # fields that could not be read, with their raw text

    state = models.CharField(_("state"), max_length=16, choices=MissionState, default=MissionState.INCOMPLETE)
    reason = models.CharField(max_length=32, blank=True)  # a code of dossiers.sentences
    reason_args = models.JSONField(default=dict)
    rules_digest = models.CharField(max_length=16, blank=True)  # the options it was last judged by
    changed_since_denied = models.BooleanField(default=False)
    dossier = models.ForeignKey(
        Dossier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="missions",
        db_index=False,  # below: without those that have none
    )
    applied = Document(default=dict)  # for each fact the last value that the link put into the dossier
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # below: without those that nobody decided
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    # Two missions of one number, of two sources, are one to the garage: this one follows that one, which has the row.
    twin_of = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="twins",
        db_index=False,  # below: without those that have none
        verbose_name=_("same mission as"),
    )
    # a person said that it is another mission than its namesake
    is_apart = models.BooleanField(default=False)

    plate = models.CharField(_("plate"), max_length=16, blank=True)
    plate_key = models.CharField(max_length=32, blank=True)
    number_key = models.CharField(max_length=120, blank=True)
    vin_key = models.CharField(max_length=64, blank=True, editable=False)
    claim_key = models.CharField(max_length=255, blank=True)
    make = models.CharField(_("make"), max_length=255, blank=True)
    model = models.CharField(_("model"), max_length=255, blank=True)
    owner_name = models.CharField(_("owner"), max_length=255, blank=True)
    owner_number = models.CharField(_("customer number"), max_length=255, blank=True)
    insurer_name = models.CharField(_("insurer"), max_length=255, blank=True)

    # what is typed into the lists is looked for here, see `set_words`
    owner_words = models.CharField(max_length=WORDS, blank=True, editable=False)
    make_words = models.CharField(max_length=WORDS, blank=True, editable=False)
    model_words = models.CharField(max_length=WORDS, blank=True, editable=False)

    changed_at = models.DateTimeField(_("changed in Claims360"), null=True)
    received_at = models.DateTimeField(_("received"))
    updated_at = models.DateTimeField(_("last change received"))
    forgotten_at = models.DateTimeField(null=True, editable=False)  # what was personal here was deleted then

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
            models.Index(fields=["repairer", "state", "-updated_at", "twin_of"]),
            # one an order of the list, for those who see all repairers; counts need no row beside the index
            models.Index(fields=["received_at", "id"]),
            models.Index(fields=["updated_at", "id"]),
            models.Index(fields=["state", "updated_at", "id", "twin_of"]),
            models.Index(fields=["number_key", "id"]),
            models.Index(fields=["plate_key", "id"]),
            models.Index(fields=["owner_words", "id"]),
            models.Index(
                fields=["updated_at", "id"],
                condition=models.Q(smart_expertise=True),
                name="mission_smart",
            ),
            # what changed since a moment, beside `updated_at`; of most missions neither is set as they come in
            models.Index(
                fields=["decided_at"],
                condition=models.Q(decided_at__isnull=False),
                name="mission_decided",
            ),
            models.Index(
                fields=["forgotten_at"],
                condition=models.Q(forgotten_at__isnull=False),
                name="mission_forgotten",
            ),
            models.Index(
                fields=["dossier"], condition=models.Q(dossier__isnull=False), name="mission_dossier"
            ),
            models.Index(
                fields=["decided_by"],
                condition=models.Q(decided_by__isnull=False),
                name="mission_decided_by",
            ),
            models.Index(fields=["twin_of"], condition=models.Q(twin_of__isnull=False), name="mission_twins"),
        ]

    def __str__(self) -> str:
        return self.number or self.external_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_words()
        super().save(*args, **kwargs)

    def set_words(self) -> None:
        """Keep what is searched beside what people see; bulk writers call this themselves."""
        self.owner_words = words(self.owner_name, self.owner_number)
        self.make_words, self.model_words = words(self.make), words(self.model)

    @property
    def insurer_code(self) -> str:
        return self.facts.get("insurer_code") or ""

    @property
    def claim_number(self) -> str:
        return self.facts.get("claim_number") or ""

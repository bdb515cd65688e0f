"""Estimates: documents, of which every transmitted version is kept whole."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.document import Document
from dossiers.models.mission import Mission, Source
from repairers.models import Repairer


class QuoteState(models.TextChoices):
    FOLLOWS = "follows", _("follows its mission")
    WAITING = "waiting", _("waiting")
    DOSSIER = "dossier", _("in a dossier")
    EXCLUDED = "excluded", _("excluded")
    DENIED = "denied", _("denied")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Quote(models.Model):
    """The newest version's figures stand here for the lists; `accepted_version` is the one its dossier works by."""

    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="quotes", db_index=False)
    mission = models.ForeignKey(Mission, models.PROTECT, related_name="quotes", verbose_name=_("mission"))
    source = models.CharField(max_length=16, choices=Source, default=Source.CLAIMS360)
    external_id = models.CharField(max_length=120)
    number = models.CharField(_("number"), max_length=120, blank=True)
    version = models.PositiveIntegerField(default=0)  # of the newest version, or of the deletion
    supplement = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(_("status"), max_length=64, blank=True)
    status_label = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=64, default="EUR")
    gross = models.DecimalField(_("amount"), max_digits=16, decimal_places=6, null=True)
    previous_gross = models.DecimalField(max_digits=16, decimal_places=6, null=True)

    state = models.CharField(_("state"), max_length=16, choices=QuoteState, default=QuoteState.FOLLOWS)
    reason = models.CharField(max_length=32, blank=True)
    reason_args = models.JSONField(default=dict)
    accepted_version = models.PositiveIntegerField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # below: without those that nobody decided
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("quote")
        verbose_name_plural = _("quotes")
        constraints = [
            models.UniqueConstraint(fields=["repairer", "source", "external_id"], name="one_row_a_quote")
        ]
        indexes = [
            models.Index(fields=["state", "repairer", "mission"]),
            # what changed since a moment
            models.Index(fields=["updated_at"], name="quote_updated"),
            models.Index(
                fields=["decided_by"], condition=models.Q(decided_by__isnull=False), name="quote_decided_by"
            ),
            models.Index(
                fields=["decided_at"], condition=models.Q(decided_at__isnull=False), name="quote_decided"
            ),
        ]
        ordering = ["number", "pk"]

    def __str__(self) -> str:
        return self.number or self.external_id


class QuoteVersion(models.Model):
    """One transmitted version as it came; amounts in `lines` and `totals` are the texts that were sent (EUR)."""

    # found by the constraint below, which begins with it
    quote = models.ForeignKey(Quote, models.PROTECT, related_name="versions", db_index=False)
    version = models.PositiveIntegerField()
    supplement = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=64)
    previous_status = models.CharField(max_length=64, blank=True)
    status_label = models.CharField(max_length=255, blank=True)
    currency = models.CharField(max_length=64, default="EUR")
    vat_rate = models.CharField(max_length=32, blank=True)
    lines = Document(default=list)
    totals = Document(default=dict)
    notes = Document(default=dict)
    digest = models.CharField(max_length=64)
    changed_at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quote", "version"], name="one_row_a_quote_version")]
        ordering = ["version"]

    def __str__(self) -> str:
        return f"{self.quote_id} v{self.version}"

    @property
    def gross(self) -> str | None:
        """The total as it was sent."""
        return self.totals.get("gross")

    @property
    def gross_amount(self) -> Decimal | None:
        """The total, in `currency`."""
        return Decimal(self.gross) if self.gross else None

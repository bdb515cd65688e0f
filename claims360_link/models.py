"""The configuration of a repairer, where its feed stands, and every run of it."""

import json

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from claims360_link.fields import EncryptedTextField
from dossiers.formats import moment
from repairers.models import Repairer

NEWS = ("new", "updated")  # of the counts in a tally


class Configuration(models.Model):
    """Written once: triggers refuse to change the bodyshop id and the fingerprints; a reset deletes the row.

    Only `credentials` reads the keys: whoever else reads a row has them left in the database (`without_keys`).
    """

    repairer = models.OneToOneField(
        Repairer, models.PROTECT, related_name="claims360_configuration", verbose_name=_("repairer")
    )
    bodyshop_id = models.CharField(_("bodyshop id"), max_length=40, unique=True)
    bodyshop_key = EncryptedTextField()
    planmanager_key = EncryptedTextField()
    bodyshop_key_sha256 = models.CharField(max_length=64)
    planmanager_key_sha256 = models.CharField(max_length=64)
    bodyshop_key_last4 = models.CharField(max_length=4)
    planmanager_key_last4 = models.CharField(max_length=4)
    checked = models.BooleanField(_("checked against Claims360"), default=True)
    created_at = models.DateTimeField(_("configured"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("configured by"),
    )

    class Meta:
        verbose_name = _("Claims360 configuration")
        verbose_name_plural = _("Claims360 configurations")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(bodyshop_key="")
                & ~models.Q(planmanager_key="")
                & ~models.Q(bodyshop_id=""),
                name="complete_or_absent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.repairer} ({self.bodyshop_id})"


class ConfigurationReset(models.Model):
    """The trail of the helpdesk's resets: what was removed (no key), by whom and why."""

    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="+", verbose_name=_("repairer"))
    bodyshop_id = models.CharField(_("bodyshop id"), max_length=40)
    bodyshop_key_sha256 = models.CharField(max_length=64)
    planmanager_key_sha256 = models.CharField(max_length=64)
    configured_at = models.DateTimeField(_("configured"))
    configured_by = models.CharField(_("configured by"), max_length=150, blank=True)
    reset_at = models.DateTimeField(_("reset"), auto_now_add=True)
    reset_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("reset by")
    )
    reason = models.TextField(_("reason"), max_length=1000)

    class Meta:
        verbose_name = _("reset of a configuration")
        verbose_name_plural = _("resets of configurations")
        ordering = ["-reset_at"]

    def __str__(self) -> str:
        return f"{self.repairer} ({self.bodyshop_id})"


class SyncState(models.Model):
    """Where the feed of one repairer's bodyshop id stands. The cursor belongs to the bodyshop id."""

    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="sync_states", verbose_name=_("repairer")
    )
    bodyshop_id = models.CharField(_("bodyshop id"), max_length=40)
    cursor = models.TextField(blank=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(_("being synchronised until"), null=True)
    # under way, or cut off
    attempts = models.PositiveSmallIntegerField(_("tries of the next page"), default=0)
    asked_at = models.DateTimeField(_("asked for"), null=True)  # one more pass is wanted since
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    # Claims360 said when to come back, or we back off
    not_before = models.DateTimeField(_("not before"), null=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    refused_since = models.DateTimeField(_("keys refused since"), null=True)  # the keys are refused: paused
    error = models.CharField(_("error"), max_length=64, blank=True)  # of the last run, "" when it was well
    last_run_at = models.DateTimeField(_("last run"), null=True)
    last_ok_at = models.DateTimeField(_("last run without error"), null=True)

    class Meta:
        verbose_name = _("state of a link")
        verbose_name_plural = _("states of the links")
        constraints = [models.UniqueConstraint(fields=["repairer", "bodyshop_id"], name="one_row_a_feed")]

    def __str__(self) -> str:
        return f"{self.repairer} ({self.bodyshop_id})"


class Inquiry(models.Model):
    """Somebody asked Claims360 for one mission anew; a worker that begins does so once, whatever becomes of it."""

    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="+", verbose_name=_("repairer"))
    mission_external_id = models.CharField(_("id of its mission"), max_length=120)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("asked by")
    )
    begun_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    error = models.CharField(max_length=64, blank=True)  # a code of dossiers.sentences
    tally = models.JSONField(default=dict)  # what it brought, as that of a run

    class Meta:
        verbose_name = _("mission asked for anew")
        verbose_name_plural = _("missions asked for anew")
        indexes = [
            models.Index(fields=["repairer", "mission_external_id", "-asked_at"]),
            models.Index(
                fields=["asked_at"], condition=models.Q(begun_at__isnull=True), name="inquiry_to_begin"
            ),
        ]
        ordering = ["-asked_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.mission_external_id} {moment(self.asked_at)}"

    @property
    def is_new(self) -> bool:
        """Whether it brought something."""
        return any(
            count.get(name) for count in self.tally.values() if isinstance(count, dict) for name in NEWS
        )


class SyncRun(models.Model):
    class Trigger(models.TextChoices):
        ROUND = "round", _("automatic")
        BUTTON = "button", _("Refresh button")
        COMMAND = "command", _("command")

    class Outcome(models.TextChoices):
        RUNNING = "running", _("running")
        OK = "ok", _("without error")
        PARTIAL = "partial", _("partly")
        FAILED = "failed", _("failed")

    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="sync_runs", verbose_name=_("repairer")
    )
    bodyshop_id = models.CharField(_("bodyshop id"), max_length=40)
    trigger = models.CharField(_("started by"), max_length=16, choices=Trigger)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, default=Outcome.RUNNING)
    pages = models.PositiveIntegerField(_("pages"), default=0)
    # {"missions": {"received": …}, "quotes": …, "photos": …, "set_aside": n}
    tally = models.JSONField(default=dict)
    error = models.CharField(_("error"), max_length=64, blank=True)  # a code of dossiers.sentences
    error_detail = models.CharField(_("in detail"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("sync run")
        verbose_name_plural = _("sync runs")
        indexes = [models.Index(fields=["repairer", "-started_at"])]
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.repairer} {moment(self.started_at)}"


class Figure(models.Model):
    """What was counted since the beginning, by whichever process; read by /metrics."""

    name = models.CharField(max_length=64)
    labels = models.CharField(max_length=255)  # JSON, by name in order
    value = models.FloatField()
    first_at = models.DateTimeField(_("first seen"), null=True)
    last_at = models.DateTimeField(_("last seen"), null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="one_row_a_figure")]

    def __str__(self) -> str:
        return f"{self.name} {self.labels}"


class Unknown(Figure):
    """What Claims360 sent that nobody here knows, under the name that the helpdesk knows it by."""

    class Meta:
        proxy = True
        verbose_name = _("unknown element sent by Claims360")
        verbose_name_plural = _("unknown elements sent by Claims360")
        ordering = ["-last_at", "-pk"]

    def __str__(self) -> str:
        return ": ".join(filter(None, json.loads(self.labels).values()))

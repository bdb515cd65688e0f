"""Records that could not be taken over: kept, with the reason, until a later good version or a person clears them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.mission import Source
from repairers.models import Repairer


class SetAside(models.Model):
    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="set_aside", verbose_name=_("repairer")
    )
    source = models.CharField(_("source"), max_length=16, choices=Source, default=Source.CLAIMS360)
    entity = models.CharField(_("kind"), max_length=64, blank=True)
    external_id = models.CharField(_("id"), max_length=120, blank=True)
    mission_external_id = models.CharField(_("id of its mission"), max_length=120, blank=True)
    version = models.PositiveIntegerField(_("version"), null=True)
    reason = models.CharField(_("reason"), max_length=64)  # a code of dossiers.sentences
    detail = models.CharField(_("in detail"), max_length=500, blank=True)
    digest = models.CharField(max_length=64)  # of the raw record: the same one is kept once
    raw = models.JSONField()
    traces = models.CharField(max_length=255, blank=True, editable=False)  # see `dossiers.traces`
    created_at = models.DateTimeField(_("received"))
    resolved_at = models.DateTimeField(_("resolved"), null=True, blank=True)

    class Meta:
        verbose_name = _("record kept aside")
        verbose_name_plural = _("records kept aside")
        constraints = [
            models.UniqueConstraint(
                fields=["repairer", "source", "digest"], name="one_row_a_record_set_aside"
            )
        ]
        indexes = [
            models.Index(fields=["repairer", "resolved_at"]),
            models.Index(
                fields=["repairer", "mission_external_id"],
                condition=models.Q(resolved_at__isnull=True),
                name="set_aside_of_a_mission",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id or str(self.pk)

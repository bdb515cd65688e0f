"""Who did what: the history of dossiers and missions. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.formats import moment
from dossiers.models.dossier import Dossier
from dossiers.models.mission import Mission
from repairers.models import Repairer


class Event(models.Model):
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)  # empty: the link itself
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)  # of the actor
    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="+", verbose_name=_("repairer"))
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, null=True, related_name="events", verbose_name=_("dossier")
    )
    mission = models.ForeignKey(
        Mission, models.PROTECT, null=True, related_name="events", verbose_name=_("mission")
    )
    verb = models.CharField(max_length=32)  # a code of dossiers.sentences
    args = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("line of the history")
        verbose_name_plural = _("lines of the history")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return moment(self.at)

"""Who did what: the history of dossiers and missions. Rows are only ever added."""

from django.conf import settings
from django.db import models

from dossiers.models.dossier import Dossier
from dossiers.models.mission import Mission
from repairers.models import Repairer


class Event(models.Model):
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)  # empty: the link itself
    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="+")
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, related_name="events")
    mission = models.ForeignKey(Mission, models.PROTECT, null=True, related_name="events")
    verb = models.CharField(max_length=32)  # a code of dossiers.sentences
    args = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb}"

"""Why missions and quotes are denied: what the helpdesk offers to choose from."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class DenyReason(models.Model):
    """One line of the list, in each language; a denial keeps the words that it was given."""

    class Kind(models.TextChoices):
        MISSION = "mission", _("mission")
        QUOTE = "quote", _("quote")

    kind = models.CharField(_("for"), max_length=16, choices=Kind, default=Kind.MISSION)
    position = models.PositiveSmallIntegerField(_("position"), default=100)
    text_fr = models.CharField(_("in French"), max_length=120)
    text_nl = models.CharField(_("in Dutch"), max_length=120)
    text_de = models.CharField(_("in German"), max_length=120)
    text_en = models.CharField(_("in English"), max_length=120)

    class Meta:
        verbose_name = _("reason of a denial")
        verbose_name_plural = _("reasons of denials")
        ordering = ["kind", "position", "pk"]

    def __str__(self) -> str:
        return str(getattr(self, f"text_{get_language()}", self.text_en))

"""What Winformex II sends with: a token per repairer, made in admin."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from repairers.models import Repairer
from repairers.tokens import Token


class WinformexToken(Token):
    repairer = models.ForeignKey(
        Repairer, models.PROTECT, related_name="winformex_tokens", verbose_name=_("repairer")
    )

    class Meta:
        verbose_name = _("Winformex II token")
        verbose_name_plural = _("Winformex II tokens")
        ordering = ["-pk"]

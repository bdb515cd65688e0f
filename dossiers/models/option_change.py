"""Who changed which option of the database, from what to what. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.formats import moment


class OptionChange(models.Model):
    name = models.CharField(_("option"), max_length=64)
    old = models.TextField(_("before"), blank=True)
    new = models.TextField(_("after"), blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("changed by")
    )
    address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)  # empty: a command
    changed_at = models.DateTimeField(_("changed"), auto_now_add=True)

    class Meta:
        verbose_name = _("change of an option")
        verbose_name_plural = _("changes of options")
        ordering = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} {moment(self.changed_at)}"

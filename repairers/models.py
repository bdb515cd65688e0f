"""Who: sites, the repairers of a site, and the people who work there."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Site(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("site")
        verbose_name_plural = _("sites")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Repairer(models.Model):
    name = models.CharField(_("name"), max_length=120)
    site = models.ForeignKey(Site, models.PROTECT, related_name="repairers", verbose_name=_("site"))
    mailbox_number = models.CharField(
        _("Informex mailbox number"),
        max_length=40,
        blank=True,
        help_text=_("Prefills the bodyshop id when Claims360 is configured."),
    )

    class Meta:
        verbose_name = _("repairer")
        verbose_name_plural = _("repairers")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Garage staff belong to sites; the helpdesk (`is_staff`) sees every site and the admin."""

    sites = models.ManyToManyField(Site, related_name="staff", blank=True, verbose_name=_("sites"))
    language = models.CharField(_("language"), max_length=5, blank=True)

    class Meta(AbstractUser.Meta):
        pass

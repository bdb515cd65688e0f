"""Order lines: the parts of a dossier's approved quotes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from dossiers.models.quote import Quote


class OrderState(models.TextChoices):
    TO_ORDER = "to_order", _("to order")
    ORDERED = "ordered", _("ordered")
    RECEIVED = "received", _("received")


class OrderLine(models.Model):
    """Found again by quote, supplement and part (code, else description), not by position in the quote."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="order_lines", verbose_name=_("dossier")
    )
    quote = models.ForeignKey(Quote, models.PROTECT, related_name="order_lines")
    supplement = models.PositiveSmallIntegerField(default=0)
    part_key = models.CharField(max_length=255)
    occurrence = models.PositiveSmallIntegerField(default=1)  # the same part twice in one quote: 1, 2
    code = models.CharField(_("part code"), max_length=255, blank=True)
    description = models.CharField(_("part"), max_length=10_000)
    quantity = models.CharField(_("quantity"), max_length=32, blank=True)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=6, null=True)
    in_quote = models.BooleanField(default=True)  # False: no longer in the approved version
    state = models.CharField(_("state"), max_length=16, choices=OrderState, default=OrderState.TO_ORDER)
    state_changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "quote", "supplement", "part_key", "occurrence"],
                name="one_row_an_ordered_part",
            )
        ]

    def __str__(self) -> str:
        return self.description

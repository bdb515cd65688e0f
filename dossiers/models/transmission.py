"""What the "i" of a dossier sent, or will send: one row a click, delivered by whichever link it goes to."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dossiers.formats import moment
from dossiers.models.dossier import Dossier
from dossiers.models.mission import Mission, Source
from dossiers.models.photo import Photo


class SendState(models.TextChoices):
    PENDING = "pending", _("pending")
    IN_FLIGHT = "in_flight", _("being sent")
    DELIVERED = "delivered", _("delivered")
    NEEDS_PERSON = "needs_person", _("needs a person")
    CANCELLED = "cancelled", _("cancelled")


class Delivery(models.Model):
    """What every attempt to deliver something keeps in its row."""

    state = models.CharField(_("state"), max_length=16, choices=SendState, default=SendState.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    first_attempt_at = models.DateTimeField(_("first attempt"), null=True, blank=True)
    in_flight_since = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(_("not before"), null=True, blank=True)
    error = models.CharField(max_length=64, blank=True)  # a code of dossiers.sentences
    error_detail = models.CharField(_("in detail"), max_length=500, blank=True)
    correlation_id = models.CharField(_("correlation id"), max_length=120, blank=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True, blank=True)

    class Meta:
        abstract = True


class Opening(Delivery):
    """The one file that a dossier without a mission may open: its own key and body, never made twice."""

    dossier = models.OneToOneField(Dossier, models.PROTECT, related_name="opening")
    link = models.CharField(max_length=16, choices=Source, default=Source.CLAIMS360)
    mailbox = models.CharField(max_length=120)  # the bodyshop id that it is opened for
    body = models.JSONField()
    idempotency_key = models.CharField(max_length=64, unique=True)
    mission_external_id = models.CharField(max_length=120, blank=True, db_index=True)  # from the receipt
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.dossier} {self.state}"


class Transmission(Delivery):
    """One click on the "i". Of the dossier only `body` (plate, mileage in km) and the chosen photos ever leave."""

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="transmissions", verbose_name=_("dossier")
    )
    link = models.CharField(_("to"), max_length=16, choices=Source, default=Source.CLAIMS360)
    mailbox = models.CharField(_("bodyshop id"), max_length=120)  # at the moment of the click
    mission = models.ForeignKey(
        Mission,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="transmissions",
        verbose_name=_("mission"),
    )
    body = models.JSONField(_("sent"))
    idempotency_key = models.CharField(max_length=64, unique=True)
    body_delivered_at = models.DateTimeField(_("plate and mileage delivered"), null=True, blank=True)
    created_at = models.DateTimeField(_("asked at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("asked by"),
    )

    class Meta:
        verbose_name = _("transmission")
        verbose_name_plural = _("transmissions")
        indexes = [models.Index(fields=["state", "not_before"]), models.Index(fields=["dossier", "state"])]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.dossier} {moment(self.created_at)}"

    @property
    def photos_delivered(self) -> int:
        """How many of its photos are there."""
        return sum(photo.state == SendState.DELIVERED for photo in self.photos.all())


class TransmissionPhoto(Delivery):
    transmission = models.ForeignKey(Transmission, models.PROTECT, related_name="photos")
    photo = models.ForeignKey(Photo, models.PROTECT, related_name="transmissions", verbose_name=_("photo"))
    idempotency_key = models.CharField(max_length=64, unique=True)
    external_id = models.CharField(max_length=120, blank=True)  # from the receipt

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transmission", "photo"], name="a_photo_once_a_transmission")
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.photo} · {self.get_state_display()}"

"""Photos: rows that say whose they are, contents that are held once."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dossiers.models.dossier import Dossier
from dossiers.models.mission import Mission, Source
from repairers.models import Repairer


class PhotoOrigin(models.TextChoices):
    LOCAL = "local", _("added here")
    INSURED = "insured", _("insured")
    EXPERT = "expert", _("expert")
    REPAIRER = "repairer", _("sent by the repairer")


class FetchState(models.TextChoices):
    PENDING = "pending", _("to fetch")
    STORED = "stored", _("stored")
    FAILED = "failed", _("could not be fetched")
    FORGOTTEN = "forgotten", _("deleted for data protection")


class Content(models.Model):
    """Bytes as they came, found by their hash and held once; who may see them goes by the photos that point here."""

    sha256 = models.CharField(primary_key=True, max_length=64)
    file = models.FileField(upload_to="photos", max_length=200)
    bytes = models.PositiveBigIntegerField()
    mime = models.CharField(max_length=64)
    width = models.PositiveIntegerField()  # pixels, as displayed
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    wanted_at = models.DateTimeField(default=timezone.now)  # stored, or stored once more

    def __str__(self) -> str:
        return self.sha256


class LooseFile(models.Model):
    """A file that no row names: its row is yet to come until `expected_until`, or is gone where that is None."""

    name = models.CharField(max_length=200, unique=True)
    sha256 = models.CharField(max_length=64)
    expected_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "dossiers_discardedfile"  # which it was at first

    def __str__(self) -> str:
        return self.name


class Photo(models.Model):
    """One photo of a mission (fetched from outside) or of a dossier (added here, `external_id` empty)."""

    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="photos")
    mission = models.ForeignKey(Mission, models.PROTECT, null=True, blank=True, related_name="photos")
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, blank=True, related_name="photos")
    source = models.CharField(max_length=16, choices=Source, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    version = models.PositiveIntegerField(default=0)
    withdrawn = models.BooleanField(default=False)
    origin = models.CharField(_("from"), max_length=64, default=PhotoOrigin.LOCAL)  # kept as it came
    category = models.CharField(_("category"), max_length=64, blank=True)
    caption = models.CharField(_("caption"), max_length=255, blank=True)
    file_name = models.CharField(_("file name"), max_length=255, blank=True)
    sequence = models.IntegerField(null=True)
    taken_at = models.DateTimeField(null=True)

    sha256 = models.CharField(max_length=64, blank=True)  # as announced from outside, or as added here
    bytes = models.PositiveBigIntegerField(default=0)
    content = models.ForeignKey(Content, models.PROTECT, null=True, related_name="photos")
    # what is sent
    prepared = models.ForeignKey(Content, models.PROTECT, null=True, related_name="prepared_for")

    fetch_state = models.CharField(max_length=16, choices=FetchState, default=FetchState.STORED)
    fetch_attempts = models.PositiveIntegerField(default=0)
    fetch_error = models.CharField(max_length=64, blank=True)
    fetch_not_before = models.DateTimeField(null=True)
    fetch_since = models.DateTimeField(null=True)  # in flight since

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)  # came, changed, or was fetched or not

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        constraints = [
            models.UniqueConstraint(
                fields=["repairer", "source", "external_id"],
                condition=~models.Q(external_id=""),
                name="one_row_a_photo",
            )
        ]
        indexes = [
            models.Index(fields=["repairer", "fetch_state", "fetch_not_before"]),
            models.Index(fields=["repairer", "sha256"]),
            models.Index(fields=["updated_at"], name="photo_updated"),  # since a moment
        ]
        ordering = ["sequence", "pk"]

    def __str__(self) -> str:
        return self.file_name or self.external_id

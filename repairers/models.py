"""Who: sites, the repairers of a site, and the people who work there."""

from typing import ClassVar

from axes.models import AccessAttempt
from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from repairers.tokens import Token


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
    """Garage staff belong to sites; the helpdesk (`is_staff`) sees every site and the admin.

    A program (`is_program`, see Integration) is in the history, and before the gate, as a person is.
    """

    sites = models.ManyToManyField(Site, related_name="staff", blank=True, verbose_name=_("sites"))
    repairers = models.ManyToManyField(
        Repairer,
        related_name="staff",
        blank=True,
        verbose_name=_("single repairers"),
        help_text=_("Beside the repairers of the sites."),
    )
    language = models.CharField(_("language"), max_length=5, blank=True)
    is_program = models.BooleanField(default=False, editable=False)
    # when they last looked at what came in, and when the visit before that look's ended: see `visits`
    looked_at = models.DateTimeField(null=True, editable=False)
    looked_before = models.DateTimeField(null=True, editable=False)

    class Meta(AbstractUser.Meta):
        pass


class Programs(UserManager["Integration"]):
    use_in_migrations = False

    def get_queryset(self) -> "QuerySet[Integration]":
        return super().get_queryset().filter(is_program=True)


class Integration(User):
    """A program that uses the API with tokens of its own; it has no password and never logs in."""

    objects: ClassVar[Programs] = Programs()

    class Meta:
        proxy = True
        verbose_name = _("integration")
        verbose_name_plural = _("integrations")


class Scope(models.TextChoices):
    """What a token is good for, within the repairers that its integration may see."""

    READ = "read", _("read missions, quotes, photos, dossiers and transmissions")
    QUEUE = "queue", _("decide what waits in the queue")
    DOSSIERS = "dossiers", _("open and change dossiers, add photos")
    SEND = "send", _("send plate, mileage and photos to Claims360")
    REFRESH = "refresh", _("ask for a synchronisation")
    OPTIONS = "options", _("read and change the options of the database (helpdesk)")


class ApiToken(Token):
    """What an integration shows with each request to the API."""

    integration = models.ForeignKey(
        Integration, models.PROTECT, related_name="tokens", verbose_name=_("integration")
    )
    scopes = models.JSONField(_("scopes"), default=list)  # of Scope
    expires_at = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("token of an integration")
        verbose_name_plural = _("tokens of integrations")
        ordering = ["-created_at", "-pk"]

    @classmethod
    def valid(cls, secret: str) -> "ApiToken | None":
        """The token whose secret this is, unless it is revoked, has expired, or its integration is switched off."""
        token = cls.found(secret)
        over = token is None or token.expires_at <= timezone.now() or not token.integration.is_active
        return None if over else token


class SecondFactor(TOTPDevice):
    """django-otp's row of somebody's telephone app, under the name that the helpdesk knows it by."""

    class Meta:
        proxy = True
        verbose_name = _("app for the second factor")
        verbose_name_plural = _("apps for the second factor")


class FailedLogin(AccessAttempt):
    """django-axes' row of logins that failed, under the name that the helpdesk knows it by."""

    class Meta:
        proxy = True
        verbose_name = _("failed login")
        verbose_name_plural = _("failed logins")

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.attempt_time), "SHORT_DATETIME_FORMAT")
        return f"{self.username or self.ip_address or ''} {at}".strip()


class KeptAnswer(models.Model):
    """What a write answered, for whoever repeats it with the same Idempotency-Key."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(null=True)  # JSON as it was sent; a JSON column forgets the order of names
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.user} {self.key}"


class Message(models.Model):
    """What the staff of a repairer should know: one standing row a matter, which counts up, ends, and may begin anew.

    It holds codes and numbers, nothing of an owner; `staff_messages` says how each kind reads.
    """

    repairer = models.ForeignKey(Repairer, models.PROTECT, related_name="+", verbose_name=_("repairer"))
    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=40, blank=True)  # what it is about within its kind, as an id
    reason = models.CharField(max_length=64, blank=True)  # a code of whoever writes this kind
    count = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()  # there was news in it: whoever read it before has not read that
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repairer", "kind", "subject"], name="one_message_a_matter")
        ]
        indexes = [
            models.Index(fields=["-changed_at", "-id"]),
            models.Index(
                fields=["repairer", "changed_at"],
                condition=models.Q(settled_at__isnull=True),
                name="open_message",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


class Reading(models.Model):
    """Up to when somebody has read a message; what changed in it later is unread again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="readings")
    read_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "message"], name="read_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.message}"


class Mailing(models.Model):
    """Somebody wants messages by e-mail too: how soon, how far they were told, and how the last try went."""

    class Pace(models.TextChoices):
        AT_ONCE = "at-once", _("at once")
        DAILY = "daily", _("once a day, in the morning")

    class Error(models.TextChoices):
        DOWN = "down", _("The mail server can't be reached; it is tried again by itself.")
        REFUSED = "refused", _("This address was refused: correct it, then save.")

    user = models.OneToOneField(User, models.CASCADE, related_name="mailing")
    pace = models.CharField(max_length=16, choices=Pace)
    told_until = models.DateTimeField()  # what changed up to then was mailed, or was nothing to mail
    in_flight_since = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # that failed, in a row
    error = models.CharField(max_length=16, choices=Error, blank=True)

    def __str__(self) -> str:
        return f"{self.user} {self.pace}"

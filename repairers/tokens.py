"""Tokens of programs that call us: a random secret that is shown once, and of which only the hash is kept."""

import datetime as dt
import hashlib
import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SECRET_BYTES = 32  # nobody guesses it, so that one SHA-256 of it is hash enough
NOTED_EVERY = dt.timedelta(minutes=1)  # the last use: not a write for each of many requests


class Token(models.Model):
    """What every kind of token keeps; whose it is and what it may do stands in the kind."""

    digest = models.CharField(max_length=64, unique=True, editable=False)
    ending = models.CharField(_("token"), max_length=4, editable=False)  # to tell one from another
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("made by"),
    )
    last_used_at = models.DateTimeField(_("last use"), null=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"…{self.ending}"

    @classmethod
    def found(cls, secret: str) -> Self | None:
        """The token whose secret this is; None where there is none, or it was revoked."""
        return cls._default_manager.filter(digest=digest_of(secret), revoked_at=None).first()

    def take(self, secret: str) -> None:
        """Become the token of `secret` (see `new_secret`); not saved yet."""
        self.digest, self.ending = digest_of(secret), secret[-4:]

    def note_use(self) -> None:
        """Write down that it was used now, to the minute."""
        now = timezone.now()
        if self.last_used_at is None or abs(now - self.last_used_at) >= NOTED_EVERY:
            self._write(last_used_at=now)

    def revoke(self) -> None:
        """From now on nobody comes in with it; one that was revoked keeps its time."""
        if self.revoked_at is None:
            self._write(revoked_at=timezone.now())

    def _write(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.save(update_fields=list(values))


def new_secret() -> str:
    """A secret that nobody can guess, of letters, digits, - and _."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Text that is encrypted at rest, with a key list of its own."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class CannotDecrypt(Exception):
    """The stored value belongs to none of the keys of CREDENTIALS_KEYS: nothing may be sent or shown of it."""


def cipher() -> MultiFernet:
    """The ciphers of CREDENTIALS_KEYS: the first encrypts, all decrypt."""
    return MultiFernet([Fernet(key) for key in settings.CREDENTIALS_KEYS])


def opened(sealed: str) -> str:
    """The plain text of a ciphertext of CREDENTIALS_KEYS. Raises CannotDecrypt."""
    try:
        return cipher().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt from None


class EncryptedTextField(models.TextField):
    """Plain text in Python, ciphertext in the database; raises CannotDecrypt rather than give ciphertext back."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return opened(value) if value else value

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Nothing stays nothing, so that a constraint can refuse it."""
        return cipher().encrypt(value.encode()).decode() if value else value

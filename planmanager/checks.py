"""Nothing starts in production with what is only for trying out."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

MAKE = {
    "SECRET_KEY": "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
    "CREDENTIALS_KEYS": (
        "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    ),
}
PROVIDER = {
    "OIDC_ISSUER": "OIDC_ISSUER",
    "OIDC_AUTHORIZATION_URL": "OIDC_OP_AUTHORIZATION_ENDPOINT",
    "OIDC_TOKEN_URL": "OIDC_OP_TOKEN_ENDPOINT",
    "OIDC_USER_URL": "OIDC_OP_USER_ENDPOINT",
    "OIDC_KEYS_URL": "OIDC_OP_JWKS_ENDPOINT",
}
SHORTEST_SECRET = 50  # characters, as Django's own check wants it


class Refusal(Error):
    """`text` and `hint` are msgids, which `told` fills: English as a check, as Django's own are, else `in_words`."""

    def __init__(self, number: int, text: str, hint: str, **told: str) -> None:
        super().__init__(text % told, hint=hint % told, id=f"planmanager.E{number:03d}")
        self._sentences, self._told = (text, hint), told

    def in_words(self) -> str:
        """In the language of whoever reads it."""
        return " ".join(gettext(sentence) % self._told for sentence in self._sentences)


@register(Tags.security)
def production(app_configs: Any = None, **__: Any) -> list[CheckMessage]:
    """What PRODUCTION=true does not go with; each with what to do."""
    return list(_refusals()) if settings.PRODUCTION else []


def _refusals() -> Iterator[Refusal]:
    if settings.DEBUG:
        hint = _("Leave DEBUG unset: its pages show source and settings.")
        yield Refusal(1, _("DEBUG is on in production."), hint)
    for number, name in enumerate(MAKE, start=2):
        if name in settings.MADE_SECRETS:
            text = _("%(name)s is not set: the one in use was made on this machine and is nowhere else.")
            hint = _("Set %(name)s. Make one with: %(command)s")
            yield Refusal(number, text, hint, name=name, command=MAKE[name])
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        text, hint = _("SECRET_KEY is too short to be one."), _("Make one with: %(command)s")
        yield Refusal(4, text, hint, command=MAKE["SECRET_KEY"])
    text = _("%(name)s is %(url)s: a sandbox, or not encrypted.")
    if not _is_elsewhere(settings.CLAIMS360_API_URL):
        hint = _("Set it to the https:// address that Claims360 gave you.")
        yield Refusal(5, text, hint, name="CLAIMS360_API_URL", url=settings.CLAIMS360_API_URL)
    if settings.WINFORMEX_URL and not _is_elsewhere(settings.WINFORMEX_URL):
        hint = _("Set it to the https:// address of Winformex II, or leave it unset.")
        yield Refusal(13, text, hint, name="WINFORMEX_URL", url=settings.WINFORMEX_URL)
    yield from _provider_refusals()
    yield from _mail_refusals()
    yield from _bucket_refusals()


def _provider_refusals() -> Iterator[Refusal]:
    """What is missing for, or unsafe in, a sign-in by OpenID Connect."""
    if not settings.OIDC_ISSUER:
        return
    for name, value in PROVIDER.items():
        if not getattr(settings, value).startswith("https://"):
            hint = _("It stands in the provider's configuration.")
            yield Refusal(6, _("%(name)s is not an https:// address."), hint, name=name)
    if not (settings.OIDC_RP_CLIENT_ID and settings.OIDC_RP_CLIENT_SECRET):
        text = _("OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is not set.")
        yield Refusal(7, text, _("The provider gives both."))


def _mail_refusals() -> Iterator[Refusal]:
    """What e-mails would lack, or show on their way to the mail server."""
    if not settings.EMAIL_ON:
        return
    if not _is_elsewhere(settings.PUBLIC_URL):
        text = _("PUBLIC_URL is %(url)s: e-mails would lead nowhere.")
        hint = _("Set it to the https:// address that people know this by.")
        yield Refusal(8, text, hint, url=settings.PUBLIC_URL)
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        hint = _("Set it to an address that your mail server sends for.")
        yield Refusal(9, _("EMAIL_FROM is not set."), hint)
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        hint = _("Use smtp+tls:// or smtp+ssl://.")
        yield Refusal(10, _("EMAIL_URL sends its password unencrypted."), hint)


def _bucket_refusals() -> Iterator[Refusal]:
    """Half of the settings of a bucket: photos would go where nobody looks for them."""
    server = settings.S3_SERVER
    if any(server.values()) and not settings.S3_BUCKET:
        hint = _("Set it, or unset what begins with S3_.")
        yield Refusal(11, _("S3_BUCKET is not set, though its server is."), hint)
    if bool(server["access_key"]) != bool(server["secret_key"]):
        text = _("One of S3_ACCESS_KEY and S3_SECRET_KEY is not set.")
        yield Refusal(12, text, _("The server gives both."))


def _is_elsewhere(url: str) -> bool:
    """Whether `url` may be the real one: encrypted, and not on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname not in (None, "localhost", "127.0.0.1", "::1")

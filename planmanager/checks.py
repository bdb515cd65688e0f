"""Nothing starts in production with what is only for trying out."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

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


@register(Tags.security)
def production(app_configs: Any = None, **_: Any) -> list[CheckMessage]:
    """What PRODUCTION=true does not go with; each with what to do."""
    return list(_refusals()) if settings.PRODUCTION else []


def _refusals() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield _error(
            1, "DEBUG is on in production.", "Leave DEBUG unset: its pages show source and settings."
        )
    for number, name in enumerate(MAKE, start=2):
        if name in settings.MADE_SECRETS:
            text = f"{name} is not set: the one in use was made on this machine and is nowhere else."
            yield _error(number, text, f"Set {name}. Make one with: {MAKE[name]}")
    if len(settings.SECRET_KEY) < SHORTEST_SECRET:
        yield _error(4, "SECRET_KEY is too short to be one.", f"Make one with: {MAKE['SECRET_KEY']}")
    if not _is_elsewhere(settings.CLAIMS360_API_URL):
        text = f"CLAIMS360_API_URL is {settings.CLAIMS360_API_URL}: a sandbox, or not encrypted."
        yield _error(5, text, "Set it to the https:// address that Claims360 gave you.")
    if settings.WINFORMEX_URL and not _is_elsewhere(settings.WINFORMEX_URL):
        text = f"WINFORMEX_URL is {settings.WINFORMEX_URL}: a sandbox, or not encrypted."
        yield _error(13, text, "Set it to the https:// address of Winformex II, or leave it unset.")
    yield from _provider_refusals()
    yield from _mail_refusals()
    yield from _bucket_refusals()


def _provider_refusals() -> Iterator[CheckMessage]:
    """What is missing for, or unsafe in, a sign-in by OpenID Connect."""
    if not settings.OIDC_ISSUER:
        return
    for name, value in PROVIDER.items():
        if not getattr(settings, value).startswith("https://"):
            yield _error(
                6, f"{name} is not an https:// address.", "It stands in the provider's configuration."
            )
    if not (settings.OIDC_RP_CLIENT_ID and settings.OIDC_RP_CLIENT_SECRET):
        yield _error(7, "OIDC_CLIENT_ID or OIDC_CLIENT_SECRET is not set.", "The provider gives both.")


def _mail_refusals() -> Iterator[CheckMessage]:
    """What e-mails would lack, or show on their way to the mail server."""
    if not settings.EMAIL_ON:
        return
    if not _is_elsewhere(settings.PUBLIC_URL):
        text = f"PUBLIC_URL is {settings.PUBLIC_URL}: e-mails would lead nowhere."
        yield _error(8, text, "Set it to the https:// address that people know this by.")
    if settings.DEFAULT_FROM_EMAIL.endswith("@localhost"):
        yield _error(9, "EMAIL_FROM is not set.", "Set it to an address that your mail server sends for.")
    if settings.EMAIL_HOST_PASSWORD and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        yield _error(10, "EMAIL_URL sends its password unencrypted.", "Use smtp+tls:// or smtp+ssl://.")


def _bucket_refusals() -> Iterator[CheckMessage]:
    """Half of the settings of a bucket: photos would go where nobody looks for them."""
    server = settings.S3_SERVER
    if any(server.values()) and not settings.S3_BUCKET:
        yield _error(
            11, "S3_BUCKET is not set, though its server is.", "Set it, or unset what begins with S3_."
        )
    if bool(server["access_key"]) != bool(server["secret_key"]):
        yield _error(12, "One of S3_ACCESS_KEY and S3_SECRET_KEY is not set.", "The server gives both.")


def _error(number: int, text: str, hint: str) -> CheckMessage:
    return Error(text, hint=hint, id=f"planmanager.E{number:03d}")


def _is_elsewhere(url: str) -> bool:
    """Whether `url` may be the real one: encrypted, and not on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" and parts.hostname not in (None, "localhost", "127.0.0.1", "::1")

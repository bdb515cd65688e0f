"""The keys of a repairer: tried, written once, read for use, reset by the helpdesk."""

import functools
import hashlib
import secrets
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast

from claims360_link import lease
from claims360_link.client import Claims360Client
from claims360_link.errors import BadCredentials, Claims360Error, TryLater
from claims360_link.fields import opened
from claims360_link.figures import figures
from claims360_link.models import Configuration, ConfigurationReset, SyncState
from claims360_link.pace import Pace
from claims360_link.staff_messages import LINK
from dossiers import history
from repairers.models import User
from repairers.staff_messages import settle
from repairers.tracing import current_id

Kind = Literal["bodyshop", "planmanager"]
KINDS: tuple[Kind, Kind] = ("bodyshop", "planmanager")
MAX_KEY = 200


class NotConfigured(Exception):
    """This repairer has no Claims360 configuration."""


class KeyDamaged(Exception):
    """The stored key is not the one that was written: its fingerprint differs."""


class CannotConfigure(Exception):
    """`errors`: a sentence code by field (bodyshop_id, bodyshop_key, planmanager_key, "" for the whole form).

    `can_save_unchecked`: Claims360 could not be reached; an explicit second click may save without the check.
    """

    def __init__(self, errors: dict[str, str], can_save_unchecked: bool = False) -> None:
        super().__init__(errors)
        self.errors, self.can_save_unchecked = errors, can_save_unchecked


def configure(
    repairer_id: int,
    bodyshop_id: str,
    bodyshop_key: str,
    planmanager_key: str,
    user: User | None,
    *,
    unchecked: bool = False,
) -> Configuration:
    """Write a repairer's configuration once and for all, after both keys were tried against Claims360.

    Raises CannotConfigure, with a sentence code for each field that is wrong. `unchecked` saves without asking
    Claims360, for when that can't be reached.
    """
    bodyshop_id, keys = (
        bodyshop_id.strip(),
        {"bodyshop": bodyshop_key.strip(), "planmanager": planmanager_key.strip()},
    )
    errors = _form_errors(repairer_id, bodyshop_id, keys)
    if not errors and not unchecked:
        errors = _tried(bodyshop_id, keys)
        figures.save(now=True)
    if errors:
        raise CannotConfigure(errors, can_save_unchecked=errors == {"": "claims360-unreachable"})
    return _insert(repairer_id, bodyshop_id, keys, user, checked=not unchecked)


def reset(configuration_id: int, user: User | None, reason: str) -> ConfigurationReset:
    """Delete a configuration, keeping who, when and why. Raises CannotConfigure without a reason."""
    if not reason.strip():
        raise CannotConfigure({"reason": "reason-missing"})
    with transaction.atomic():
        row = without_keys().select_related("created_by").get(pk=configuration_id)
        trail = ConfigurationReset.objects.create(
            repairer_id=row.repairer_id,
            bodyshop_id=row.bodyshop_id,
            bodyshop_key_sha256=row.bodyshop_key_sha256,
            planmanager_key_sha256=row.planmanager_key_sha256,
            configured_at=row.created_at,
            configured_by=row.created_by.get_username() if row.created_by else "",
            reset_by=user,
            reason=reason.strip(),
        )
        row.delete()
        _forget_refusal(row.repairer_id, row.bodyshop_id)
        settle(row.repairer_id, LINK)
        history.record(
            "claims360-reset", repairer_id=row.repairer_id, actor=user, args={"reason": reason.strip()}
        )
        return trail


def _forget_refusal(repairer_id: int, bodyshop_id: str) -> None:
    """What became of the old keys, and what a worker that still uses them may yet say, is not true of new ones."""
    feeds = SyncState.objects.filter(repairer=repairer_id, bodyshop_id=bodyshop_id)
    lease.revoke(feeds)
    feeds.update(refused_since=None, not_before=None, failures=0, error="")


def rotate() -> int:
    """Encrypt every stored key anew with the first of CREDENTIALS_KEYS, all or none; gives the number of repairers.

    Raises CannotDecrypt where none of CREDENTIALS_KEYS fits: nothing is changed then.
    """
    with transaction.atomic():
        rows = list(Configuration.objects.select_for_update())
        for row in rows:
            row.save(update_fields=[f"{kind}_key" for kind in KINDS])
    return len(rows)


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key as it lies in the database: ciphertext, and the fingerprint of what it should be."""

    ciphertext: str
    sha256: str

    def opened(self) -> str:
        """The key. Raises CannotDecrypt (no key of CREDENTIALS_KEYS fits) or KeyDamaged (another fingerprint)."""
        key = opened(self.ciphertext)
        if not secrets.compare_digest(fingerprint(key), self.sha256):
            raise KeyDamaged
        return key


def feed_of(repairer_id: int) -> tuple[SyncState, SealedKey]:
    """Where the feed of a repairer's bodyshop id stands, and the key that reads it; one statement from the second
    time on. Raises NotConfigured.
    """
    configured = "repairer__claims360_configuration__"
    feeds = SyncState.objects.filter(repairer=repairer_id, bodyshop_id=F(f"{configured}bodyshop_id"))
    sealed = _sealed("planmanager", configured)
    feed = feeds.select_related("repairer").annotate(ciphertext=sealed[0], sha256=sealed[1]).first()
    if feed is not None:
        return feed, SealedKey(feed.ciphertext, feed.sha256)
    configuration = configuration_of(repairer_id)
    if configuration is None:
        raise NotConfigured
    SyncState.objects.get_or_create(repairer_id=repairer_id, bodyshop_id=configuration.bodyshop_id)
    return feed_of(repairer_id)


def configuration_of(repairer_id: int) -> Configuration | None:
    """The repairer's configuration, its keys left in the database."""
    return without_keys().filter(repairer=repairer_id).first()


def client_for(repairer_id: int, kind: Kind) -> Claims360Client:
    """A client that speaks for a repairer: the PlanManager key reads, the bodyshop key returns.

    Raises NotConfigured, CannotDecrypt (no key of CREDENTIALS_KEYS fits) or KeyDamaged (another fingerprint).
    """
    row = (
        Configuration.objects.filter(repairer=repairer_id).values_list("bodyshop_id", *_sealed(kind)).first()
    )
    if row is None:
        raise NotConfigured
    bodyshop_id, ciphertext, sha256 = row
    return client(bodyshop_id, SealedKey(ciphertext, sha256).opened())


def client(bodyshop_id: str, key: str) -> Claims360Client:
    """A client by the settings, for one body shop and one of its keys."""
    return Claims360Client(
        settings.CLAIMS360_API_URL,
        bodyshop_id,
        key,
        timeout=(settings.CLAIMS360_CONNECT_TIMEOUT, settings.CLAIMS360_READ_TIMEOUT),
        header_names=(settings.CLAIMS360_KEY_HEADER, settings.CLAIMS360_BODYSHOP_HEADER),
        pace=_pace(settings.CLAIMS360_REQUESTS_PER_SECOND),
        observe=_observed,
        request_id=current_id(),
    )


def _observed(call: str, answered: str, seconds: float) -> None:
    figures.time("claims360_requests_seconds", seconds, call=call, status=answered)


@functools.cache
def _pace(per_second: float) -> Pace:
    """The one pace of this process."""
    return Pace(per_second)


def refusal(asking: Claims360Client, kind: Kind) -> str:
    """Asks Claims360 whose key this client has: why it does not do as the `kind` key, as a sentence code, else ""."""
    try:
        me = asking.whoami()
    except BadCredentials:
        return "key-unknown"
    except TryLater:
        return "claims360-unreachable"
    except Claims360Error:
        return "key-refused"
    if me.bodyshop_id != asking.bodyshop_id:
        return "key-of-another"
    if me.key_scope == kind:
        return ""
    return "key-is-bodyshop" if me.key_scope == "bodyshop" else "key-is-planmanager"


def fingerprint(key: str) -> str:
    """SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()


def _sealed(kind: Kind, path: str = "") -> tuple[Cast, F]:
    """Ciphertext and fingerprint of a key, for a query from whose rows `path` leads to the configuration."""
    return Cast(f"{path}{kind}_key", TextField()), F(f"{path}{kind}_key_sha256")


def without_keys() -> QuerySet[Configuration]:
    return Configuration.objects.defer("bodyshop_key", "planmanager_key")


def _form_errors(repairer_id: int, bodyshop_id: str, keys: dict[str, str]) -> dict[str, str]:
    if without_keys().filter(repairer=repairer_id).exists():
        return {"": "already-configured"}
    errors = {}
    if not bodyshop_id:
        errors["bodyshop_id"] = "required"
    elif len(bodyshop_id) > 40 or not bodyshop_id.isalnum() or not bodyshop_id.isascii():
        errors["bodyshop_id"] = "bodyshop-id-form"
    elif without_keys().filter(bodyshop_id=bodyshop_id).exists():
        errors["bodyshop_id"] = "bodyshop-id-taken"
    for kind, key in keys.items():
        if code := _key_error(key):
            errors[f"{kind}_key"] = code
    if not errors and keys["bodyshop"] == keys["planmanager"]:
        errors["planmanager_key"] = "same-key-twice"
    return errors


def _key_error(key: str) -> str:
    if not key:
        return "required"
    # A header carries it: printable ASCII without spaces only.
    return (
        "" if len(key) <= MAX_KEY and key.isascii() and key.isprintable() and " " not in key else "key-form"
    )


def _tried(bodyshop_id: str, keys: dict[str, str]) -> dict[str, str]:
    errors = {}
    for kind in KINDS:
        code = refusal(client(bodyshop_id, keys[kind]), kind)
        if code == "claims360-unreachable":
            return {"": code}
        if code:
            errors[f"{kind}_key"] = code
    return errors


def _insert(
    repairer_id: int, bodyshop_id: str, keys: dict[str, str], user: User | None, *, checked: bool
) -> Configuration:
    row = Configuration(repairer_id=repairer_id, bodyshop_id=bodyshop_id, created_by=user, checked=checked)
    for kind, key in keys.items():
        setattr(row, f"{kind}_key", key)
        setattr(row, f"{kind}_key_sha256", fingerprint(key))
        setattr(row, f"{kind}_key_last4", key[-4:])
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _forget_refusal(repairer_id, bodyshop_id)
            history.record(
                "claims360-configured", repairer_id=repairer_id, actor=user, args={"bodyshop_id": bodyshop_id}
            )
    except IntegrityError:
        # Somebody else was a moment faster: say which of the two it was.
        raise CannotConfigure(
            _form_errors(repairer_id, bodyshop_id, keys) or {"": "already-configured"}
        ) from None
    return row

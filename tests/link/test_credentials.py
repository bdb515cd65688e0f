"""Keys: tried before they are written, written once, encrypted, checked whenever they are read, reset with a trail."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django import Settings

from claims360_link import credentials
from claims360_link.credentials import CannotConfigure, KeyDamaged, NotConfigured
from claims360_link.fields import CannotDecrypt
from claims360_link.models import Configuration, ConfigurationReset
from claims360_link.sandbox.server import Sandbox
from dossiers.models import Event
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory
from tests.link.world import DEMO

OTHER = "475869430"


def keys_of(sandbox: Sandbox, bodyshop_id: str = DEMO) -> tuple[str, str]:
    keys = sandbox.store.keys(bodyshop_id)
    return keys["bodyshop"], keys["planmanager"]


def refused(repairer: Repairer, bodyshop_id: str, bodyshop_key: str, planmanager_key: str) -> CannotConfigure:
    with pytest.raises(CannotConfigure) as error:
        credentials.configure(repairer.pk, bodyshop_id, bodyshop_key, planmanager_key, None)
    assert not Configuration.objects.filter(repairer=repairer).exists()
    return error.value


def test_configured_with_spaces_around(
    active: None, repairer: Repairer, sandbox: Sandbox, staff: User
) -> None:
    bodyshop, planmanager = keys_of(sandbox)
    row = credentials.configure(repairer.pk, f" {DEMO} ", f"{bodyshop}\n", f" {planmanager}", staff)
    assert (row.bodyshop_id, row.checked, row.created_by) == (DEMO, True, staff)
    assert (row.bodyshop_key_last4, row.planmanager_key_last4) == (bodyshop[-4:], planmanager[-4:])
    row.refresh_from_db()
    assert (row.bodyshop_key, row.planmanager_key) == (bodyshop, planmanager)
    assert Event.objects.get().verb == "claims360-configured"
    assert credentials.client_for(repairer.pk, "planmanager").whoami().key_scope == "planmanager"
    assert credentials.client_for(repairer.pk, "bodyshop").whoami().key_scope == "bodyshop"


@pytest.mark.parametrize(
    ("bodyshop_id", "bodyshop_key", "planmanager_key", "errors"),
    [
        ("", "", "", dict.fromkeys(("bodyshop_id", "bodyshop_key", "planmanager_key"), "required")),
        ("47586-9429", "{b}", "{p}", {"bodyshop_id": "bodyshop-id-form"}),
        ("é75869429", "{b}", "{p}", {"bodyshop_id": "bodyshop-id-form"}),
        ("4" * 41, "{b}", "{p}", {"bodyshop_id": "bodyshop-id-form"}),
        (DEMO, "two words", "{p}", {"bodyshop_key": "key-form"}),
        (DEMO, "{b}", "k\u00e9y", {"planmanager_key": "key-form"}),
        (DEMO, "{b}", "line\nline", {"planmanager_key": "key-form"}),
        (DEMO, "{b}", "k" * 201, {"planmanager_key": "key-form"}),
        (DEMO, "{b}", "{b}", {"planmanager_key": "same-key-twice"}),
        (DEMO, "{p}", "{b}", {"bodyshop_key": "key-is-planmanager", "planmanager_key": "key-is-bodyshop"}),
        (DEMO, "{b}", "{b}x", {"planmanager_key": "key-unknown"}),
        (DEMO, "nonsense", "nothing", {"bodyshop_key": "key-unknown", "planmanager_key": "key-unknown"}),
    ],
)
def test_each_mistake_is_named(
    repairer: Repairer,
    sandbox: Sandbox,
    bodyshop_id: str,
    bodyshop_key: str,
    planmanager_key: str,
    errors: dict[str, str],
) -> None:
    bodyshop, planmanager = keys_of(sandbox)
    given = [
        key.replace("{b}", bodyshop).replace("{p}", planmanager) for key in (bodyshop_key, planmanager_key)
    ]
    error = refused(repairer, bodyshop_id, *given)
    assert (error.errors, error.can_save_unchecked) == (errors, False)


def test_keys_of_another_body_shop(repairer: Repairer, sandbox: Sandbox) -> None:
    error = refused(repairer, DEMO, *keys_of(sandbox, OTHER))
    assert set(error.errors) == {"bodyshop_key", "planmanager_key"}
    assert set(error.errors.values()) <= {"key-of-another", "key-unknown"}


@pytest.mark.parametrize("fault", ["500", "503", "429", "reset"])
def test_unreachable_can_be_saved_unchecked(repairer: Repairer, sandbox: Sandbox, fault: str) -> None:
    sandbox.store.faults.add(fault, times=None)
    keys = keys_of(sandbox)
    error = refused(repairer, DEMO, *keys)
    assert (error.errors, error.can_save_unchecked) == ({"": "claims360-unreachable"}, True)
    row = credentials.configure(repairer.pk, DEMO, *keys, None, unchecked=True)
    assert not row.checked


def test_unchecked_is_still_checked_for_form(repairer: Repairer, sandbox: Sandbox) -> None:
    with pytest.raises(CannotConfigure) as error:
        credentials.configure(repairer.pk, DEMO, "a b", "c", None, unchecked=True)
    assert error.value.errors == {"bodyshop_key": "key-form"}


def test_once(configured: Repairer, sandbox: Sandbox) -> None:
    with pytest.raises(CannotConfigure) as error:
        credentials.configure(configured.pk, OTHER, *keys_of(sandbox, OTHER), None)
    assert error.value.errors == {"": "already-configured"}
    assert Configuration.objects.get().bodyshop_id == DEMO


def test_a_bodyshop_id_is_of_one_repairer(configured: Repairer, sandbox: Sandbox) -> None:
    error = refused(RepairerFactory(), DEMO, *keys_of(sandbox))
    assert error.errors == {"bodyshop_id": "bodyshop-id-taken"}


def test_nothing_configured(repairer: Repairer) -> None:
    assert credentials.configuration_of(repairer.pk) is None
    with pytest.raises(NotConfigured):
        credentials.client_for(repairer.pk, "planmanager")


def test_a_reset_leaves_a_trail_without_keys(
    configured: Repairer, sandbox: Sandbox, staff: User, helpdesk: User
) -> None:
    row = Configuration.objects.get()
    bodyshop, planmanager = keys_of(sandbox)
    with pytest.raises(CannotConfigure) as error:
        credentials.reset(row.pk, helpdesk, "  ")
    assert error.value.errors == {"reason": "reason-missing"}
    credentials.reset(row.pk, helpdesk, " typing mistake ")
    assert not Configuration.objects.exists()
    trail = ConfigurationReset.objects.get()
    assert (trail.bodyshop_id, trail.reset_by, trail.reason) == (DEMO, helpdesk, "typing mistake")
    assert (trail.configured_by, trail.configured_at) == (staff.username, row.created_at)
    assert trail.bodyshop_key_sha256 == credentials.fingerprint(bodyshop)
    assert trail.planmanager_key_sha256 == credentials.fingerprint(planmanager)
    assert Event.objects.filter(verb="claims360-reset", actor=helpdesk).count() == 1


# --- at rest ------------------------------------------------------------------------------------------------------


def test_keys_are_ciphertext_at_rest(configured: Repairer, sandbox: Sandbox) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bodyshop_key, planmanager_key FROM claims360_link_configuration")
        stored = cursor.fetchone()
    for key, cipher in zip(keys_of(sandbox), stored, strict=True):
        assert key not in cipher
        assert cipher.startswith("gAAAA")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite is the file that one can read")
def test_no_key_is_anywhere_in_the_database_file(
    transactional_db: None, configured: Repairer, sandbox: Sandbox, helpdesk: User
) -> None:
    credentials.reset(Configuration.objects.get().pk, helpdesk, "for a look")
    credentials.configure(configured.pk, DEMO, *keys_of(sandbox), helpdesk)
    file = Path(connection.settings_dict["NAME"])
    held = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert DEMO.encode() in held
    for key in keys_of(sandbox):
        assert key.encode() not in held


def test_another_key_list_decrypts_nothing(configured: Repairer, settings: Settings) -> None:
    old = settings.CREDENTIALS_KEYS
    new = Fernet.generate_key().decode()
    settings.CREDENTIALS_KEYS = [new]
    for kind in credentials.KINDS:
        with pytest.raises(CannotDecrypt):
            credentials.client_for(configured.pk, kind)
    assert credentials.configuration_of(configured.pk) is not None, "what is no key can still be shown"
    settings.CREDENTIALS_KEYS = [new, *old]
    assert credentials.client_for(configured.pk, "planmanager").whoami().bodyshop_id == DEMO


def test_another_fingerprint_is_damage(configured: Repairer) -> None:
    Configuration.objects.update(bodyshop_key="swapped")
    with pytest.raises(KeyDamaged):
        credentials.client_for(configured.pk, "bodyshop")
    assert credentials.client_for(configured.pk, "planmanager").whoami().bodyshop_id == DEMO


def test_a_client_does_not_show_its_key(configured: Repairer, sandbox: Sandbox) -> None:
    client = credentials.client_for(configured.pk, "bodyshop")
    assert repr(client) == f"<Claims360Client {DEMO}>"

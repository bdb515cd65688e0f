"""The keys of a body shop, put in by the form: from then on they are read nowhere."""

import base64
import json
import logging
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from claims360_link import credentials, work
from claims360_link.fields import CannotDecrypt
from claims360_link.models import Configuration
from claims360_link.sandbox.server import Sandbox
from dossiers.intake import decide
from dossiers.models import Mission, MissionState, Transmission
from repairers.models import Repairer, User
from tests.link.test_commands import ROOT, url_of_the_tests
from tests.link.world import DEMO, set_options
from tests.processes import PATIENCE
from tests.security.addresses import address, routes
from tests.security.world import build

FORM = "/claims360/configure/"
Capture = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def keys(sandbox: Sandbox) -> tuple[str, str]:
    """The bodyshop key and the PlanManager key, as Claims360 shows them."""
    known = sandbox.store.keys(DEMO)
    return known["bodyshop"], known["planmanager"]


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def saved(active: None, browser: Client, repairer: Repairer, keys: tuple[str, str]) -> Repairer:
    """The repairer, after its staff filled in the form."""
    assert fill_in(browser, repairer, keys).status_code == 302
    return repairer


@pytest.fixture
def used(saved: Repairer, sandbox: Sandbox, browser: Client, staff: User) -> Repairer:
    """And after both keys were used: a mission came with its photo, plate and mileage went back."""
    sandbox.store.create_mission(photos=1)
    called("sync_claims360", "--all")
    mission = decide.accept(Mission.objects.get(state=MissionState.WAITING).pk, staff)
    browser.post(f"/claims360/dossiers/{mission.dossier_id}/send/", {"plate": "1-ABC-234", "mileage": 84_210})
    work.deliver(Transmission.objects.get().pk)
    assert Transmission.objects.get().state == "delivered"
    return saved


def fill_in(browser: Client, repairer: Repairer, keys: tuple[str, str]) -> Any:
    typed = {"bodyshop_id": DEMO, "bodyshop_key": keys[0], "planmanager_key": keys[1]}
    return browser.post(FORM, {"repairer": repairer.pk, **typed})


def called(*args: Any) -> str:
    out = StringIO()
    call_command(*args, stdout=out, stderr=out)
    return out.getvalue()


def readable(keys: Iterable[str], text: str) -> list[str]:
    """The keys that can be read in `text`."""
    return [key for key in keys if key in text]


@pytest.mark.parametrize("who", ["staff", "helpdesk"])
def test_no_page_shows_a_key(
    used: Repairer, keys: tuple[str, str], staff: User, helpdesk: User, client: Client, who: str
) -> None:
    world = build(used, staff)
    client.force_login(staff if who == "staff" else helpdesk)
    shown = {}
    for route in (route for route in routes() if "logout" not in route):
        query = {"repairer": used.pk} if route == "claims360/configure/" else {}
        for headers in ({}, {"HX-Request": "true", "HX-Target": "list"}):
            answer = client.get(address(route, world), query, headers=headers)
            if not answer.streaming:
                shown[route] = answer.content.decode(errors="replace") + str(answer.headers)
    assert [route for route, text in shown.items() if readable(keys, text)] == []
    assert keys[0][-4:] in shown["claims360/configure/"], "its end is shown, to know which one it is"


def test_no_log_holds_a_key(
    active: None,
    request: pytest.FixtureRequest,
    keys: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with caplog.at_level(logging.DEBUG):
        for name in ("urllib3", "requests", "django", "celery"):
            caplog.set_level(logging.DEBUG, logger=name)
        request.getfixturevalue("used")
    assert "GET /v1/whoami" in caplog.text, "the requests were logged"
    assert readable(keys, caplog.text + "".join(capfd.readouterr())) == []


@pytest.mark.parametrize("debug", [False, True], ids=["production", "DEBUG"])
def test_no_error_report_holds_a_key(
    active: None,
    browser: Client,
    repairer: Repairer,
    keys: tuple[str, str],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    debug: bool,
) -> None:
    """A list of keys that is none: encrypting fails in the depth of the saving, with both keys all around."""
    settings.CREDENTIALS_KEYS, settings.DEBUG = ["nonsense"], debug
    settings.ADMINS = [("Operator", "operator@planmanager.example")]
    browser.raise_request_exception = False
    answer = fill_in(browser, repairer, keys)
    assert answer.status_code == 500
    page, mails = answer.content.decode(), "".join(f"{one.subject}{one.body}" for one in mail.outbox)
    assert "Fernet key must be" in (page if debug else mails), "this is the error that was meant"
    assert readable(keys, page + mails + caplog.text) == []


def test_no_task_carries_a_key(
    active: None,
    request: pytest.FixtureRequest,
    keys: tuple[str, str],
    settings: Settings,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    folder: Path = settings.MESSAGES_DIR / "messages"
    before = set(folder.iterdir())
    with django_capture_on_commit_callbacks(execute=True):
        request.getfixturevalue("used")
    messages = [json.loads(path.read_bytes()) for path in set(folder.iterdir()) - before]
    texts = [json.dumps(message) + base64.b64decode(message["body"]).decode() for message in messages]
    assert {message["headers"]["task"] for message in messages} >= {
        "claims360_link.tasks.sync_repairer",
        "claims360_link.tasks.deliver",
    }
    assert [text for text in texts if readable(keys, text)] == []


def test_no_command_prints_a_key(used: Repairer, keys: tuple[str, str]) -> None:
    printed = [
        called("show_claims360", "--repairer", used.pk),
        called("show_claims360", "--repairer", used.pk, "--json"),
        called("sync_claims360", "--all"),
        called("sync_claims360", "--all", "--json"),
        called("repairers"),
        called("rotate_credentials_keys"),
    ]
    assert all(printed)
    assert readable(keys, "".join(printed)) == []


@pytest.mark.django_db(transaction=True)
def test_no_process_list_shows_a_key(
    transactional_db: None, sandbox: Sandbox, repairer: Repairer, keys: tuple[str, str]
) -> None:
    set_options(CLAIMS360_ENABLED=True)
    args = ["configure_claims360", f"--repairer={repairer.pk}", f"--bodyshop-id={DEMO}"]
    known = {"DATABASE_URL": url_of_the_tests(), "CLAIMS360_API_URL": sandbox.api_url}
    program = subprocess.Popen(
        [sys.executable, "manage.py", *args], cwd=ROOT, env={**environment(), **known},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert program.stdin is not None and program.stdout is not None
    program.stdin.write("\n".join(keys).encode())
    program.stdin.close()
    seen = set(listed(program))
    assert program.wait(PATIENCE) == 0
    assert any("configure_claims360" in text for text in seen)
    assert readable(keys, "".join(seen) + program.stdout.read().decode()) == []
    assert Configuration.objects.get().checked


def environment() -> dict[str, str]:
    """Where programs are found, and the settings of these tests."""
    return {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "VAR_DIR")}


def listed(program: subprocess.Popen[bytes]) -> Iterator[str]:
    """What others on this machine see of a program while it runs: its arguments and its environment."""
    while program.poll() is None:
        with suppress(ProcessLookupError):  # it has just ended
            for name in ("cmdline", "environ"):
                yield Path(f"/proc/{program.pid}/{name}").read_text(errors="replace")


@pytest.mark.django_db(transaction=True)
def test_no_key_is_in_the_database(
    transactional_db: None, request: pytest.FixtureRequest, keys: tuple[str, str], helpdesk: User
) -> None:
    used: Repairer = request.getfixturevalue("used")
    credentials.reset(Configuration.objects.get().pk, helpdesk, "for a look")
    assert DEMO in raw()
    assert readable(keys, raw()) == []
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    assert sessions and readable(keys, "".join(sessions)) == []
    assert credentials.configuration_of(used.pk) is None


@pytest.mark.django_db(transaction=True)
def test_no_backup_holds_a_key_or_what_opens_it(
    transactional_db: None,
    request: pytest.FixtureRequest,
    keys: tuple[str, str],
    settings: Settings,
    tmp_path: Path,
) -> None:
    """Neither as the tar lies nor in what it unpacks to: it takes the key list, which is kept elsewhere."""
    request.getfixturevalue("used")
    called("backup", tmp_path / "backup.tar")
    with tarfile.open(tmp_path / "backup.tar") as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar if member.isfile()}
    assert {"manifest.json", "SHA256SUMS"} < set(members)
    stored = [text.encode() for text in ciphertexts()]
    assert all(any(text in content for content in members.values()) for text in stored), (
        "they are in it, sealed"
    )
    secret = (*keys, *settings.CREDENTIALS_KEYS, settings.SECRET_KEY)
    lying = {"the tar": (tmp_path / "backup.tar").read_bytes(), **members}
    assert [name for name, content in lying.items() if readable(secret, content.decode("latin-1"))] == []


def raw() -> str:
    """The files of the database, deleted rows included; of a server, every row that it gives out."""
    if connection.vendor == "sqlite":
        file = Path(connection.settings_dict["NAME"])
        return "".join(path.read_text("latin-1") for path in file.parent.glob(f"{file.name}*"))
    with connection.cursor() as cursor:
        texts = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            texts.append(repr(cursor.fetchall()))
        return "".join(texts)


# --- rotation ---------------------------------------------------------------------------------------------------------


def ciphertexts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bodyshop_key, planmanager_key FROM claims360_link_configuration ORDER BY id")
        return [text for row in cursor.fetchall() for text in row]


def opened_by(key: str) -> list[str]:
    return [Fernet(key).decrypt(text.encode()).decode() for text in ciphertexts()]


def test_the_old_key_can_go_after_a_rotation(
    saved: Repairer, keys: tuple[str, str], settings: Settings
) -> None:
    old, new = settings.CREDENTIALS_KEYS[0], Fernet.generate_key().decode()
    before = Configuration.objects.values().get()
    settings.CREDENTIALS_KEYS = [new, old]
    printed = called("rotate_credentials_keys")
    assert printed.count("\n") == 1 and "1" in printed
    assert opened_by(new) == list(keys)
    settings.CREDENTIALS_KEYS = [new]
    assert Configuration.objects.values().get() == before, "everything else stays as it was written"
    for kind in credentials.KINDS:
        assert credentials.client_for(saved.pk, kind).whoami().key_scope == kind


def test_a_rotation_can_be_repeated(saved: Repairer, keys: tuple[str, str], settings: Settings) -> None:
    for _ in range(2):
        called("rotate_credentials_keys")
        assert opened_by(settings.CREDENTIALS_KEYS[0]) == list(keys)


def test_a_rotation_does_all_or_nothing(saved: Repairer, settings: Settings, site_mate: Repairer) -> None:
    """The second row's key is lost: the first one is not touched either."""
    old, lost, new = settings.CREDENTIALS_KEYS[0], *(Fernet.generate_key().decode() for _ in range(2))
    settings.CREDENTIALS_KEYS = [lost]
    credentials.configure(site_mate.pk, "475869430", "b" * 53, "p" * 53, None, unchecked=True)
    before = ciphertexts()
    settings.CREDENTIALS_KEYS = [new, old]
    with pytest.raises(CommandError):
        called("rotate_credentials_keys")
    assert ciphertexts() == before
    with pytest.raises(CannotDecrypt):
        credentials.client_for(site_mate.pk, "bodyshop")


@pytest.fixture
def site_mate(repairer: Repairer) -> Repairer:
    return Repairer.objects.create(name="Next door", site=repairer.site)


def test_nothing_to_rotate(db: None) -> None:
    assert called("rotate_credentials_keys").count("\n") == 1

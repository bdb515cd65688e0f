"""Alive, ready, and what the doctor finds: in words, without a login, without a secret."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from celery.schedules import maybe_schedule
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries, Settings

from claims360_link import credentials, write_once
from claims360_link.models import Configuration
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import next_round_at
from dossiers.store import files
from planmanager import __version__
from planmanager.celery import app
from planmanager.doctor import clock
from planmanager.secrets import EnvironmentAndFiles
from repairers.models import Repairer
from tests.link.world import DEMO, pull

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = {
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
    "CLAIMS360_API_URL": "http://127.0.0.1:1/v1",
}
ALL_WELL = dict.fromkeys(("database", "broker", "migrations", "write-once", "rounds"), "ok")
NOON = dt.datetime(2026, 10, 7, 12, 0, tzinfo=dt.UTC)


def ready(client: Client) -> tuple[int, dict[str, str]]:
    answer = client.get("/readyz")
    assert "no-cache" in answer.headers["Cache-Control"]
    return answer.status_code, answer.json()


def forget_newest_migration() -> None:
    [newest] = MigrationLoader(connection).graph.leaf_nodes("claims360_link")
    MigrationRecorder(connection).record_unapplied(*newest)


def apply_one_of_a_newer_version() -> None:
    MigrationRecorder(connection).record_applied("dossiers", "9999_of_a_newer_version")


def doctor() -> tuple[dict[str, Any], int]:
    """What `doctor --json` says, and its exit code."""
    out = StringIO()
    try:
        call_command("doctor", "--json", stdout=out)
    except SystemExit as end:
        return json.loads(out.getvalue()), int(str(end.code))
    return json.loads(out.getvalue()), 0


def ill() -> set[str]:
    """The checks that find something ill."""
    said, code = doctor()
    assert code == 1 and not said["well"]
    return {check["check"] for check in said["checks"] if not check["well"]}


def alone(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """manage.py in a process of its own, where nothing else is there."""
    known = {**os.environ, **NOWHERE, **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *command], cwd=ROOT, env=known, capture_output=True, text=True
    )


# --- /healthz, /readyz ----------------------------------------------------------------------------------------


def test_alive_asks_no_database(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_both_are_asked_from_beside_the_proxy(client: Client, db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/login/").status_code == 301
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200


def test_ready_before_activation(client: Client, repairer: Repairer) -> None:
    assert ready(client) == (200, {**ALL_WELL, "rounds": "off"})


def test_configurations_that_anybody_could_change(client: Client, db: None) -> None:
    """A trigger that is gone: no page shows it, so a monitor has to."""
    on = f" ON {write_once.TABLE}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {write_once.NAME}_update{on}")
    assert ready(client) == (503, {**ALL_WELL, "write-once": "missing", "rounds": "off"})


def test_rounds_that_stay_away(client: Client, configured: Repairer) -> None:
    now = timezone.now()
    for minutes, rounds in ((29, (200, "ok")), (31, (503, "stale"))):
        with time_machine.travel(now + dt.timedelta(minutes=minutes), tick=False):
            status, words = ready(client)
            assert (status, words["rounds"]) == rounds, "never synchronised yet"
    with time_machine.travel(now + dt.timedelta(minutes=31)):
        pull(configured)
        assert ready(client)[0] == 200
    with time_machine.travel(now + dt.timedelta(minutes=62)):
        assert ready(client)[1]["rounds"] == "stale"


def test_a_round_that_failed_is_a_round(client: Client, configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.rotate_keys()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
        pull(configured)
        assert ready(client) == (200, ALL_WELL)


def test_migrations_that_are_missing(client: Client, db: None) -> None:
    forget_newest_migration()
    later = {"migrations": "pending", "write-once": "unknown", "rounds": "unknown"}
    assert ready(client) == (503, {**ALL_WELL, **later})


def test_a_program_that_was_put_back_without_its_data(client: Client, configured: Repairer) -> None:
    apply_one_of_a_newer_version()
    later = {"migrations": "newer", "write-once": "unknown", "rounds": "unknown"}
    assert ready(client) == (503, {**ALL_WELL, **later})
    assert ill() == {"migrations"}


def test_nothing_is_there() -> None:
    """In words, soon, and without an address or a name of what is missing."""
    ask = "from django.test import Client; r = Client(SERVER_NAME='localhost').get('/readyz')"
    said = alone("shell", "--verbosity=0", "-c", f"{ask}; print(r.status_code, r.content.decode())")
    status, _, words = said.stdout.partition(" ")
    assert status == "503"
    assert json.loads(words) == {
        "database": "unreachable",
        "broker": "unreachable",
        "migrations": "unknown",
        "write-once": "unknown",
        "rounds": "unknown",
    }


@pytest.mark.parametrize("minute", [0, 1, 14, 15, 29, 44, 59])
def test_beat_starts_the_round_that_the_page_announces(minute: int) -> None:
    entry = app.conf.beat_schedule["round"]["schedule"]
    now = NOON + dt.timedelta(minutes=minute, seconds=7)
    with time_machine.travel(now, tick=False):
        due = maybe_schedule(entry, app=app).is_due(now)
    assert not due.is_due
    assert now + dt.timedelta(seconds=due.next) == next_round_at(now)


# --- the doctor -----------------------------------------------------------------------------------------------


def test_all_is_well(configured: Repairer, sandbox: Sandbox) -> None:
    said, code = doctor()
    assert (code, said["well"]) == (0, True)
    assert [(check["check"], check["repairer"]) for check in said["checks"]] == [
        *(
            (name, None)
            for name in ("version", "settings", "static", "disk", "store", "broker", "mail-server")
        ),
        *(
            (name, None)
            for name in ("claims360", "clock", "database", "migrations", "write-once", "rounds", "mails")
        ),
        ("given-up", None),
        ("keys", configured.pk),
        ("link", configured.pk),
    ]
    assert not any(key in json.dumps(said) for key in sandbox.store.keys().values())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "EMAIL_FROM is not set. Set it to an address that your mail server sends for."),
        ("fr", "EMAIL_FROM n'est pas défini. Indiquez une adresse pour laquelle"),
        ("nl", "EMAIL_FROM is niet ingesteld. Vul een adres in waarvoor"),
        ("de", "EMAIL_FROM ist nicht gesetzt. Tragen Sie eine Adresse ein, für die"),
    ],
)
def test_what_production_does_not_go_with_is_told_in_the_language_of_who_asks(
    configured: Repairer, settings: Settings, language: str, words: str
) -> None:
    settings.PRODUCTION, settings.EMAIL_ON = True, True
    settings.DEFAULT_FROM_EMAIL = "planmanager@localhost"
    out = StringIO()
    with translation.override(language), pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert words in out.getvalue()


def test_photos_on_another_file_system(configured: Repairer, settings: Settings) -> None:
    """What is drafted beside them can't be moved there as a whole."""
    files.put("photos/one", BytesIO(b"one"))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        photos = Path(settings.MEDIA_ROOT) / "photos"
        if Path(other).stat().st_dev == photos.stat().st_dev:
            pytest.skip("there is only one file system here")
        shutil.rmtree(photos)
        photos.symlink_to(other)
        with pytest.raises(OSError, match="cross-device"):
            files.put("photos/two", BytesIO(b"two"))
        assert ill() == {"store"}
        assert list(Path(other).rglob("*.part")) == list(Path(settings.MEDIA_ROOT).rglob("*.part")) == []


def test_a_line_a_check(configured: Repairer, settings: Settings) -> None:
    settings.DEBUG = True
    out = StringIO()
    with translation.override("en"), pytest.raises(SystemExit, match="1"):
        call_command("doctor", stdout=out)
    version, ill, *well = out.getvalue().splitlines()
    assert version == f"ok  PlanManager {__version__}"
    assert ill.startswith("!!  DEBUG is on") and len(well) == 15
    assert all(line.startswith("ok  ") for line in well)
    assert well[-1].startswith(f"ok  {configured.name}: ")


def test_keys_of_another_list(configured: Repairer, settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = ["M" * 43 + "="]
    assert ill() == {"keys"}


def test_no_list_of_keys(configured: Repairer, settings: Settings) -> None:
    settings.CREDENTIALS_KEYS = ["none"]
    assert ill() == {"settings", "keys"}


def test_a_key_that_was_damaged(configured: Repairer) -> None:
    Configuration.objects.update(planmanager_key="another")
    assert ill() == {"keys"}


def test_keys_that_claims360_does_not_know_any_more(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.rotate_keys()
    assert ill() == {"link"}


def test_a_key_in_the_place_of_the_other(active: None, repairer: Repairer, sandbox: Sandbox) -> None:
    keys = sandbox.store.keys(DEMO)
    swapped = {"bodyshop_key": keys["planmanager"], "planmanager_key": keys["bodyshop"]}
    credentials.configure(repairer.pk, DEMO, **swapped, user=None, unchecked=True)
    assert ill() == {"link"}


def test_claims360_out_of_order(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.faults.add("502", times=None)
    assert ill() == {"claims360"}


def test_claims360_away(configured: Repairer, settings: Settings) -> None:
    settings.CLAIMS360_API_URL = NOWHERE["CLAIMS360_API_URL"]
    assert ill() == {"claims360"}


def test_debug(configured: Repairer, settings: Settings) -> None:
    settings.DEBUG = True
    assert ill() == {"settings"}


def test_nobody_collected_the_static_files(configured: Repairer, settings: Settings, tmp_path: Path) -> None:
    """Every page would be an error, and the web server alive and ready."""
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "planmanager.one_sheet.OneSheet"}}
    assert ill() == {"static"}
    call_command("collectstatic", verbosity=0, interactive=False)
    settings.STORAGES = {**settings.STORAGES}  # as a process that starts
    said, code = doctor()
    assert (code, said["well"]) == (0, True)


def test_a_full_disk(configured: Repairer, settings: Settings) -> None:
    settings.VAR_DIR = Path("/proc")  # has no room
    assert ill() == {"disk"}


def test_rounds_are_late(configured: Repairer) -> None:
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=31)):
        assert "rounds" in ill()


def test_triggers_that_are_gone(configured: Repairer) -> None:
    with connection.cursor() as cursor:
        for name in write_once.present(connection):
            cursor.execute(
                f"DROP TRIGGER {name}" + f" ON {write_once.TABLE}" * (connection.vendor == "postgresql")
            )
    assert ill() == {"write-once"}


def test_an_older_database(configured: Repairer) -> None:
    forget_newest_migration()
    assert ill() == {"migrations"}


def test_nothing_is_there_for_the_doctor(tmp_path: Path) -> None:
    said = alone("doctor", "--json", STATIC_ROOT=str(tmp_path))
    assert said.returncode == 1
    wrong = [check["check"] for check in json.loads(said.stdout)["checks"] if not check["well"]]
    assert wrong == ["static", "broker", "claims360", "database"]


@pytest.mark.parametrize(
    ("date", "well"),
    [
        ("Wed, 07 Oct 2026 12:00:00 GMT", True),
        ("Wed, 07 Oct 2026 12:00:59 -0000", True),
        ("Wed, 07 Oct 2026 11:58:59 GMT", False),
        ("Wed, 07 Oct 2026 12:01:01 GMT", False),
        ("", False),
        ("yesterday", False),
    ],
)
def test_the_clock(date: str, well: bool) -> None:
    assert clock(date, NOON).well is well


# --- secrets from files ---------------------------------------------------------------------------------------


def test_a_file_is_read_in_place_of_the_value(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    environment = EnvironmentAndFiles({"KEY_FILE": str(tmp_path / "key"), "KEY": "plain", "OTHER": "plain"})
    assert (environment["KEY"], environment["OTHER"]) == ("from-a-file", "plain")
    with pytest.raises(KeyError):
        environment["NONE"]


def test_a_file_that_is_missing_is_no_empty_secret(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        EnvironmentAndFiles({"KEY_FILE": str(tmp_path / "none")})["KEY"]


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    empty = {"KEY_FILE": str(tmp_path / "key")}
    assert EnvironmentAndFiles({**empty, "KEY": "plain"})["KEY"] == "plain"
    assert EnvironmentAndFiles(empty)["KEY"] == ""


def test_the_settings_take_their_secrets_from_files(tmp_path: Path) -> None:
    for name, value in {
        "secret_key": "s" * 60,
        "database_url": "sqlite:////nowhere/of-a-file.sqlite3",
    }.items():
        (tmp_path / name).write_text(f"{value}\n")
    files = {f"{name.upper()}_FILE": str(tmp_path / name) for name in ("secret_key", "database_url")}
    show = "from django.conf import settings as s; print(len(s.SECRET_KEY), s.DATABASES['default']['NAME'])"
    assert alone("shell", "--verbosity=0", "-c", show, **files).stdout == "60 /nowhere/of-a-file.sqlite3\n"

"""Backup and restore: all of it comes back, as of one moment; what is damaged or does not fit changes nothing."""

import datetime as dt
import hashlib
import io
import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from constance.models import Constance
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone
from msgspec import to_builtins
from pytest_django import Settings

from claims360_link import work, write_once
from claims360_link.fields import CannotDecrypt
from claims360_link.models import Configuration
from claims360_link.sandbox.server import Sandbox
from dossiers import outbox, search_index
from dossiers.contents import store_content
from dossiers.models import Content, Event, Opening, Source
from dossiers.models.transmission import SendState
from dossiers.photo_file import Facts
from planmanager.backup import archive
from planmanager.backup.manifest import LEFT_OUT
from planmanager.backup.restore import look
from repairers.models import Repairer, Site, User
from tests.dossiers.factories import DossierFactory
from tests.link.world import DEMO, pull
from tests.processes import PATIENCE, until
from tests.project.every_row import Rows, fill, lost, rows
from tests.project.place import Place, files_in, place

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = Facts("JPEG", "image/jpeg", 4, 3, None)


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "backup.tar"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as other:
        yield other


@pytest.fixture
def full(tar: Path) -> None:
    """Rows in every table, two photos, and what is made anew."""
    tar.parent.mkdir()
    fill(apps)
    for photo in (b"one", b"other" * 100_000):
        store(photo)
    for name in ("photos/ab/cd/0001", "renditions/thumb/one.jpg", "incoming/1-one.part"):
        path = Path(settings.MEDIA_ROOT) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def store(photo: bytes) -> Content:
    return store_content(io.BytesIO(photo), hashlib.sha256(photo).hexdigest(), FACTS)


def back_up(tar: Path) -> None:
    call_command("backup", tar, stdout=StringIO(), stderr=StringIO())


def tried(using: str = "default") -> None:
    """Every opening was tried: what a restore changes is tested on its own."""
    Opening.objects.using(using).filter(first_attempt_at=None).update(first_attempt_at=timezone.now())


def tables(using: str = "default") -> Rows:
    """Every row of every table, but for who is logged in."""
    connection = connections[using]
    kept = set(connection.introspection.table_names()) - search_index.tables(connection) - {LEFT_OUT}
    return rows(kept, using)


def here() -> tuple[Any, Any]:
    return tables(), files_in(Path(settings.MEDIA_ROOT))


def kept_files() -> dict[str, bytes]:
    found = files_in(Path(settings.MEDIA_ROOT))
    return {name: found[name] for name in found if name.startswith("photos/")}


# --- all of it comes back ---------------------------------------------------------------------------------------


def test_every_row_and_file(full: None, tar: Path, other: Place) -> None:
    gone = Site.objects.create(name="gone again")
    last_id = gone.pk
    gone.delete()
    tried()
    back_up(tar)
    assert stat.S_IMODE(tar.stat().st_mode) == 0o600
    done = other.manage("restore", str(tar))
    assert done.returncode == 0, done.stderr
    assert all(len(found) >= 2 for found in tables().values())
    assert tables(other.alias) == tables()
    assert other.files() == kept_files() and len(other.files()) == 3
    assert write_once.missing(other.connection) == set()
    assert rows([LEFT_OUT], other.alias)[LEFT_OUT] == []
    ids = [Site.objects.using(using).create(name="new").pk for using in ("default", other.alias)]
    assert ids == [last_id + 1] * 2, "no id is given out twice"


def test_two_backups_of_the_same_hold_the_same(full: None, tar: Path, other: Place) -> None:
    tried()
    back_up(tar)
    other.manage("restore", str(tar))
    again = tar.with_name("again.tar")
    assert other.manage("backup", str(again)).returncode == 0
    assert look(again).database.tables == look(tar).database.tables
    assert look(again).database.migrations == look(tar).database.migrations


def test_an_older_one_is_migrated(tar: Path, other: Place) -> None:
    tar.parent.mkdir()
    executor = MigrationExecutor(other.connection)
    older = [leaf for leaf in executor.loader.graph.leaf_nodes() if leaf[0] != "otp_totp"]
    older.append(("otp_totp", "0002_auto_20190420_0723"))
    filled = fill(executor.migrate(older).apps, other.alias, leave_out=["sessions.session"])
    tried(other.alias)
    before = rows(filled, other.alias)
    assert other.manage("backup", str(tar)).returncode == 0
    call_command("restore", tar, stdout=StringIO(), stderr=StringIO())
    after = rows(before)
    assert set(after["otp_totp_totpdevice"][0]) > set(before["otp_totp_totpdevice"][0])
    assert lost(before, after) == []
    call_command("migrate", "--check", stdout=StringIO())
    assert write_once.missing(connection) == set()


# --- as of one moment -------------------------------------------------------------------------------------------


def test_while_somebody_writes(repairer: Repairer, tar: Path, other: Place) -> None:
    """Each transaction writes into the first table that is read and into the last one, after its photo is stored."""
    tar.parent.mkdir()
    event = {"repairer": repairer, "at": timezone.now(), "verb": "opened"}
    Event.objects.bulk_create(Event(**event) for _ in range(20_000))
    Site.objects.all().update(name="first")
    begun, enough = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not enough.is_set():
            number += 1
            with transaction.atomic():
                Constance.objects.create(key=f"{number:06d}", value="")
                Site.objects.create(name=f"{number:06d}")
            store(f"{number}".encode())
            begun.set()
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(PATIENCE)
        back_up(tar)
        after = Constance.objects.count()
        until(lambda: Constance.objects.count() > after, "somebody still writes")
    finally:
        enough.set()
        writer.join(PATIENCE)
    assert other.manage("restore", str(tar)).returncode == 0
    written, known = Constance.objects.count(), Constance.objects.using(other.alias).count()
    assert 0 < known < written
    names = Constance.objects.using(other.alias).values_list("key", flat=True)
    sites = Site.objects.using(other.alias).exclude(name="first").values_list("name", flat=True)
    assert sorted(names) == sorted(sites) == [f"{number:06d}" for number in range(1, known + 1)]
    contents, found = Content.objects.using(other.alias), other.files()
    assert contents.count() >= known - 1
    assert all(hashlib.sha256(found[one.file.name]).hexdigest() == one.sha256 for one in contents)


# --- nobody is let in by it -------------------------------------------------------------------------------------


def test_no_secret_is_in_it(
    configured: Repairer, staff: User, client: Client, sandbox: Sandbox, tar: Path
) -> None:
    tar.parent.mkdir()
    client.force_login(staff)
    session, keys = Session.objects.get().session_key, sandbox.store.keys(DEMO)
    back_up(tar)
    whole = tar.read_bytes()
    assert Configuration.objects.get().bodyshop_id.encode() in whole
    secrets = [settings.SECRET_KEY, *settings.CREDENTIALS_KEYS, *keys.values(), session]
    assert [secret for secret in secrets if secret.encode() in whole] == []


def test_alone_it_decrypts_no_key(configured: Repairer, tar: Path, other: Place, settings: Settings) -> None:
    tar.parent.mkdir()
    back_up(tar)
    assert other.manage("restore", str(tar)).returncode == 0
    there = Configuration.objects.using(other.alias)
    assert there.get().bodyshop_key == Configuration.objects.get().bodyshop_key
    settings.CREDENTIALS_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CannotDecrypt):
        there.get()


# --- nothing is doubled by it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [1, 25])
def test_no_second_file_is_opened_after_it(
    hours: int, configured: Repairer, staff: User, sandbox: Sandbox, tar: Path
) -> None:
    """The backup says that the file was never opened, and it was."""
    tar.parent.mkdir()
    dossier = DossierFactory(repairer=configured, plate="1-ABC-234")
    given = {"plate": "1-ABC-234", "mileage": 84_210, "photo_ids": [], "mailbox": DEMO}
    row = outbox.ask(dossier, staff, link=Source.CLAIMS360, **given)
    back_up(tar)
    work.deliver(row.pk)
    assert sandbox.store.returns.received()["fees"] == 1
    with time_machine.travel(timezone.now() + dt.timedelta(hours=hours), tick=True):
        call_command("restore", tar, replace=True, yes=True, stdout=StringIO())
        assert Opening.objects.get().state == SendState.PENDING
        work.deliver(row.pk)
        pull(configured)
        work.deliver(row.pk)
    assert sandbox.store.returns.received()["fees"] == 1


# --- what does not fit changes nothing --------------------------------------------------------------------------


def refused(words: str, *command: object, **options: object) -> None:
    """The command says so in one line, and all is as it was."""
    before = here()
    with pytest.raises(CommandError, match=words) as refusal:
        call_command(*command, **options, stdout=StringIO(), stderr=StringIO())
    assert "\n" not in str(refusal.value)
    assert here() == before


def damage_photo(whole: bytes) -> bytes:
    return whole.replace(b"otherother", b"otherOther", 1)


def damage_database(whole: bytes) -> bytes:
    return whole.replace("𝄞".encode(), "𝄟".encode(), 1)


def damage_hash(whole: bytes) -> bytes:
    at = whole.index(b"  manifest.json\n")
    return whole[: at - 1] + (b"0" if whole[at - 1 : at] != b"0" else b"1") + whole[at:]


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_photo, "photos/.* is not as it was"),
        (damage_database, "database/.* is not as it was"),
        (damage_hash, "manifest.json in it is not as it was"),
        (lambda whole: whole[: len(whole) // 2], "unexpected end|ends too early"),
        (lambda whole: whole[:1024], "no backup|unexpected end"),
        (lambda whole: b"", "no backup"),
        (lambda whole: b"<html>" * 1000, "no backup"),
    ],
)
def test_a_damaged_one(full: None, tar: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    back_up(tar)
    tar.write_bytes(damage(tar.read_bytes()))
    refused(words, "restore", tar, replace=True, yes=True)


def with_manifest(tar: Path, **changes: Any) -> Path:
    """The same backup, but for what it says of itself."""
    folder, changed = tar.parent / "unpacked", tar.with_name("changed.tar")
    folder.mkdir()
    archive.unpack(tar, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))
    with archive.writing(changed) as writer:
        for name in ("manifest.json", *sorted(set(files_in(folder)) - {"manifest.json"})):
            writer.add(name, folder / name)
    return changed


def test_another_engine(full: None, tar: Path) -> None:
    back_up(tar)
    changed = with_manifest(tar, engine="oracle")
    refused("a backup of oracle", "restore", changed, replace=True, yes=True)


def test_a_newer_version(full: None, tar: Path) -> None:
    back_up(tar)
    database = to_builtins(look(tar).database)
    database["migrations"].append(("dossiers", "9999_later"))
    changed = with_manifest(tar, database=database)
    refused("newer version.*dossiers.9999_later", "restore", changed, replace=True, yes=True)


def test_other_numbers_of_rows(full: None, tar: Path) -> None:
    back_up(tar)
    database = to_builtins(look(tar).database)
    database["tables"]["dossiers_dossier"]["rows"] += 1
    changed = with_manifest(tar, database=database)
    refused("rows in dossiers_dossier", "restore", changed, replace=True, yes=True)


@pytest.mark.parametrize("there", ["a row", "a file"])
def test_a_place_that_is_not_empty(full: None, tar: Path, other: Place, there: str) -> None:
    back_up(tar)
    other.migrate()
    if there == "a row":
        Site.objects.using(other.alias).create(name="here")
    else:
        other.var.joinpath("files/photos").mkdir(parents=True)
        other.var.joinpath("files/photos/here").write_bytes(b"here")
    before = tables(other.alias), other.files()
    done = other.manage("restore", str(tar))
    assert done.returncode == 1
    assert done.stderr == "CommandError: This place is not empty. --replace throws away what is here.\n"
    done = other.manage("restore", str(tar), "--replace", typed="yes\n")
    assert (done.returncode, done.stderr) == (1, "CommandError: Nothing was changed.\n")
    assert (tables(other.alias), other.files()) == before
    assert other.manage("restore", str(tar), "--replace", typed="replace\n").returncode == 0
    assert other.files() == kept_files()
    assert not Site.objects.using(other.alias).filter(name="here").exists()


def test_a_migrated_place_without_data_is_empty(full: None, tar: Path, other: Place) -> None:
    back_up(tar)
    other.migrate()
    assert other.manage("restore", str(tar)).returncode == 0
    assert Site.objects.using(other.alias).count() == Site.objects.count()


def test_a_database_that_is_in_use(full: None, tar: Path) -> None:
    back_up(tar)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Site.objects.create(name="under way")
            held.set()
            done.wait(PATIENCE)
            transaction.set_rollback(True)
        connections.close_all()

    if connection.vendor == "sqlite":
        connection.cursor().execute("PRAGMA busy_timeout = 500")
    somebody = threading.Thread(target=hold)
    somebody.start()
    try:
        assert held.wait(PATIENCE)
        refused("database is in use", "restore", tar, replace=True, yes=True)
    finally:
        done.set()
        somebody.join(PATIENCE)
        connection.close()


def test_none_is_written_over_or_among_the_files(full: None, tar: Path) -> None:
    tar.write_bytes(b"yesterday's")
    refused("is there already", "backup", tar)
    assert tar.read_bytes() == b"yesterday's"
    refused("among the files", "backup", Path(settings.MEDIA_ROOT) / "photos" / "backup.tar")


def test_one_line_where_nothing_can_be_written(tmp_path: Path) -> None:
    refused("No such file", "backup", tmp_path / "nowhere" / "backup.tar")
    refused("No such file", "restore", tmp_path / "nowhere.tar")
    with place(tmp_path) as other:
        done = other.manage("backup", str(tmp_path / "backup.tar"))
    assert done.returncode == 1 and done.stderr.startswith("CommandError: ")
    assert done.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".backup-*"))


def test_a_lost_photo_is_named(full: None, tar: Path) -> None:
    content = Content.objects.get(pk=hashlib.sha256(b"one").hexdigest())
    Content.objects.filter(file="photos/ab/cd/0001").update(file=content.file.name)
    (Path(settings.MEDIA_ROOT) / content.file.name).unlink()
    said = StringIO()
    call_command("backup", tar, stdout=StringIO(), stderr=said)
    assert said.getvalue() == (
        f"Files that the database names and that are not there: 3, such as {content.file.name}.\n"
    )


def test_what_a_killed_backup_left_goes_with_the_next_one_after_a_day(full: None, tar: Path) -> None:
    """It holds all that the database holds."""
    dead, alive = tar.parent / ".backup-dead", tar.parent / ".backup-alive"
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "draft.tar").write_bytes(b"rows")
    for path in (dead, dead / "draft.tar", alive):
        os.utime(path, (0, 0))
    call_command("backup", tar, stdout=StringIO())
    assert [path.name for path in tar.parent.glob(".backup-*")] == [alive.name]

"""Photos in a bucket, over real HTTP: the main job, what happens while it is away, and the way there and back."""

import datetime as dt
import io
import os
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from PIL import Image
from pytest_django import Settings

from claims360_link import work
from claims360_link.sandbox.server import Sandbox
from dossiers import outbox, services, uploads
from dossiers.intake import decide
from dossiers.models import Content, Dossier, LooseFile, Photo, Source, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.store import files
from dossiers.store.folder import Folder
from planmanager import doctor
from planmanager.backup.carry import carry
from planmanager.backup.errors import CannotMove
from planmanager.retention import delete_what_is_old
from repairers.models import Integration, Repairer, User
from tests.api.programs import IntegrationFactory, Program, secret_of
from tests.dossiers import pictures
from tests.link.world import DEMO, mission_of, pull
from tests.processes import PATIENCE, until
from tests.project.place import Place, files_in, place
from tests.s3 import Server, in_bucket, running_s3

pytestmark = pytest.mark.django_db(transaction=True)
ORIGINAL = pictures.jpeg()
OWNER = "Zoë Vandenbroucke"
STORED, PENDING = FetchState.STORED, FetchState.PENDING


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    User.objects.filter(pk=staff.pk).update(language="en")
    client.force_login(staff)
    return client


@pytest.fixture
def program(repairer: Repairer) -> Program:
    integration: Integration = IntegrationFactory(sites=[repairer.site])
    return Program(secret_of(integration))


@pytest.fixture
def dossier(bucket: Server, configured: Repairer, sandbox: Sandbox, staff: User) -> Dossier:
    """A mission with a photo, accepted; its content is not here yet."""
    data = {"owner": {"name": OWNER}, "vehicle": {"plate": "1-ZVB-411"}}
    made = sandbox.store.create_mission(photos=1, data=data)
    pull(configured)
    opened = decide.accept(mission_of(made["id"]).pk, staff).dossier
    assert opened is not None
    return opened


@pytest.fixture
def theirs(dossier: Dossier) -> Photo:
    """The photo that came, its content here."""
    work.fetch_photos(dossier.repairer_id)
    return Photo.objects.get(mission__dossier=dossier)


@pytest.fixture
def ours(dossier: Dossier, staff: User) -> Photo:
    return uploads.add_photo(dossier, SimpleUploadedFile("IMG_1.jpg", ORIGINAL), staff)


def add(browser: Client, dossier: Dossier) -> Any:
    file = SimpleUploadedFile("IMG_2.jpg", ORIGINAL)
    return browser.post(f"/dossiers/{dossier.pk}/photos/", {"photos": file}, follow=True)


def send(dossier: Dossier, staff: User, *photos: Photo) -> Transmission:
    given = {"plate": "1-ZVB-411", "mileage": 84_210, "photo_ids": [photo.pk for photo in photos]}
    row = outbox.ask(dossier, staff, link=Source.CLAIMS360, mailbox=DEMO, **given)
    work.deliver(row.pk)
    row.refresh_from_db()
    return row


def read(content: Content | None) -> bytes:
    assert content is not None
    with files.open(content.file.name) as file:
        return file.read()


def held() -> dict[str, bytes]:
    """What is in the bucket, but for what is made anew."""
    found = {}
    for name in files.walk(["renditions"]):
        with files.open(name) as file:
            found[name] = file.read()
    return found


def manage(*command: object, **options: object) -> str:
    said = StringIO()
    call_command(*command, **options, stdout=said, stderr=said)
    return said.getvalue()


def later(**time: float) -> Any:
    """So much later; a server that did not answer is asked again after ten seconds."""
    return time_machine.travel(timezone.now() + dt.timedelta(**time), tick=True)


def on_disk(settings: Settings) -> dict[str, bytes]:
    return files_in(Path(settings.MEDIA_ROOT))


# --- the main job -----------------------------------------------------------------------------------------------


def test_photos_come_are_shown_and_are_sent(
    dossier: Dossier, browser: Client, sandbox: Sandbox, staff: User, settings: Settings
) -> None:
    work.fetch_photos(dossier.repairer_id)
    theirs = Photo.objects.get(mission__dossier=dossier)
    assert (theirs.fetch_state, read(theirs.content)) == (STORED, sandbox.store.content(theirs.external_id))
    assert add(browser, dossier).status_code == 200
    ours = Photo.objects.get(dossier=dossier)
    for photo in (theirs, ours):
        for size, longest in (("thumb", 320), ("large", 1600)):
            for _ in ("made", "held"):
                answer = browser.get(f"/dossiers/photos/{photo.pk}/{size}")
                assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
                assert answer["Cache-Control"].startswith("private, ")
                assert max(Image.open(io.BytesIO(answer.getvalue())).size) <= longest
    row = send(dossier, staff, ours)
    assert (row.state, row.error) == (SendState.DELIVERED, "")
    [sent] = sandbox.store.returns.received()["photos"]
    assert sandbox.store.content(sent["photo_id"]) == read(ours.prepared)
    assert len(held()) == 3 and on_disk(settings) == {}, "nothing of them stays on this machine"


def test_a_photo_is_held_once(ours: Photo, dossier: Dossier, browser: Client) -> None:
    before = held()
    assert add(browser, dossier).status_code == 200
    assert held() == before and len(before) == 2


def test_what_an_owner_gets_and_what_is_left(
    theirs: Photo,
    ours: Photo,
    dossier: Dossier,
    sandbox: Sandbox,
    browser: Client,
    staff: User,
    tmp_path: Path,
) -> None:
    sandbox.store.create_mission(photos=1)
    pull(dossier.repairer)
    work.fetch_photos(dossier.repairer_id)
    browser.get(f"/dossiers/photos/{ours.pk}/thumb")
    manage("export_owner", tmp_path / "held.zip", owner=OWNER)
    with zipfile.ZipFile(tmp_path / "held.zip") as archive:
        given = {Path(name).stem for name in archive.namelist()} - {"rows"}
    assert given == {theirs.content_id, ours.content_id, ours.prepared_id}
    services.set_status(dossier, "closed", staff)
    manage("forget", owner=OWNER, yes=True)
    [other] = Content.objects.all()
    assert list(files.walk()) == [other.file.name], "neither her photos nor what was shown of them"


# --- while it is away -------------------------------------------------------------------------------------------


def test_a_photo_that_comes_waits_for_the_bucket(
    bucket: Server, dossier: Dossier, sandbox: Sandbox, browser: Client, settings: Settings
) -> None:
    [photo] = Photo.objects.all()
    with bucket.away():
        work.fetch_photos(dossier.repairer_id)
        photo.refresh_from_db()
        assert (photo.fetch_state, photo.fetch_error) == (PENDING, "disk-error")
        assert photo.fetch_not_before is not None and photo.fetch_not_before > timezone.now()
        assert "could not be stored or read" in browser.get(f"/dossiers/{dossier.pk}/").content.decode()
    with later(minutes=6):
        work.fetch_photos(dossier.repairer_id)
        photo.refresh_from_db()
        assert (photo.fetch_state, photo.fetch_error) == (STORED, "")
        assert read(photo.content) == sandbox.store.content(photo.external_id)
    assert on_disk(settings) == {}
    downloads = [one for one in sandbox.store.requests.last if one["path"].endswith("/content")]
    assert len(downloads) == 1, "what had come was kept"


def test_pages_say_so_meanwhile(
    bucket: Server, theirs: Photo, dossier: Dossier, browser: Client, program: Program
) -> None:
    with bucket.away():
        shown = browser.get(f"/dossiers/photos/{theirs.pk}/large")
        assert (shown.status_code, shown["Content-Type"]) == (503, "image/svg+xml")
        assert "This photo can&#x27;t be read</tspan>" in shown.content.decode()
        assert shown["Cache-Control"] == "no-store"
        page = add(browser, dossier)
        assert page.status_code == 422 and "could not be stored just now" in page.content.decode()
        told = program.get(f"photos/{theirs.pk}/thumb")
        assert (told.status_code, told.json()["code"]) == (503, "photo-away")
        refused = program.send_file(f"dossiers/{dossier.pk}/photos", ORIGINAL)
        assert (refused.status_code, refused.json()["code"]) == (503, "photo-not-stored")
    assert Photo.objects.count() == 1


def test_what_is_sent_waits_for_the_bucket(
    bucket: Server, ours: Photo, dossier: Dossier, staff: User
) -> None:
    with bucket.away():
        row = send(dossier, staff, ours)
    assert (row.state, row.error) == (SendState.PENDING, "disk-error")


def test_who_is_forgotten_is_forgotten_all_the_same(
    bucket: Server, ours: Photo, dossier: Dossier, staff: User
) -> None:
    services.set_status(dossier, "closed", staff)
    with bucket.away():
        manage("forget", owner=OWNER, yes=True)
    assert not Content.objects.exists() and LooseFile.objects.count() == 2
    finding = doctor._given_up()
    assert not finding.well and "2 files of deleted photos" in finding.text
    with later(seconds=11):
        delete_what_is_old()
        assert held() == {} and doctor._given_up().well


def test_no_half_of_an_export_is_left(bucket: Server, ours: Photo, tmp_path: Path) -> None:
    with bucket.away(), pytest.raises(CommandError):
        manage("export_owner", tmp_path / "held.zip", owner=OWNER)
    assert not (tmp_path / "held.zip").exists()


def test_a_bucket_that_hangs_is_waited_for_by_one(
    bucket: Server, theirs: Photo, dossier: Dossier, browser: Client, settings: Settings, caplog: Any
) -> None:
    with in_bucket(settings, bucket, patience=0.2), bucket.hanging():
        for size in ("thumb", "large"):
            assert browser.get(f"/dossiers/photos/{theirs.pk}/{size}").status_code == 503
        assert browser.get("/readyz").status_code == 200
        assert browser.get(f"/dossiers/{dossier.pk}/").status_code == 200
    said = [record.getMessage() for record in caplog.records if "can't be shown" in record.getMessage()]
    assert said == [
        "A photo can't be shown: ReadTimeoutError.",
        "A photo can't be shown: it did not answer just now.",
    ]


def test_nobody_waits_for_a_program_whose_photo_waits_for_the_bucket(
    bucket: Server, dossier: Dossier, program: Program, staff: User, settings: Settings
) -> None:
    """Deed and kept answer are committed together, and of SQLite there is one writer: it is not kept meanwhile."""

    def sent() -> int:
        try:
            return program.send_file(
                f"dossiers/{dossier.pk}/photos", ORIGINAL, idempotency_key="k"
            ).status_code
        finally:
            connection.close()

    with in_bucket(settings, bucket, patience=PATIENCE), bucket.hanging(), ThreadPoolExecutor(1) as others:
        answer = others.submit(sent)
        until(lambda: bucket.is_asked_by(os.getpid()), "the photo is on its way")
        services.add_comment(dossier, "Nobody is in the way.", staff)
        assert not answer.done()
        bucket.kill()
    assert answer.result() == 503
    bucket.start()
    with later(seconds=11):
        again = program.send_file(f"dossiers/{dossier.pk}/photos", ORIGINAL, idempotency_key="k")
    assert again.status_code == 201


# --- backup, and the way there and back ---------------------------------------------------------------------------


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as other:
        yield other


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return tmp_path / "backup.tar"


def test_a_backup_comes_back_into_another_bucket(
    theirs: Photo, ours: Photo, browser: Client, other: Place, tar: Path, tmp_path: Path, settings: Settings
) -> None:
    browser.get(f"/dossiers/photos/{ours.pk}/thumb")
    before = held()
    assert "and all files" in manage("backup", tar)
    with running_s3(tmp_path / "elsewhere") as elsewhere:
        with in_bucket(settings, elsewhere):
            files.put("photos/gone", io.BytesIO(b"of somebody else"))
        refused = other.manage("restore", str(tar), **elsewhere.environment())
        assert refused.returncode == 1 and "not empty" in refused.stderr
        done = other.manage("restore", str(tar), "--replace", "--yes", **elsewhere.environment())
        assert (done.returncode, done.stderr) == (0, "")
        with in_bucket(settings, elsewhere):
            assert held() == before and len(list(files.walk())) == len(before) == 3


def test_a_backup_of_a_bucket_comes_back_into_a_folder(ours: Photo, other: Place, tar: Path) -> None:
    manage("backup", tar)
    done = other.manage("restore", str(tar))
    assert (done.returncode, done.stderr) == (0, "") and other.files() == held()


def test_no_half_of_a_backup_is_left(bucket: Server, ours: Photo, tar: Path) -> None:
    with bucket.away(), pytest.raises(CommandError, match="EndpointConnectionError"):
        manage("backup", tar)
    assert not tar.exists()


def test_from_the_folder_into_the_bucket_and_back(
    configured: Repairer, dossier: Dossier, staff: User, bucket: Server, settings: Settings, browser: Client
) -> None:
    in_folder = {"default": {"BACKEND": "dossiers.store.folder.Folder"}}
    with_bucket = settings.STORAGES
    settings.STORAGES = {**settings.STORAGES, **in_folder}
    work.fetch_photos(configured.pk)
    photo = uploads.add_photo(dossier, SimpleUploadedFile("IMG_1.jpg", ORIGINAL), staff)
    browser.get(f"/dossiers/photos/{photo.pk}/thumb")
    old = {name: content for name, content in on_disk(settings).items() if name.startswith("photos/")}
    settings.STORAGES = with_bucket
    assert browser.get(f"/dossiers/photos/{photo.pk}/thumb").status_code == 503
    some = min(old)
    files.put(some, io.BytesIO(old[some]))
    said = manage("move_files")
    assert said == "2 files were copied and are the same there, 1 were there already.\n"
    assert held() == old
    assert browser.get(f"/dossiers/photos/{photo.pk}/thumb").status_code == 200
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            path.unlink()
    files.delete(some)
    assert f"there: 1, such as {some}" in manage("move_files")
    manage("move_files", back=True)
    assert on_disk(settings) == {name: old[name] for name in old if name != some}


class Careless(Folder):
    def put(self, name: str, file: BinaryIO) -> None:
        super().put(name, io.BytesIO(b"eno"))


def test_what_came_otherwise_is_not_believed(tmp_path: Path) -> None:
    source, target = Folder(tmp_path / "from"), Careless(tmp_path / "to")
    source.put("photos/one", io.BytesIO(b"one"))
    with pytest.raises(CannotMove, match="photos/one is not the same there"):
        carry(source, target)


def test_without_a_bucket_nothing_moves(db: None) -> None:
    with pytest.raises(CommandError, match="S3_BUCKET is not set"):
        manage("move_files")


# --- the doctor ---------------------------------------------------------------------------------------------------


def store(well: bool) -> str:
    finding = doctor._store()
    assert finding.well is well
    return finding.text


def test_the_doctor_tries_the_bucket(bucket: Server, settings: Settings) -> None:
    assert "gives it to us alone" in store(well=True) and list(files.walk()) == []
    with in_bucket(settings, bucket, secret_key="another"):
        assert "refuses us (SignatureDoesNotMatch)" in store(well=False)
    with in_bucket(settings, bucket, name="another"):
        assert "can't be used (NoSuchBucket)" in store(well=False)
    with bucket.away():
        assert "can't be used (EndpointConnectionError)" in store(well=False)
    bucket.make_public()
    with later(seconds=11):
        assert "Anybody can read what is in the bucket" in store(well=False)


def test_the_doctor_names_the_folder(db: None, settings: Settings) -> None:
    assert str(settings.MEDIA_ROOT) in store(well=True)

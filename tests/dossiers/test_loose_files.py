"""A process is killed with a file in hand that no row names: the file goes after a day, in a folder as in a bucket."""

import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from django.conf import settings as now_set
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from django.utils import translation

from dossiers import contents, decoding, loose_files, photo_file
from dossiers.models import Content, Dossier, LooseFile, Photo
from dossiers.store import Store, files
from planmanager.doctor import Finding, _stock
from planmanager.retention import delete_what_is_old
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, PhotoFactory
from tests.dossiers.pictures import archive, saved, scene
from tests.link.test_commands import url_of_the_tests
from tests.project.place import ROOT
from tests.s3 import Server
from tests.winformex.world import album, encoded, send

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = photo_file.Facts("JPEG", "image/jpeg", 4, 3, None)
# A program of the product that is killed as it is about to do what `argv[1]` names.
PROGRAM = """
import io, os, signal, sys
from unittest import mock
import django
django.setup()
from django.core.files.uploadedfile import SimpleUploadedFile
from dossiers import contents, photo_file, uploads
from dossiers.models import Dossier
from dossiers.winformex import receive
from repairers.models import Repairer, User
photo = sys.stdin.buffer.read()
with mock.patch(sys.argv[1], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)):
    {deed}
"""
STORE = (
    "file, facts = io.BytesIO(photo), photo_file.Facts('JPEG', 'image/jpeg', 64, 48, None)\n"
    "    contents.store_content(file, photo_file.sha256(file), facts)"
)
ADD = "uploads.add_photo(Dossier.objects.get(), SimpleUploadedFile('a.jpg', photo), User.objects.get())"
TAKE = "receive.take(Repairer.objects.get(), photo)"


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "bucket":
        request.getfixturevalue("bucket")
    return files


@pytest.fixture
def dossier(repairer: Repairer, staff: User) -> Dossier:
    return DossierFactory(repairer=repairer)


def killed(point: str, deed: str, given: bytes, server: Server | None = None) -> None:
    """Another process does `deed` with what is `given`, and dies by SIGKILL as it comes to `point`."""
    known = {
        "DJANGO_SETTINGS_MODULE": "planmanager.settings",
        "DATABASE_URL": url_of_the_tests(),
        "VAR_DIR": str(Path(now_set.MEDIA_ROOT).parent),
        **(server.environment() if server else {}),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("{deed}", deed), point],
        cwd=ROOT,
        env=os.environ | known,
        input=given,
    )
    assert done.returncode == -signal.SIGKILL


def a_day_passes() -> None:
    """In the rows alone: a bucket would refuse who comes from another day."""
    day = dt.timedelta(days=1, minutes=1)
    LooseFile.objects.update(expected_until=F("expected_until") - day)
    Content.objects.update(wanted_at=F("wanted_at") - day)


def server_of(request: pytest.FixtureRequest) -> Server | None:
    return request.getfixturevalue("bucket") if "bucket" in request.fixturenames else None


@pytest.mark.parametrize(
    ("point", "deed", "left"),
    [
        ("dossiers.loose_files.expect", STORE, 0),
        ("dossiers.models.Content.objects.get_or_create", STORE, 1),
        ("dossiers.uploads.add", ADD, 2),
        ("dossiers.intake.receive.receive", TAKE, 1),
    ],
    ids=[
        "before its note",
        "before the row of its content",
        "before the row of its photo",
        "before the record kept aside",
    ],
)
def test_killed_between_a_file_and_its_row(
    store: Store, dossier: Dossier, point: str, deed: str, left: int, request: pytest.FixtureRequest
) -> None:
    given = (
        json.dumps(album({"content": encoded(archive())})).encode()
        if deed == TAKE
        else saved(scene(), "JPEG")
    )
    killed(point, deed, given, server_of(request))
    assert len(list(store.walk())) == left
    delete_what_is_old()
    assert len(list(store.walk())) == left, "somebody may be about to write its row"
    a_day_passes()
    delete_what_is_old()
    assert list(store.walk()) == [] and not Content.objects.exists()


def test_killed_while_a_file_is_written(dossier: Dossier) -> None:
    """Of a folder: a bucket has the whole of a file or nothing."""
    killed("shutil.copyfileobj", STORE, saved(scene(), "JPEG"))
    [draft] = [Path(now_set.MEDIA_ROOT, name) for name in files.walk()]
    delete_what_is_old()
    assert draft.exists(), "somebody may be writing it"
    os.utime(draft, (0, 0))
    delete_what_is_old()
    assert not draft.exists()


def stored(photo: bytes) -> Content:
    file = io.BytesIO(photo)
    return contents.store_content(file, photo_file.sha256(file), FACTS)


def test_who_stores_it_once_more_keeps_it(store: Store, dossier: Dossier) -> None:
    """No photo holds it yet, but one is about to."""
    stored(b"photo")
    a_day_passes()
    content = stored(b"photo")
    delete_what_is_old()
    PhotoFactory(dossier=dossier, content=content)
    a_day_passes()
    delete_what_is_old()
    with contents.open_content(content) as file:
        assert file.read() == b"photo"


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Takes what happens, once, between a file and its row."""
    hold = contents._hold

    def happens(deed: Callable[[], object]) -> None:
        def slowly(*given: Any) -> None:
            monkeypatch.setattr(contents, "_hold", hold)
            deed()
            hold(*given)

        monkeypatch.setattr(contents, "_hold", slowly)

    return happens


def test_who_takes_more_than_a_day_writes_it_anew(store: Store, db: None, meanwhile: Any) -> None:
    def goes() -> None:
        a_day_passes()
        assert delete_what_is_old()["left_over"] == 1 and list(store.walk()) == []

    meanwhile(goes)
    with contents.open_content(stored(b"photo")) as file:
        assert file.read() == b"photo"
    assert not LooseFile.objects.exists()


def test_of_two_at_once_both_have_the_one_row(store: Store, db: None, meanwhile: Any) -> None:
    meanwhile(lambda: stored(b"photo"))
    content = stored(b"photo")
    assert list(store.walk()) == [content.file.name] and not LooseFile.objects.exists()


def test_given_up_while_somebody_stores_it_anew(store: Store, db: None, meanwhile: Any) -> None:
    """Who is forgotten has it no more; the other, who has the same bytes, has his."""

    def forgotten() -> None:
        content = stored(b"photo")
        loose_files.expect(content.file.name, content.pk)
        with transaction.atomic():
            contents.discard_unused([content.pk])

    meanwhile(forgotten)
    with contents.open_content(stored(b"photo")) as file:
        assert file.read() == b"photo"


def test_the_content_of_a_photo_that_was_replaced_goes(store: Store, dossier: Dossier) -> None:
    old, new = stored(b"old"), stored(b"new")
    photo = PhotoFactory(dossier=dossier, content=old)
    Photo.objects.filter(pk=photo.pk).update(content=new)
    a_day_passes()
    assert delete_what_is_old()["left_over"] == 1
    assert list(store.walk()) == [new.file.name]


def test_what_is_shown_of_a_photo_goes_with_it(
    store: Store, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is forgotten while somebody looks at it for the first time."""
    content = stored(saved(scene(), "JPEG"))
    made = decoding.rendition

    def meanwhile(file: BinaryIO, longest: int) -> bytes:
        picture = made(file, longest)
        with transaction.atomic():
            contents.discard_unused([content.pk])
        return picture

    monkeypatch.setattr(decoding, "rendition", meanwhile)
    contents.open_rendition(content, "thumb").close()
    assert list(store.walk()) == []


# --- what has no note: from before there were any, or of another database -----------------------------------------


def doctor(check: str) -> Finding:
    translation.activate("en")
    return next(one for one in _stock() if one.check == check)


def test_the_doctor_tells_of_a_photo_whose_file_is_gone(store: Store, dossier: Dossier) -> None:
    held, lost = stored(b"held"), stored(b"lost")
    for content in (held, lost):
        PhotoFactory(dossier=dossier, content=content)
    assert doctor("lost").well and doctor("strays").well
    store.delete(lost.file.name)
    found = doctor("lost")
    assert (
        not found.well
        and f"1 photos are in the database and their files are not there, such as {lost.file.name}"
        in found.text
    )
    store.put(lost.file.name, io.BytesIO(b"lost"))
    assert doctor("lost").well


def test_a_record_kept_aside_whose_file_is_gone(store: Store, repairer: Repairer) -> None:
    send(repairer, album({"content": encoded(archive())}))
    assert doctor("lost").well and doctor("strays").well
    [name] = store.walk()
    store.delete(name)
    assert name in doctor("lost").text


def test_files_of_no_photo_go_when_the_operator_says_so(store: Store, dossier: Dossier) -> None:
    hash_ = "0" * 64
    strays = [f"photos/00/00/{hash_}", f"renditions/thumb/00/{hash_}.jpg", f"set-aside/{hash_}.base64"]
    content = stored(saved(scene(), "JPEG"))
    PhotoFactory(dossier=dossier, content=content)
    contents.open_rendition(content, "thumb").close()
    others = [*store.walk(), "of/somebody/else"]
    for name in [*strays, others[-1]]:
        store.put(name, io.BytesIO(b"stray"))
    a_day_passes()
    delete_what_is_old()
    assert len(list(store.walk())) == 6, "nobody knows whose they are"
    assert "3 files are of no photo here" in doctor("strays").text
    call_command("retention", strays=True)
    assert len(list(store.walk())) == 6 and doctor("strays").well
    a_day_passes()
    assert delete_what_is_old()["left_over"] == 3
    assert sorted(store.walk()) == sorted(others)

"""A folder and a bucket keep files alike; the bucket over HTTP, with signatures that its server checks."""

import errno
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from pytest_django import Settings

from claims360_link.multipart import Multipart
from dossiers.store import Store, files
from dossiers.store.silence import SECONDS, Silence
from tests.s3 import Server, behind_https, in_bucket

MANY = 1_050  # a server tells of 1,000 at once
PHOTO = os.urandom(4_000_000)


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest) -> Store:
    """The one of the settings."""
    if request.param == "bucket":
        request.getfixturevalue("bucket")
    return files


def hold(store: Store, **contents: bytes) -> None:
    for name, content in contents.items():
        store.put(name.replace("__", "/"), io.BytesIO(content))


def read(store: Store, name: str) -> bytes:
    with store.open(name) as file:
        return file.read()


def test_what_is_kept_is_there_until_it_is_deleted(store: Store) -> None:
    hold(store, photos__ab__one=b"one")
    assert (read(store, "photos/ab/one"), store.size("photos/ab/one")) == (b"one", 3)
    assert store.exists("photos/ab/one") and not store.exists("photos/ab/two")
    store.delete("photos/ab/one")
    store.delete("photos/ab/one")
    assert not store.exists("photos/ab/one")
    for ask in (store.open, store.size):
        with pytest.raises(FileNotFoundError):
            ask("photos/ab/one")


def test_a_file_may_be_put_in_place_of_another(store: Store) -> None:
    hold(store, photos__one=b"longer")
    hold(store, photos__one=b"one")
    assert read(store, "photos/one") == b"one" and list(store.walk()) == ["photos/one"]


def test_a_file_without_a_name_is_not_empty(store: Store) -> None:
    """Django takes a File without a name for nothing."""
    nameless: Any = ContentFile(b"one")
    nameless.name = None
    store.put("one", nameless)
    assert read(store, "one") == b"one"


def test_every_name_is_told_but_those_of_a_folder(store: Store) -> None:
    hold(store, top=b"", photos__ab__one=b"", photos__renditions__two=b"", renditions__thumb__one=b"")
    assert sorted(store.walk(["renditions"])) == ["photos/ab/one", "photos/renditions/two", "top"]
    assert len(list(store.walk())) == 4


def test_more_names_than_a_server_tells_at_once(bucket: Server) -> None:
    for number in range(MANY):
        bucket.lay(f"photos/{number}")
    assert sum(1 for _ in files.walk()) == MANY


def test_all_is_replaced(store: Store, settings: Settings) -> None:
    hold(store, photos__one=b"old", photos__gone=b"old", renditions__gone=b"old")
    staged = Path(settings.MEDIA_ROOT, "restoring", "files")
    (staged / "photos").mkdir(parents=True)
    (staged / "photos" / "one").write_bytes(b"new")
    (staged / "photos" / "two").write_bytes(b"new")
    store.replace_all(staged)
    assert {name: read(store, name) for name in store.walk(["restoring"])} == {
        "photos/one": b"new",
        "photos/two": b"new",
    }


def test_nothing_is_put_in_the_place_of_all(store: Store, settings: Settings) -> None:
    hold(store, photos__one=b"old")
    Path(settings.MEDIA_ROOT, "restoring").mkdir(parents=True)
    store.replace_all(Path(settings.MEDIA_ROOT, "restoring", "files"))
    assert list(store.walk()) == []


# --- the bucket ---------------------------------------------------------------------------------------------------


def test_a_large_photo_is_sent_from_the_disk(bucket: Server) -> None:
    """Neither on its way out of the bucket nor as it is returned is it held in memory."""
    hold(files, photo=PHOTO)
    tracemalloc.start()
    try:
        with files.open("photo") as file:
            body = Multipart(file, "photo.jpg", "image/jpeg", {})  # type: ignore[arg-type]
            sent = sum(len(piece) for piece in iter(lambda: body.read(16_384), b""))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent == len(body) > len(PHOTO)
    assert peak < len(PHOTO) / 2


def test_others_than_we_get_nothing(bucket: Server) -> None:
    hold(files, photo=PHOTO)
    assert bucket.status_of_anybody("photo") == 403
    assert not files.is_public() and list(files.walk()) == ["photo"]
    with pytest.raises(NotImplementedError):
        files.url("photo")  # type: ignore[attr-defined]


def test_a_bucket_that_anybody_can_read_is_found_out(bucket: Server) -> None:
    bucket.make_public()
    assert files.is_public()


def test_a_server_whose_certificate_is_of_the_house(
    bucket: Server, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with behind_https(bucket, tmp_path) as (url, authority):
        monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
        with in_bucket(settings, bucket, endpoint=url), pytest.raises(OSError, match="SSLError"):
            hold(files, photo=PHOTO)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
        with in_bucket(settings, bucket, endpoint=url):
            hold(files, photo=PHOTO)
            assert read(files, "photo") == PHOTO and list(files.walk()) == ["photo"]


@pytest.mark.parametrize("wrong", ["access_key", "secret_key"])
def test_another_key_is_refused(bucket: Server, settings: Settings, wrong: str) -> None:
    hold(files, photo=PHOTO)
    with in_bucket(settings, bucket, **{wrong: "another"}):
        for ask in (files.open, files.exists, files.delete, lambda _: next(files.walk())):
            with pytest.raises(PermissionError):
                ask("photo")


def test_a_bucket_that_is_not_there_is_no_lost_file(bucket: Server, settings: Settings) -> None:
    """A backup leaves out what was deleted meanwhile, and must not leave out everything."""
    with in_bucket(settings, bucket, name="another"):
        for ask in (lambda: files.open("photo"), lambda: next(files.walk()), lambda: hold(files, one=b"")):
            with pytest.raises(OSError) as refusal:
                ask()
            assert (refusal.value.errno, refusal.value.strerror) == (errno.EIO, "NoSuchBucket")


def test_a_server_that_is_not_there_is_asked_once(bucket: Server, settings: Settings) -> None:
    with in_bucket(settings, bucket, endpoint="http://127.0.0.1:1"):
        for said in ("EndpointConnectionError", "it did not answer just now"):
            with pytest.raises(OSError, match=said):
                files.open("photo")


def test_it_is_asked_again_by_one_at_a_time() -> None:
    seconds = [0.0]
    silence = Silence(lambda: seconds[0])
    silence.require_over()
    silence.begin()
    seconds[0] += SECONDS
    silence.require_over()
    with pytest.raises(OSError, match="just now"):
        silence.require_over()
    silence.end()
    silence.require_over()


def test_no_key_is_in_what_is_said(bucket: Server, settings: Settings) -> None:
    with in_bucket(settings, bucket, access_key="telling"), pytest.raises(PermissionError) as refusal:
        files.open("photo")
    assert "telling" not in str(refusal.value)
    assert bucket.secret_key not in repr(storages["default"])

"""A large photo lies on the disk while it comes: whoever is killed meanwhile leaves nothing there."""

import tempfile
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import RequestFactory

PHOTO = bytes(range(256)) * 10_000  # more than is kept in memory


def request(**fields: SimpleUploadedFile) -> HttpRequest:
    return RequestFactory().post("/", fields)


def test_it_has_no_name_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    came = request(file=SimpleUploadedFile("IMG 1.jpg", PHOTO, "image/jpeg")).FILES["file"]
    assert list(tmp_path.iterdir()) == []
    assert (came.name, came.content_type, came.size) == ("IMG 1.jpg", "image/jpeg", len(PHOTO))
    assert came.read() == PHOTO
    assert came.seek(0) == 0 and b"".join(came.chunks()) == PHOTO


def test_a_small_one_beside_it(tmp_path: Path) -> None:
    came = request(
        large=SimpleUploadedFile("a.jpg", PHOTO), small=SimpleUploadedFile("b.jpg", b"small")
    ).FILES
    assert [came[name].read() for name in ("large", "small")] == [PHOTO, b"small"]

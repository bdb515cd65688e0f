"""Photos that staff add: checked, stored once as they came, and prepared for sending."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from pytest_django import Settings

from dossiers import photo_file, uploads
from dossiers.contents import open_rendition, store_content
from dossiers.models import Content, Dossier, Event, Photo
from dossiers.models.photo import FetchState, PhotoOrigin
from dossiers.sentences import ERRORS
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.dossiers.factories import DossierFactory
from tests.dossiers.pictures import jpeg
from tests.dossiers.test_imaging import BAD

ORIGINAL = jpeg()


@pytest.fixture
def dossier(repairer: Repairer) -> Dossier:
    return DossierFactory(repairer=repairer)


@pytest.fixture
def add(dossier: Dossier, staff: User) -> Any:
    def add_(photo: bytes, name: str = "IMG_0001.jpg", to: Dossier = dossier, **more: str) -> Photo:
        return uploads.add_photo(to, SimpleUploadedFile(name, photo), staff, **more)

    return add_


def files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def read(content: Content | None) -> bytes:
    assert content is not None
    with content.file.open("rb") as file:
        return file.read()


def sha256(photo: bytes) -> str:
    return hashlib.sha256(photo).hexdigest()


def test_a_photo(add: Any, dossier: Dossier, staff: User) -> None:
    original = jpeg()
    photo = add(original, caption="front left", category="damage")
    photo.refresh_from_db()
    assert (photo.dossier, photo.repairer, photo.mission) == (dossier, dossier.repairer, None)
    assert (photo.origin, photo.fetch_state, photo.external_id) == (PhotoOrigin.LOCAL, FetchState.STORED, "")
    assert (photo.file_name, photo.caption, photo.category) == ("IMG_0001.jpg", "front left", "damage")
    assert (photo.created_by, photo.taken_at is not None) == (staff, True)
    assert photo.content is not None and photo.prepared is not None
    assert read(photo.content) == original, "kept as it came"
    assert photo.sha256 == photo.content.sha256 == sha256(original)
    assert (photo.content.width, photo.content.height, photo.content.bytes) == (48, 64, len(original))
    event = Event.objects.get(dossier=dossier, verb="photo-added")
    assert (event.actor, event.args) == (staff, {"file": "IMG_0001.jpg"})


def test_what_is_to_be_sent_is_ready_and_tells_no_place(add: Any) -> None:
    photo = add(jpeg())
    sent = read(photo.prepared)
    assert photo.prepared.sha256 == sha256(sent) and photo.prepared.bytes == len(sent)
    assert not [place for place in pictures.LOCATIONS if place in sent]


def test_a_heic_is_sent_as_a_jpeg(add: Any) -> None:
    photo = add(pictures.heic(), "IMG_0002.HEIC")
    assert (photo.content.mime, photo.prepared.mime) == ("image/heic", "image/jpeg")


@pytest.mark.counts("bad files refused")
@pytest.mark.parametrize(("file", "code"), BAD.values(), ids=BAD.keys())
def test_what_is_no_photo_is_refused_and_nothing_is_stored(
    add: Any, settings: Settings, file: bytes, code: str
) -> None:
    with pytest.raises(uploads.CannotAdd) as refusal:
        add(file)
    assert refusal.value.code == f"photo-{code}" and refusal.value.code in ERRORS
    assert not Photo.objects.exists() and not Content.objects.exists() and not Event.objects.exists()
    assert files(settings) == []


def test_the_same_photo_twice_is_one(add: Any, settings: Settings) -> None:
    first = add(ORIGINAL)
    assert add(ORIGINAL, "again.jpg") == first
    assert Photo.objects.count() == 1 and Event.objects.count() == 1
    assert len(files(settings)) == Content.objects.count() == 2, "the original, and what is sent"


def test_contents_are_held_once(add: Any, dossier: Dossier, settings: Settings) -> None:
    """Who may see a photo goes by its row; its bytes are shared."""
    here, elsewhere = add(ORIGINAL), add(ORIGINAL, to=DossierFactory())
    assert here != elsewhere and here.repairer != elsewhere.repairer
    assert (here.content, here.prepared) == (elsewhere.content, elsewhere.prepared)
    assert len(files(settings)) == 2


def test_a_photo_that_is_as_it_is_sent_is_held_once(add: Any) -> None:
    clean = read(add(jpeg()).prepared)
    photo = add(clean)
    assert photo.content == photo.prepared


@pytest.mark.parametrize("written", [100, None])
def test_a_file_that_a_killed_worker_left_is_neither_believed_nor_kept(
    add: Any, settings: Settings, written: int | None
) -> None:
    """Be it cut or whole, nothing is left over."""
    original = jpeg()
    name = f"photos/{sha256(original)[:2]}/{sha256(original)[2:4]}/{sha256(original)}"
    default_storage.save(name, ContentFile(original[:written]))
    photo = add(original)
    assert read(photo.content) == original
    assert {path.name for path in files(settings)} == {
        Path(content.file.name).name for content in (photo.content, photo.prepared)
    }


def test_long_names_are_cut(add: Any) -> None:
    photo = add(jpeg(), "x" * 400 + ".jpg", caption="y" * 300, category="z" * 100)
    photo.refresh_from_db()
    assert (len(photo.file_name), len(photo.caption), len(photo.category)) == (255, 200, 64)
    assert photo.file_name.endswith(".jpg")


def test_renditions_are_made_once(add: Any, settings: Settings) -> None:
    content = add(jpeg(size=(2000, 1000))).content
    for size, longest in (("thumb", 320), ("large", 1600)):
        with open_rendition(content, size) as file:
            assert max(Image.open(file).size) == longest
    [thumb] = Path(settings.MEDIA_ROOT, "renditions", "thumb").rglob("*.*")
    made = thumb.stat().st_mtime_ns
    with open_rendition(content, "thumb") as file:
        assert file.read() == thumb.read_bytes() and thumb.stat().st_mtime_ns == made
    assert [path for path in files(settings) if path.name.startswith("tmp")] == []


def test_what_can_t_be_shown_leaves_nothing_behind(db: None, settings: Settings) -> None:
    facts = photo_file.Facts("JPEG", "image/jpeg", 4, 3, None)
    content = store_content(ContentFile(b"no photo"), sha256(b"no photo"), facts)
    with pytest.raises(photo_file.NotAPhoto):
        open_rendition(content, "thumb")
    assert len(files(settings)) == 1

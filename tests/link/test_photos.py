"""Photo contents, over real HTTP: checked against their hash, resumed, held once, seen by those who received them."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from claims360_link import credentials, photos, sync, work
from claims360_link.sandbox.server import Sandbox
from dossiers.forgetting import forget_photos
from dossiers.models import Content, Photo
from dossiers.models.photo import FetchState
from dossiers.sentences import ERRORS
from planmanager.celery import app
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.dossiers.factories import RepairerFactory
from tests.link.world import pull

CONTENT = "/content"
STORED, FAILED, PENDING = FetchState.STORED, FetchState.FAILED, FetchState.PENDING


@pytest.fixture
def add(configured: Repairer, sandbox: Sandbox) -> Any:
    """A photo in Claims360 that is known here, its content not yet."""
    mission_id = sandbox.store.create_mission(quotes=0)["id"]

    def add_(**more: Any) -> Photo:
        photo_id = sandbox.store.add_photo(mission_id, **more)
        pull(configured)
        return Photo.objects.get(external_id=photo_id)

    return add_


@pytest.fixture
def fault(sandbox: Sandbox) -> Any:
    def fault_(name: str, times: int | None = 1, **args: Any) -> None:
        sandbox.store.faults.add(name, times, path=CONTENT, **args)

    return fault_


def fetch(repairer: Repairer, *, eager: bool = False, **later: float) -> tuple[int, int, int]:
    client = credentials.client_for(repairer.pk, "planmanager")
    client._sleep = lambda _seconds: None
    with time_machine.travel(timezone.now() + dt.timedelta(**later), tick=True):
        counts = photos.fetch_pending(repairer.pk, client, eager=eager)
    return counts["received"], counts["stored"], counts["failed"]


def state(photo: Photo) -> tuple[str, str]:
    photo.refresh_from_db()
    assert photo.fetch_error == "" or photo.fetch_error in ERRORS
    assert photo.fetch_since is None, "nobody has it in hand any more"
    return photo.fetch_state, photo.fetch_error


def read(photo: Photo) -> bytes:
    photo.refresh_from_db()
    assert photo.content is not None
    with photo.content.file.open("rb") as file:
        return file.read()


def downloads(sandbox: Sandbox) -> list[int]:
    """The statuses of the downloads, in their order."""
    log = sandbox.store.requests.last
    return [one["status"] for one in log if one["path"].endswith(CONTENT) or "/signed/" in one["path"]]


def parts(settings: Settings) -> list[Path]:
    return list(Path(settings.MEDIA_ROOT).glob("incoming/*"))


# --- what is well -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["landscape", "portrait", "png", "webp", "heic"])
def test_stored_as_it_came(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any, kind: str
) -> None:
    photo = add(kind=kind)
    assert fetch(configured) == (1, 1, 0)
    assert state(photo) == (STORED, "")
    assert read(photo) == sandbox.store.content(photo.external_id)
    assert hashlib.sha256(read(photo)).hexdigest() == photo.sha256 == photo.content_id
    assert parts(settings) == []
    assert fetch(configured) == (0, 0, 0)


def test_many(configured: Repairer, sandbox: Sandbox, add: Any) -> None:
    for _ in range(20):
        add()
    assert fetch(configured) == (20, 20, 0)
    assert downloads(sandbox) == [200] * 20 and Content.objects.count() == 20


def test_nuls_after_its_end_are_kept(configured: Repairer, add: Any) -> None:
    photo = add(nuls=700)
    assert fetch(configured) == (1, 1, 0)
    assert read(photo).endswith(bytes(700))


def test_what_else_a_photo_is_stays_evidence_and_reaches_no_browser(
    configured: Repairer, client: Client, staff: User, add: Any
) -> None:
    """It opens as a photo, as a page and as an archive."""
    both = pictures.jpeg(comment=b"<script>alert(1)</script>") + pictures.archive()
    photo = add(content=both)
    assert fetch(configured) == (1, 1, 0)
    assert read(photo) == both
    client.force_login(staff)
    answer = client.get(f"/dossiers/photos/{photo.pk}/large")
    shown = answer.getvalue()
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert [word for word in (b"<script>", b"PK\x03\x04", b"where.txt", b"Exif") if word in shown] == []


def test_whatever_state_the_mission_is_in(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission(quotes=0, photos=2, data={"status": "cancelled"})
    pull(configured)
    assert Photo.objects.filter(mission__external_id=made["id"], mission__state="archived").count() == 2
    assert fetch(configured) == (2, 2, 0)


def test_a_signed_link_is_followed_without_the_key(
    configured: Repairer, sandbox: Sandbox, add: Any, fault: Any
) -> None:
    """The sandbox's object store refuses whoever sends one."""
    photo = add()
    fault("redirect")
    assert fetch(configured) == (1, 1, 0)
    assert read(photo) == sandbox.store.content(photo.external_id) and downloads(sandbox) == [302, 200]


def test_an_expired_link_is_asked_for_anew(
    configured: Repairer, sandbox: Sandbox, add: Any, fault: Any
) -> None:
    add()
    fault("expired_link")
    assert fetch(configured) == (1, 1, 0)
    assert downloads(sandbox) == [302, 403, 200]


def test_links_that_never_work_are_tried_later(configured: Repairer, add: Any, fault: Any) -> None:
    photo = add()
    fault("expired_link", times=None)
    assert fetch(configured) == (1, 0, 0)
    assert state(photo) == (PENDING, "link-expired")


# --- what is cut or wrong -----------------------------------------------------------------------------------------


def test_what_was_cut_is_gone_on_with(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any, fault: Any
) -> None:
    photo = add()
    fault("cut_content")
    assert fetch(configured) == (1, 0, 0)
    assert state(photo) == (PENDING, "answer-cut")
    [part] = parts(settings)
    assert 0 < part.stat().st_size < photo.bytes
    assert fetch(configured) == (0, 0, 0), "not at once"
    assert fetch(configured, minutes=1) == (1, 1, 0)
    assert downloads(sandbox) == [200, 206], "only the rest"
    assert read(photo) == sandbox.store.content(photo.external_id)
    assert parts(settings) == []


def test_what_a_killed_worker_left_whole_is_not_downloaded_again(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any
) -> None:
    photo = add()
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True)
    (folder / f"{photo.pk}-{photo.sha256}.part").write_bytes(sandbox.store.content(photo.external_id))
    assert fetch(configured) == (1, 1, 0)
    assert downloads(sandbox) == []


@pytest.mark.parametrize("left", [b"x" * 500, b"x" * 10_000_000])
def test_what_a_killed_worker_left_wrong_is_downloaded_anew(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any, left: bytes
) -> None:
    photo = add()
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True)
    (folder / f"{photo.pk}-{photo.sha256}.part").write_bytes(left)
    assert fetch(configured)[1:] == (1, 0)
    assert read(photo) == sandbox.store.content(photo.external_id)


def test_a_photo_shorter_than_announced_is_not_gone_on_with_for_ever(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any
) -> None:
    """Its hash is right, its announced length is not."""
    photo = add()
    Photo.objects.update(bytes=photo.bytes + 10)
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True)
    (folder / f"{photo.pk}-{photo.sha256}.part").write_bytes(sandbox.store.content(photo.external_id))
    assert fetch(configured) == (1, 1, 0)
    assert downloads(sandbox) == [416, 200]


@pytest.mark.parametrize(
    ("name", "args"), [("wrong_hash", {}), ("cut_content", {"quiet": True}), ("not_an_image", {})]
)
def test_another_content_than_announced_is_tried_three_times(
    configured: Repairer,
    sandbox: Sandbox,
    settings: Settings,
    add: Any,
    fault: Any,
    name: str,
    args: dict[str, Any],
) -> None:
    photo = add()
    fault(name, times=2, **args)
    assert fetch(configured) == (3, 1, 0)
    assert state(photo) == (STORED, "")
    other = add()
    fault(name, times=None, **args)
    assert fetch(configured) == (3, 0, 1)
    assert state(other) == (FAILED, "wrong-hash")
    assert other.content is None and parts(settings) == []
    assert fetch(configured, hours=9) == (0, 0, 0)


@pytest.mark.counts("bad files refused")
@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<!doctype html>", "photo-not-an-image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo-format"),
        (pictures.jpeg()[:1000], "photo-damaged"),
        (pictures.bomb_png(), "photo-too-many-pixels"),
        (pictures.many_scans(101), "photo-too-slow"),
    ],
)  # fmt: skip
def test_what_is_no_photo_fails_with_its_reason(
    configured: Repairer, settings: Settings, add: Any, content: bytes, code: str
) -> None:
    photo = add(content=content)
    assert fetch(configured) == (1, 0, 1)
    assert state(photo) == (FAILED, code)
    assert not Content.objects.exists() and parts(settings) == []


def test_a_photo_that_is_gone(configured: Repairer, sandbox: Sandbox, add: Any) -> None:
    """Deleted in Claims360, which the feed has not told yet."""
    photo = add()
    sandbox.store.delete_photo(photo.external_id)
    assert fetch(configured) == (1, 0, 1)
    assert state(photo) == (FAILED, "photo-gone")


def test_withdrawn_photos_are_not_fetched(configured: Repairer, sandbox: Sandbox, add: Any) -> None:
    photo = add()
    sandbox.store.delete_photo(photo.external_id)
    pull(configured)
    assert fetch(configured) == (0, 0, 0) and downloads(sandbox) == []


def test_a_refusal_that_nobody_foresaw(configured: Repairer, add: Any, fault: Any) -> None:
    photo = add()
    fault("422", code="something-new-" * 10)
    assert fetch(configured) == (1, 0, 1)
    assert state(photo) == (FAILED, "refused")


# --- what only has to be tried later ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("503", {"retry_after": 60}, "maintenance"),
        ("429", {"retry_after": 60}, "rate-limited"),
        ("500", {}, "outage"),
        ("reset", {}, "unreachable"),
        ("401", {}, "keys-refused"),
    ],
)
def test_later(
    configured: Repairer, add: Any, fault: Any, name: str, args: dict[str, Any], code: str
) -> None:
    """However often: it never counts as a failed try."""
    photo = add()
    fault(name, times=None, **args)
    for hours in range(0, 10, 2):
        assert fetch(configured, hours=hours) == (1, 0, 0)
        assert state(photo) == (PENDING, code) and photo.fetch_attempts == 0
    work.fetch_photos(configured.pk)


def test_it_comes_back_by_itself(configured: Repairer, sandbox: Sandbox, add: Any, fault: Any) -> None:
    photo = add()
    fault("503", retry_after=600)
    fetch(configured)
    assert fetch(configured, minutes=5) == (0, 0, 0)
    assert fetch(configured, minutes=11) == (1, 1, 0)
    assert state(photo) == (STORED, "")


def test_a_dead_claims360_is_not_asked_for_every_photo(
    configured: Repairer, sandbox: Sandbox, add: Any, fault: Any
) -> None:
    for _ in range(40):
        add()
    fault("500", times=None)
    received, stored, failed = fetch(configured)
    assert received < 40 and (stored, failed) == (0, 0)


def test_a_bad_photo_holds_up_no_other(configured: Repairer, sandbox: Sandbox, add: Any) -> None:
    bad, *others = [add() for _ in range(20)]
    sandbox.store.faults.add("500", None, path=f"/photos/{bad.external_id}")
    assert fetch(configured) == (20, 19, 0)
    assert {state(photo)[0] for photo in others} == {STORED} and state(bad) == (PENDING, "outage")


def test_a_full_disk_loses_nothing(
    configured: Repairer, settings: Settings, add: Any, tmp_path: Path
) -> None:
    photo = add()
    whole, settings.MEDIA_ROOT = settings.MEDIA_ROOT, tmp_path / "file"
    settings.MEDIA_ROOT.write_bytes(b"no folder")
    assert fetch(configured) == (1, 0, 0)
    assert state(photo) == (PENDING, "disk-error")
    settings.MEDIA_ROOT = whole
    assert fetch(configured, minutes=6) == (1, 1, 0)


def test_a_worker_killed_three_times_over_a_photo(configured: Repairer, add: Any) -> None:
    photo = add()
    dead = {"fetch_since": timezone.now() - dt.timedelta(minutes=11)}
    Photo.objects.update(fetch_attempts=3, **dead)
    assert fetch(configured) == (0, 0, 0)
    assert state(photo) == (FAILED, "killed-three-times")
    Photo.objects.update(fetch_state=PENDING, fetch_attempts=2, **dead)
    assert fetch(configured) == (1, 1, 0), "the third time may be lucky"


def test_a_photo_that_kills_takes_none_of_its_batch_with_it(
    configured: Repairer, sandbox: Sandbox, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [add().external_id for _ in range(5)]
    deadly, others = ids[1], [*ids[:1], *ids[2:]]
    complete = photos._complete

    def dying(photo: Photo, *args: Any) -> None:
        if photo.external_id == deadly:
            raise KeyboardInterrupt  # the worker is gone: whoever waits for the download goes down with it
        complete(photo, *args)

    monkeypatch.setattr(photos, "_complete", dying)
    for minutes in (0, 11, 22):
        with pytest.raises(KeyboardInterrupt):
            fetch(configured, minutes=minutes)
    assert fetch(configured, minutes=33) == (0, 0, 0)
    held = dict(Photo.objects.values_list("external_id", "fetch_error"))
    assert held == {deadly: "killed-three-times"} | dict.fromkeys(others, "")
    assert not Photo.objects.exclude(external_id=deadly).exclude(fetch_state=STORED).exists()


def test_what_another_worker_has_in_hand_is_left_to_it(
    configured: Repairer, sandbox: Sandbox, add: Any
) -> None:
    add()
    Photo.objects.update(fetch_since=timezone.now() - dt.timedelta(minutes=9))
    assert fetch(configured) == fetch(configured, eager=True) == (0, 0, 0)


# --- when a person asks -------------------------------------------------------------------------------------------


def test_eager_tries_what_was_put_off_but_only_once(
    configured: Repairer, sandbox: Sandbox, add: Any, fault: Any
) -> None:
    photo = add()
    fault("cut_content", times=2)
    fetch(configured)
    assert fetch(configured) == (0, 0, 0)
    assert fetch(configured, eager=True) == (1, 0, 0), "cut again: no endless loop"
    assert fetch(configured, eager=True) == (1, 1, 0)
    assert read(photo) == sandbox.store.content(photo.external_id)


def test_eager_takes_up_what_may_be_well_now(configured: Repairer, sandbox: Sandbox, add: Any) -> None:
    wrong, gone, hopeless = add(), add(), add(content=b"no photo")
    sandbox.store.faults.add("wrong_hash", 3, path=f"/photos/{wrong.external_id}")
    sandbox.store.faults.add("404", 1, path=f"/photos/{gone.external_id}")
    assert fetch(configured) == (5, 0, 3), "the wrong one three times"
    codes = [state(photo)[1] for photo in (wrong, gone, hopeless)]
    assert codes == ["wrong-hash", "photo-gone", "photo-not-an-image"]
    assert fetch(configured, hours=1) == (0, 0, 0)
    assert fetch(configured, eager=True) == (2, 2, 0)
    assert state(wrong) == state(gone) == (STORED, "")
    assert state(hopeless) == (FAILED, "photo-not-an-image")


@pytest.fixture
def worker(django_capture_on_commit_callbacks: Any) -> Iterator[Callable[[Repairer], None]]:
    """Syncs as a worker does, with the tasks that it enqueues."""

    def work_on(repairer: Repairer) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            work.sync_repairer(repairer.pk)

    app.loader.import_default_modules()
    app.conf.task_always_eager = True
    yield work_on
    app.conf.task_always_eager = False


def test_refresh_is_eager_and_a_round_is_not(
    configured: Repairer, add: Any, fault: Any, staff: User, worker: Callable[[Repairer], None]
) -> None:
    photo = add()
    fault("503", retry_after=3000)
    fetch(configured)
    worker(configured)
    assert state(photo) == (PENDING, "maintenance")
    given_up = add()
    Photo.objects.filter(pk=given_up.pk).update(fetch_state=FAILED, fetch_error="photo-gone")
    sync.ask(configured.pk, staff)
    worker(configured)
    assert state(photo) == state(given_up) == (STORED, "")


def test_while_the_keys_are_refused_no_photo_is_asked_for(
    configured: Repairer, sandbox: Sandbox, add: Any, staff: User, worker: Callable[[Repairer], None]
) -> None:
    photo = add()
    sandbox.store.faults.add("401", None)
    worker(configured)
    sync.ask(configured.pk, staff)
    worker(configured)
    assert downloads(sandbox) == [] and state(photo) == (PENDING, "")
    sandbox.store.faults.clear()
    sync.ask(configured.pk, staff)
    worker(configured)
    assert state(photo) == (STORED, "")


def test_work_fetches_for_a_person_what_was_put_off(configured: Repairer, add: Any, fault: Any) -> None:
    add()
    fault("503", retry_after=3000)
    fetch(configured)
    assert work.fetch_photos(configured.pk) == {"received": 0, "stored": 0, "failed": 0}
    assert work.fetch_photos(configured.pk, eager=True) == {"received": 1, "stored": 1, "failed": 0}


# --- whose it is --------------------------------------------------------------------------------------------------


def test_the_same_content_is_downloaded_once_for_a_repairer(
    configured: Repairer, sandbox: Sandbox, add: Any
) -> None:
    content = pictures.jpeg()
    add(content=content)
    fetch(configured)
    again = add(content=content)
    assert fetch(configured) == (1, 1, 0)
    assert state(again) == (STORED, "") and downloads(sandbox) == [200]


def test_another_repairer_s_content_is_downloaded_and_held_once(
    configured: Repairer, sandbox: Sandbox, settings: Settings, add: Any, staff: User
) -> None:
    """Who knows a hash has not yet received the photo."""
    content = pictures.jpeg()
    add(content=content)
    fetch(configured)
    other, keys = RepairerFactory(), sandbox.store.keys("475869430")
    credentials.configure(other.pk, "475869430", keys["bodyshop"], keys["planmanager"], staff)
    made = sandbox.store.create_mission("475869430", quotes=0)
    sandbox.store.add_photo(made["id"], content=content)
    pull(other)
    assert fetch(other) == (1, 1, 0)
    assert downloads(sandbox) == [200, 200]
    assert Content.objects.count() == 1 and Photo.objects.filter(content=Content.objects.get()).count() == 2
    assert len([path for path in Path(settings.MEDIA_ROOT).rglob("photos/**/*") if path.is_file()]) == 1


def test_a_newer_version_that_comes_during_the_download_wins(configured: Repairer, add: Any) -> None:
    """What was downloaded is no longer what is wanted."""
    photo = add()
    old = Photo.objects.get()
    Photo.objects.update(sha256="0" * 64, fetch_since=timezone.now())
    photos._store(
        old, Content.objects.create(sha256=old.sha256, bytes=1, mime="image/jpeg", width=1, height=1)
    )
    assert state(photo) == (PENDING, "") and photo.content is None


def test_what_is_forgotten_during_the_download_stays_forgotten(configured: Repairer, add: Any) -> None:
    """Retention does not wait for a worker."""
    photo = add()
    in_hand = Photo.objects.get()
    forget_photos(Photo.objects.all())
    photos._store(
        in_hand,
        Content.objects.create(sha256=in_hand.sha256, bytes=1, mime="image/jpeg", width=1, height=1),
    )
    assert state(photo) == (FetchState.FORGOTTEN, "") and photo.content is None

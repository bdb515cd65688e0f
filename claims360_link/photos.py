"""Fetch photo contents: apart from the missions, resumable, checked against their hash, stored once."""

import datetime as dt
import errno
import hashlib
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from claims360_link.client import Claims360Client
from claims360_link.errors import BadCredentials, Claims360Error, NotFound, TryLater
from dossiers.contents import store_content
from dossiers.imaging import NotAPhoto, inspect
from dossiers.models import Content, Photo
from dossiers.models.photo import FetchState

AT_ONCE = 4  # downloads; the database is used by one thread only
STALE = dt.timedelta(minutes=10)  # in flight for longer: its worker died
MAX_TRIES = 3
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a download ended: a checked file, or why not. `final`: trying again would give the same."""

    photo: Photo
    path: Path | None = None
    error: str = ""
    final: bool = False
    later: float | None = None  # seconds; nothing was wrong with the photo itself
    stop: bool = False  # and nothing else can be fetched now either


def fetch_pending(repairer_id: int, client: Claims360Client) -> dict[str, int]:
    """Fetch the contents that are due for one repairer; gives {"received", "stored", "failed"}.

    What this repairer holds already is linked without a download. Raises nothing: each photo's row says how it went.
    """
    counts = {"received": 0, "stored": 0, "failed": 0}
    while batch := _claim(repairer_id, timezone.now(), AT_ONCE * 4):
        counts["received"] += len(batch)
        missing = [photo for photo in batch if not _link_held(photo, counts)]
        stopped = False
        for fetched in _download(missing, client):
            _settle(fetched, counts)
            stopped = stopped or fetched.stop
        if stopped:
            break
    return counts


def _due(repairer_id: int, now: dt.datetime) -> QuerySet[Photo]:
    wanted = Photo.objects.filter(repairer=repairer_id, fetch_state=FetchState.PENDING, withdrawn=False)
    timely = Q(fetch_not_before=None) | Q(fetch_not_before__lte=now)
    idle = Q(fetch_since=None) | Q(fetch_since__lt=now - STALE)
    return wanted.filter(timely & idle).exclude(external_id="")


def _claim(repairer_id: int, now: dt.datetime, number: int) -> list[Photo]:
    """Take some due photos in hand; each only once, whoever else is at it. A third dead worker ends the trying."""
    ids = list(_due(repairer_id, now).order_by("pk").values_list("pk", flat=True)[:number])
    _due(repairer_id, now).filter(
        pk__in=ids, fetch_since__isnull=False, fetch_attempts__gte=MAX_TRIES
    ).update(fetch_state=FetchState.FAILED, fetch_error="killed-three-times", fetch_since=None)
    mine = [
        pk
        for pk in ids
        if _due(repairer_id, now)
        .filter(pk=pk)
        .update(fetch_since=now, fetch_attempts=F("fetch_attempts") + 1)
    ]
    return list(Photo.objects.filter(pk__in=mine))


def _link_held(photo: Photo, counts: dict[str, int]) -> bool:
    """Whether this repairer holds the content already: fetched before, or prepared here and now coming back."""
    own = Photo.objects.filter(repairer=photo.repairer_id)
    held = Content.objects.filter(Q(photos__in=own) | Q(prepared_for__in=own), sha256=photo.sha256).first()
    if held is None:
        return False
    _store(photo, held)
    counts["stored"] += 1
    return True


def _download(photos: list[Photo], client: Claims360Client) -> Iterator[Fetched]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: list[Future[Fetched]] = [pool.submit(_fetch, photo, client) for photo in photos]
        for future in waiting:
            yield future.result()


def _fetch(photo: Photo, client: Claims360Client) -> Fetched:
    """Download one photo to a file of its own, from where an earlier try stopped; no database here."""
    path = _part(photo)
    try:
        _stream(photo, path, client)
        if _hash(path) != photo.sha256:
            path.unlink()
            return Fetched(photo, error="wrong-hash", final=photo.fetch_attempts >= MAX_TRIES)
        return Fetched(photo, path)
    except TryLater as error:
        return Fetched(
            photo, error=error.code, later=error.retry_after or _pause(), stop=bool(error.retry_after)
        )
    except BadCredentials:
        return Fetched(photo, error="keys-refused", later=3600.0, stop=True)
    except NotFound:
        return Fetched(photo, error="photo-gone", final=True)
    except Claims360Error as error:
        return Fetched(photo, error=error.code, final=True)
    except OSError as error:
        path.unlink(missing_ok=True)
        code = "disk-full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "disk-error"
        return Fetched(photo, error=code, later=300.0, stop=True)


def _part(photo: Photo) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{photo.pk}-{photo.sha256}.part"


def _stream(photo: Photo, path: Path, client: Claims360Client) -> None:
    offset = path.stat().st_size if path.exists() else 0
    with client.photo_content(photo.external_id, offset=offset, etag=photo.sha256) as stream:
        with path.open("r+b" if stream.start and path.exists() else "wb") as file:
            file.truncate(stream.start)
            file.seek(stream.start)
            for chunk in stream.chunks():
                file.write(chunk)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(fetched: Fetched, counts: dict[str, int]) -> None:
    """Write down how a download ended."""
    if fetched.path is not None:
        _keep(fetched.photo, fetched.path, counts)
    elif fetched.final:
        _fail(fetched.photo, fetched.error, counts)
    elif fetched.later is not None:
        _again(fetched.photo, fetched.error, fetched.later, attempts=0)
    else:
        _again(fetched.photo, fetched.error, 0.0, attempts=fetched.photo.fetch_attempts)


def _keep(photo: Photo, path: Path, counts: dict[str, int]) -> None:
    try:
        with path.open("rb") as file:
            content = store_content(file, photo.sha256, inspect(file))
    except NotAPhoto as error:
        _fail(photo, f"photo-{error.code}", counts)
    except OSError:
        _again(photo, "disk-full", 300.0, attempts=0)
    else:
        _store(photo, content)
        counts["stored"] += 1
    path.unlink(missing_ok=True)


def _store(photo: Photo, content: Content) -> None:
    # Only while it is still this content that is wanted: a newer version may have come meanwhile.
    Photo.objects.filter(pk=photo.pk, sha256=content.sha256).update(
        content=content,
        fetch_state=FetchState.STORED,
        fetch_error="",
        fetch_since=None,
        fetch_not_before=None,
    )


def _fail(photo: Photo, code: str, counts: dict[str, int]) -> None:
    counts["failed"] += 1
    Photo.objects.filter(pk=photo.pk).update(
        fetch_state=FetchState.FAILED, fetch_error=code, fetch_since=None
    )


def _again(photo: Photo, code: str, seconds: float, attempts: int) -> None:
    not_before = timezone.now() + dt.timedelta(seconds=seconds) if seconds else None
    Photo.objects.filter(pk=photo.pk).update(
        fetch_error=code, fetch_since=None, fetch_not_before=not_before, fetch_attempts=attempts
    )


def _pause() -> float:
    return 30.0 * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)

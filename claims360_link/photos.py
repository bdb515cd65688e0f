"""Fetch photo contents: apart from the missions, resumable, checked against their hash, stored once."""

import datetime as dt
import errno
import hashlib
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from claims360_link.client import Claims360Client
from claims360_link.errors import BadCredentials, Claims360Error, NotFound, Rejected, TryLater
from dossiers.contents import delete_old_parts, store_content
from dossiers.decoding import inspect
from dossiers.models import Content, Photo
from dossiers.models.photo import FetchState
from dossiers.photo_file import Facts, NotAPhoto
from dossiers.sentences import known
from dossiers.waiting import is_given_up, is_over

AT_ONCE = 4  # downloads; the database is used by one thread only
MAX_TRIES = 3
WORTH_ANOTHER = ("wrong-hash", "photo-gone", "killed-three-times")  # once a person asks
RANGE_NOT_SATISFIABLE = 416
_decoding = threading.BoundedSemaphore(2)  # each takes the memory of a whole picture


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a download ended: a checked file, or why not. `final`: trying again would give the same."""

    photo: Photo
    path: Path | None = None
    facts: Facts | None = None  # of the file at `path`
    error: str = ""
    final: bool = False
    later: float | None = None  # seconds; nothing was wrong with the photo itself
    stop: bool = False  # and nothing else can be fetched now either


def fetch_pending(repairer_id: int, client: Claims360Client, *, eager: bool = False) -> dict[str, int]:
    """Fetch the contents that are due for one repairer; gives {"received", "stored", "failed"}.

    What this repairer holds already is linked without a download. Raises nothing: each photo's row says how it
    went. `eager`, as a person asked: what was put off is tried now, what Claims360 did not have or sent wrong once
    more. No photo is tried again in the same call after it was put off.
    """
    delete_old_parts()
    if eager:
        _revive(repairer_id)
    counts = {"received": 0, "stored": 0, "failed": 0}
    put_off: set[int] = set()
    stopped = False
    while not stopped and (batch := _claim(repairer_id, eager, put_off)):
        counts["received"] += len(batch)
        missing = [photo for photo in batch if not _link_held(photo, counts)]
        fetched = [_settled(one, counts) for one in _download(missing, client)]
        later = {one.photo.pk for one in fetched if one.later is not None}
        put_off |= later
        # A dead Claims360 is not asked for each of a thousand photos.
        stopped = any(one.stop for one in fetched) or bool(later and len(later) == len(batch))
    return counts


def _revive(repairer_id: int) -> None:
    failed = Photo.objects.filter(repairer=repairer_id, fetch_state=FetchState.FAILED, withdrawn=False)
    failed.filter(fetch_error__in=WORTH_ANOTHER).update(
        fetch_state=FetchState.PENDING,
        fetch_attempts=0,
        fetch_error="",
        fetch_since=None,
        updated_at=timezone.now(),
    )


def _due(repairer_id: int, eager: bool, put_off: set[int]) -> QuerySet[Photo]:
    now = timezone.now()
    wanted = Photo.objects.filter(repairer=repairer_id, fetch_state=FetchState.PENDING, withdrawn=False)
    timely = Q() if eager else is_over("fetch_not_before", now)
    idle = Q(fetch_since=None) | is_given_up("fetch_since", now)
    return wanted.filter(timely & idle).exclude(Q(external_id="") | Q(pk__in=put_off))


def _claim(repairer_id: int, eager: bool, put_off: set[int]) -> list[Photo]:
    """Take some due photos in hand; each only once, whoever else is at it.

    Photos whose worker died come last and one at a time, so that the one that kills is told from those beside it;
    its third dead worker ends the trying.
    """
    due = _due(repairer_id, eager, put_off)
    orphaned = due.filter(fetch_since__isnull=False)
    orphaned.filter(fetch_attempts__gte=MAX_TRIES).update(
        fetch_state=FetchState.FAILED,
        fetch_error="killed-three-times",
        fetch_since=None,
        updated_at=timezone.now(),
    )
    ids = due.filter(fetch_since=None).order_by("pk").values_list("pk", flat=True)[: AT_ONCE * 4]
    next_ones = list(ids) or list(orphaned.order_by("fetch_since", "pk").values_list("pk", flat=True)[:1])
    taken = {"fetch_since": timezone.now(), "fetch_attempts": F("fetch_attempts") + 1}
    mine = [pk for pk in next_ones if due.filter(pk=pk).update(**taken)]
    return list(Photo.objects.filter(pk__in=mine).order_by("pk"))


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
    """Download one photo to a file of its own, from where an earlier try stopped, and check it; no database here."""
    path = _part(photo)
    try:
        _complete(photo, path, client)
        if _hash(path) != photo.sha256:
            path.unlink()
            return Fetched(photo, error="wrong-hash", final=photo.fetch_attempts >= MAX_TRIES)
        return Fetched(photo, path, _facts(path))
    except NotAPhoto as error:
        return Fetched(photo, error=f"photo-{error.code}", final=True)
    except TryLater as error:
        stop = bool(error.retry_after)
        return Fetched(photo, error=error.code, later=error.retry_after or _pause(), stop=stop)
    except BadCredentials:
        return Fetched(photo, error="keys-refused", later=3600.0, stop=True)
    except NotFound:
        return Fetched(photo, error="photo-gone", final=True)
    except Claims360Error as error:
        return Fetched(photo, error=known(error.code, "refused"), final=True)
    except OSError as error:
        return Fetched(photo, error=_disk(error), later=300.0, stop=True)


def _facts(path: Path) -> Facts:
    with _decoding, path.open("rb") as file:
        return inspect(file)


def _disk(error: OSError) -> str:
    return "disk-full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "disk-error"


def _part(photo: Photo) -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming" / f"{photo.pk}-{photo.sha256}.part"


def _complete(photo: Photo, path: Path, client: Claims360Client) -> None:
    """Have all of a photo at `path`; what a killed worker left there is gone on with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.stat().st_size if path.exists() else 0
    if there and there == photo.bytes:
        return
    offset = there if there < photo.bytes else 0
    try:
        _stream(photo, path, offset, client)
    except Rejected as error:
        if error.status != RANGE_NOT_SATISFIABLE:
            raise
        _stream(photo, path, 0, client)  # it is not as long as was announced


def _stream(photo: Photo, path: Path, offset: int, client: Claims360Client) -> None:
    content = client.photo_content(photo.external_id, offset=offset, etag=photo.sha256)
    with content as stream, path.open("r+b" if stream.start else "wb") as file:
        file.truncate(stream.start)
        file.seek(stream.start)
        for chunk in stream.chunks():
            file.write(chunk)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settled(fetched: Fetched, counts: dict[str, int]) -> Fetched:
    """Write down how a download ended; a checked file that could not be kept is put off."""
    photo = fetched.photo
    if fetched.path is not None and fetched.facts is not None:
        fetched = _kept(fetched, fetched.path, fetched.facts, counts)
    if fetched.final:
        _part(photo).unlink(missing_ok=True)
        counts["failed"] += 1
        _write(photo, fetch_state=FetchState.FAILED, fetch_error=fetched.error, fetch_not_before=None)
    elif fetched.later is not None:
        not_before = timezone.now() + dt.timedelta(seconds=fetched.later)
        _write(photo, fetch_error=fetched.error, fetch_not_before=not_before, fetch_attempts=0)
    elif fetched.error:
        _write(photo, fetch_error=fetched.error, fetch_not_before=None)
    return fetched


def _kept(fetched: Fetched, path: Path, facts: Facts, counts: dict[str, int]) -> Fetched:
    photo = fetched.photo
    try:
        with path.open("rb") as file:
            content = store_content(file, photo.sha256, facts)
    except OSError as error:
        return Fetched(photo, error=_disk(error), later=300.0, stop=True)
    _store(photo, content)
    counts["stored"] += 1
    path.unlink(missing_ok=True)
    return fetched


def _store(photo: Photo, content: Content) -> None:
    _write(photo, content=content, fetch_state=FetchState.STORED, fetch_error="", fetch_not_before=None)


def _write(photo: Photo, **outcome: Any) -> None:
    # Only while it is still this content that is wanted: a newer version may have come meanwhile, or it was forgotten.
    settled = {"updated_at": timezone.now()} if "fetch_state" in outcome else {}
    same = Photo.objects.filter(pk=photo.pk, sha256=photo.sha256).exclude(fetch_state=FetchState.FORGOTTEN)
    if not same.update(fetch_since=None, **outcome, **settled):
        Photo.objects.filter(pk=photo.pk).update(fetch_since=None)


def _pause() -> float:
    return 30.0 * random.uniform(0.5, 1.5)  # noqa: S311 (no secret)

"""Two hundred photos of 4 MB, fetched and kept, beside a bare loop that downloads in parallel, hashes and decodes."""

import hashlib
import io
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
import requests

from tests.bench.canned import canned
from tests.bench.report import Bounded, Table

TITLE = "Photos"
PHOTOS, SIZE, AT_ONCE = 200, 4_000_000, 4
Given = TypeVar("Given")
IDS = [f"ph-{number:06}" for number in range(PHOTOS)]


@dataclass(frozen=True)
class Taken:
    """Seconds, and the largest resident memory of the process and of one that it started, in MB."""

    seconds: float
    memory: float
    decoder: float


def run() -> list[Table]:
    """Each loop in a process of its own, so that its memory is known."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder, "photo.jpg")
        photo.write_bytes(_apart(_drawn))
        with canned(photo=photo) as claims360:
            download = _apart(partial(_taken, _download, claims360.url))
            bare = _apart(partial(_taken, _bare, claims360.url))
            ours = _apart(partial(_ours, claims360.url, str(photo)))
    return [_table(download, bare, ours)]


def _table(download: Taken, bare: Taken, ours: Taken) -> Table:
    rows: list[list[str | float | Bounded]] = [
        ["download only", download.seconds, bare.seconds / download.seconds, download.memory, ""],
        ["download, hash, decode", bare.seconds, 1.0, bare.memory, ""],
        [
            "the product: and kept",
            ours.seconds,
            Bounded(bare.seconds / ours.seconds, at_least=0.8),
            Bounded(ours.memory, at_most=150, unit="MB"),
            Bounded(ours.decoder, at_most=150, unit="MB"),
        ],
    ]
    columns = ["", "s", "speed, the bare loop being 1", "memory MB", "of a process that decodes"]
    return Table(f"{PHOTOS} photos of {SIZE / 1_000_000:.0f} MB, {AT_ONCE} at once", columns, rows)


def _drawn() -> bytes:
    """A JPEG of 12 megapixels and about `SIZE` bytes."""
    from PIL import Image

    noise = Image.effect_noise((1000, 750), 60).resize((4000, 3000)).convert("RGB")
    for quality in range(30, 100, 3):
        out = io.BytesIO()
        noise.save(out, "JPEG", quality=quality)
        if out.tell() >= SIZE:
            break
    return out.getvalue()


def _download(url: str) -> None:
    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda photo: len(_content(session, url, photo)), IDS))


def _bare(url: str) -> None:
    from PIL import Image

    def checked(photo: str) -> str:
        content = _content(session, url, photo)
        Image.open(io.BytesIO(content)).load()
        return hashlib.sha256(content).hexdigest()

    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(checked, IDS))


def _content(session: requests.Session, url: str, photo: str) -> bytes:
    return session.get(f"{url}/photos/{photo}/content", timeout=60).content


def _ours(url: str, photo: str) -> Taken:
    from tests.bench.place import embedded

    with embedded(CLAIMS360_API_URL=url, LOG_LEVEL="WARNING", CLAIMS360_REQUESTS_PER_SECOND="0"):
        return _taken(partial(_fetched, _awaiting(Path(photo).read_bytes())))


def _fetched(repairer_id: int) -> None:
    from claims360_link import work

    outcome = work.fetch_photos(repairer_id)
    assert outcome["stored"] == PHOTOS, outcome


def _awaiting(picture: bytes) -> int:
    """A repairer with photos that are to be fetched; gives its id."""
    from django.utils import timezone

    from claims360_link import credentials
    from dossiers.models import Photo
    from dossiers.models.photo import FetchState
    from repairers.models import Repairer, Site
    from tests.link.world import set_options

    set_options(CLAIMS360_ENABLED=True)
    repairer = Repairer.objects.create(name="Carrosserie", site=Site.objects.create(name="Namur"))
    credentials.configure(repairer.pk, "475869429", "bodyshop-key", "planmanager-key", None, unchecked=True)
    known = {
        "repairer": repairer,
        "source": "claims360",
        "fetch_state": FetchState.PENDING,
        "received_at": timezone.now(),
    }
    waits = {**known, "fetch_state": FetchState.PENDING}
    for photo in IDS:
        sha256 = hashlib.sha256(picture + photo.encode()).hexdigest()
        Photo.objects.create(external_id=photo, sha256=sha256, bytes=len(picture) + len(photo), **waits)
    return repairer.pk


def _taken(work: Callable[..., None], *args: str) -> Taken:
    began = time.perf_counter()
    work(*args)
    seconds = time.perf_counter() - began
    decoders = [_peak(child.pid) for child in psutil.Process().children()]
    return Taken(seconds, _peak(os.getpid()), max(decoders, default=0.0))


def _peak(pid: int) -> float:
    """The most that a running process had resident so far, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _apart(work: Callable[[], Given]) -> Given:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work).result()

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
from typing import Any, TypeVar

import psutil
import requests

from tests.bench.canned import canned
from tests.bench.growth import series
from tests.bench.report import Bounded, Cell, Table

TITLE = "Photos"
SIZES, SIZE, AT_ONCE = (50, 100, 200), 4_000_000, 4  # photos of one run, bytes of a photo
PHOTOS = SIZES[-1]
Given = TypeVar("Given")


@dataclass(frozen=True)
class Taken:
    """Seconds; the largest resident memory of the process, and of each that it started to decode, in MB."""

    seconds: float
    memory: float
    decoders: list[float]


def run() -> list[Table]:
    """Each loop in a process of its own, so that its memory is known."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder, "photo.jpg")
        photo.write_bytes(_apart(_drawn))
        with canned(photo=photo) as claims360:
            download = _apart(partial(_taken, _download, claims360.url))
            bare = _apart(partial(_taken, _bare, claims360.url))
            ours = _apart(partial(_ours, claims360.url, photo))
    return [_table(download, bare, ours[-1]), _growth(ours)]


def _table(download: Taken, bare: Taken, ours: Taken) -> Table:
    rows: list[list[Cell]] = [
        ["download only", download.seconds, bare.seconds / download.seconds, download.memory, ""],
        ["download, hash, decode", bare.seconds, 1.0, bare.memory, ""],
        [
            "the product: and kept",
            ours.seconds,
            Bounded(bare.seconds / ours.seconds, at_least=0.8),
            Bounded(ours.memory, at_most=150, unit="MB"),
            Bounded(max(ours.decoders), at_most=150, unit="MB"),
        ],
    ]
    columns = ["", "s", "speed, the bare loop being 1", "memory MB", "of a process that decodes"]
    notes = [
        f"The product has {len(ours.decoders)} processes that decode; all together have {_whole(ours):.0f} MB.",
        "It reads every bit of a JPEG and works out an eighth of its width and height; the bare loop works out all.",
    ]
    return Table(f"{PHOTOS} photos of {SIZE / 1_000_000:.0f} MB, {AT_ONCE} at once", columns, rows, notes)


def _growth(ours: list[Taken]) -> Table:
    seconds, memory = [one.seconds for one in ours], [_whole(one) for one in ours]
    costs = {"seconds": seconds, "MB, all processes together": memory}
    return series("Growth", "photos", SIZES, costs, dict(zip(costs, (1.1, 0.1), strict=True)))


def _whole(taken: Taken) -> float:
    return taken.memory + sum(taken.decoders)


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
        list(pool.map(lambda photo: len(_content(session, url, photo)), _ids(PHOTOS)))


def _bare(url: str) -> None:
    from PIL import Image

    def checked(photo: str) -> str:
        content = _content(session, url, photo)
        Image.open(io.BytesIO(content)).load()
        return hashlib.sha256(content).hexdigest()

    with requests.Session() as session, ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(checked, _ids(PHOTOS)))


def _content(session: requests.Session, url: str, photo: str) -> bytes:
    return session.get(f"{url}/photos/{photo}/content", timeout=60).content


def _ids(number: int) -> list[str]:
    return [f"ph-{number}-{at}" for at in range(number)]


def _ours(url: str, photo: Path) -> list[Taken]:
    """One run after the other, in one process, as a worker does them."""
    from tests.bench.place import embedded

    with embedded(CLAIMS360_API_URL=url, LOG_LEVEL="WARNING", CLAIMS360_REQUESTS_PER_SECOND="0"):
        return [_taken(_fetched, _apart(partial(_awaiting, photo, number)), number) for number in SIZES]


def _fetched(repairer_id: int, number: int) -> None:
    from claims360_link import work

    outcome = work.fetch_photos(repairer_id)
    assert outcome["stored"] == number, outcome


def _awaiting(photo: Path, number: int) -> int:
    """A repairer with so many photos that are to be fetched; gives its id."""
    import django

    django.setup()
    from django.utils import timezone

    from claims360_link import credentials
    from dossiers.models import Photo
    from dossiers.models.photo import FetchState
    from repairers.models import Repairer, Site
    from tests.link.world import set_options

    set_options(CLAIMS360_ENABLED=True)
    repairer = Repairer.objects.create(name="Carrosserie", site=Site.objects.create(name=f"Namur {number}"))
    keys = ("bodyshop-key", "planmanager-key")
    credentials.configure(repairer.pk, f"475869{number}", *keys, None, unchecked=True)
    waits = {"fetch_state": FetchState.PENDING, "received_at": timezone.now(), "source": "claims360"}
    for name in _ids(number):
        content = photo.read_bytes() + name.encode()
        known = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), **waits}
        Photo.objects.create(repairer=repairer, external_id=name, **known)
    return repairer.pk


def _taken(work: Callable[..., None], *args: Any) -> Taken:
    began = time.perf_counter()
    work(*args)
    seconds = time.perf_counter() - began
    decoders = [child.pid for child in psutil.Process().children() if "dossiers.decoder" in child.cmdline()]
    return Taken(seconds, _peak(os.getpid()), [_peak(pid) for pid in decoders])


def _peak(pid: int) -> float:
    """The most that a running process had resident so far, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def _apart(work: Callable[[], Given]) -> Given:
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(work).result()

"""Twenty photos of 4 MB to Claims360, beside a bare upload of the same bytes; what it takes of memory."""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import requests

from claims360_link.client import Claims360Client
from tests.bench.canned import Canned, canned
from tests.bench.growth import series
from tests.bench.report import Bounded, Table

TITLE = "Sending"
SIZES, SIZE, TIMES = (5, 10, 20), 4_000_000, 7  # photos of one sending, bytes of a photo
PHOTOS = SIZES[-1]
Upload = Callable[[Canned, Path, int], None]


def run() -> list[Table]:
    with tempfile.TemporaryDirectory() as folder, canned() as claims360:
        photo = Path(folder, "photo.jpg")
        photo.write_bytes(os.urandom(SIZE))
        bare, ours = [], []
        _bare(claims360, photo, PHOTOS)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(TIMES):  # by turns, so that both meet the same machine
            ours.append(_timed(_ours, claims360, photo))
            bare.append(_timed(_bare, claims360, photo))
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        seconds = [
            statistics.median(_timed(_ours, claims360, photo, number) for _ in range(TIMES))
            for number in SIZES
        ]
    table = _table(statistics.median(bare), statistics.median(ours), grown)
    return [table, series("Growth", "photos", SIZES, {"seconds": seconds}, {"seconds": 1.1})]


def _table(bare: float, ours: float, grown: float) -> Table:
    rows: list[list[str | float | Bounded]] = [
        ["a bare upload: requests, the file as the body", bare, 1.0, ""],
        [
            "the client",
            ours,
            Bounded(ours / bare, at_most=1.25),
            Bounded(grown, at_most=SIZE / 2**20, unit="MB"),
        ],
    ]
    columns = ["", "s, median", "ratio", "memory that it takes more"]
    return Table(f"{PHOTOS} photos of {SIZE / 1_000_000:.0f} MB", columns, rows)


def _ours(claims360: Canned, photo: Path, photos: int) -> None:
    client = Claims360Client(claims360.url, "475869429", "a-key")
    for number in range(photos):
        with photo.open("rb") as file:
            client.return_photo("ms-1", file, "photo.jpg", "", "image/jpeg", f"key-{number}")


def _bare(claims360: Canned, photo: Path, photos: int) -> None:
    with requests.Session() as session:
        for _ in range(photos):
            with photo.open("rb") as file:
                session.post(
                    f"{claims360.url}/missions/ms-1/photos", data=file, timeout=60
                ).raise_for_status()


def _timed(upload: Upload, claims360: Canned, photo: Path, photos: int = PHOTOS) -> float:
    began = time.perf_counter()
    upload(claims360, photo, photos)
    return time.perf_counter() - began

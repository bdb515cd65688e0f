"""A round in which nothing changed: what it costs a repairer, how that grows, and what more workers bring."""

import datetime as dt
import statistics
import time
from contextlib import ExitStack
from dataclasses import astuple, dataclass
from itertools import pairwise

import psutil

from tests.bench.canned import Canned, canned
from tests.bench.growth import series
from tests.bench.place import cpu, database_server, on_servers, workers
from tests.bench.report import Bounded, Cell, Table

TITLE = "Rounds"
SIZES = (10, 100, 1_000, 10_000)  # repairers
WORKERS = (1, 2, 4)
ROUND = 15 * 60.0  # seconds
SLOW = 0.2  # seconds for an answer


@dataclass(frozen=True)
class Round:
    """`workers`, `database`, `server`: CPU seconds of each; the other times are those of the clock, in seconds."""

    size: float
    seconds: float
    enqueueing: float
    workers: float
    database: float
    server: float
    requests: float


def run() -> list[Table]:
    with ExitStack() as running:
        claims360, slow = running.enter_context(canned()), running.enter_context(canned(SLOW))
        running.enter_context(on_servers(CLAIMS360_API_URL=claims360.url, LOG_LEVEL="WARNING"))
        return [*_growing(claims360), _more_workers(slow)]


def _growing(claims360: Canned) -> list[Table]:
    with workers(2) as started:
        _carried_out(40, claims360, started)  # they have begun
        rounds = [_typical(size, claims360, started) for size in SIZES]
    table = Table(
        "Nothing new: PostgreSQL, Redis, two workers",
        ["repairers", "until all are done", "of it enqueueing", "requests a repairer"],
        [_row(one) for one in rounds],
    )
    costs = {
        "until it is done": [one.seconds for one in rounds],
        "CPU of the workers": [one.workers for one in rounds],
        "CPU of PostgreSQL": [one.database for one in rounds],
        "CPU of the canned Claims360": [one.server for one in rounds],
    }
    a_repairer = {
        name: [1000 * cost / size for cost, size in zip(row, SIZES, strict=True)]
        for name, row in costs.items()
    }
    return [
        table,
        series("A repairer's part, ms", "repairers", SIZES, a_repairer, {"until it is done": 0.05}),
    ]


def _row(one: Round) -> list[Cell]:
    share = one.enqueueing / one.seconds
    return [
        f"{one.size:,.0f}",
        Bounded(one.seconds, at_most=ROUND / 6, unit="s"),
        Bounded(share, at_most=1 / 20) if one.size == SIZES[-1] else share,
        Bounded(one.requests / one.size, at_least=1, at_most=1),
    ]


def _more_workers(claims360: Canned, repairers: int = 160) -> Table:
    """Workers wait for a slow Claims360, each by itself: twice as many bring twice as much."""
    per_second = []
    for number in WORKERS:
        with workers(number, CLAIMS360_API_URL=claims360.url) as started:
            _carried_out(10 * number, claims360, started)
            per_second.append(repairers / _carried_out(repairers, claims360, started).seconds)
    rows: list[list[Cell]] = [[f"{WORKERS[0]}", per_second[0], 1.0]]
    for (_, before), (number, now) in pairwise(zip(WORKERS, per_second, strict=True)):
        rows.append([f"{number}", now, Bounded(now / before, at_least=1.7)])
    return Table(
        f"Claims360 takes {SLOW * 1000:.0f} ms an answer",
        ["workers of one process", "repairers a second", "times the row above"],
        rows,
    )


def _typical(size: int, claims360: Canned, started: list[psutil.Process]) -> Round:
    """The mean of rounds over 300 repairers at least: the processor's time is counted in ticks of 10 ms."""
    rounds = [_carried_out(size, claims360, started) for _ in range(max(1, 300 // size))]
    means = [statistics.mean(values) for values in zip(*map(astuple, rounds), strict=True)]
    return Round(*means)


def _carried_out(size: int, claims360: Canned, started: list[psutil.Process]) -> Round:
    """One round over `size` repairers."""
    from claims360_link import work

    _settle(size)
    asked, told = claims360.told().get("changes", 0), dt.datetime.now(dt.UTC)
    everyone = (started, [database_server()], [claims360.process])
    spent, began = [cpu(processes) for processes in everyone], time.perf_counter()
    work.start_round()
    enqueueing = time.perf_counter() - began
    while claims360.told().get("changes", 0) < asked + size or _waits_since(told):
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    spent = [cpu(processes) - before for processes, before in zip(everyone, spent, strict=True)]
    return Round(size, seconds, enqueueing, *spent, claims360.told()["changes"] - asked)


def _waits_since(moment: dt.datetime) -> bool:
    from claims360_link.models import SyncState

    return SyncState.objects.exclude(last_run_at__gt=moment).exists()


def _settle(size: int) -> None:
    """So many repairers, who were synchronised before."""
    from claims360_link.credentials import fingerprint
    from claims360_link.models import Configuration, SyncRun, SyncState
    from repairers.models import Repairer, Site
    from tests.link.world import set_options

    set_options(CLAIMS360_ENABLED=True)
    for rows in (SyncRun, SyncState, Configuration, Repairer, Site):
        rows.objects.all().delete()
    site = Site.objects.create(name="Bruxelles")
    made = Repairer.objects.bulk_create(
        [Repairer(name=f"Garage {number}", site=site) for number in range(size)]
    )
    keys = {f"{kind}_key": f"{kind}-key" for kind in ("bodyshop", "planmanager")}
    keys |= {f"{name}_sha256": fingerprint(key) for name, key in keys.items()}
    Configuration.objects.bulk_create(
        [Configuration(repairer=one, bodyshop_id=f"{one.pk}", **keys) for one in made]
    )
    past = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=15)
    states = [SyncState(repairer=one, bodyshop_id=f"{one.pk}", cursor="c1", last_run_at=past) for one in made]
    SyncState.objects.bulk_create(states)

"""All of the staff work while all repairers are synced: nobody meets an error, nothing is lost, nothing doubled.

A small town in `make test`; with SOAK=1 50 staff and 200 repairers.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from claims360_link.models import SyncRun
from dossiers.models import Opening, Photo, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from planmanager.demo.browser import Browser
from planmanager.demo.held import compare
from planmanager.demo.processes import Demo
from planmanager.demo.sandbox import Sandbox
from repairers.models import Repairer, User
from tests import figures
from tests.load.clerk import Clerk
from tests.load.conftest import WAITS
from tests.load.town import Size
from tests.redis import Redis
from tests.stack.workers import Beat, Folder

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]
PATIENCE = 1800.0  # seconds, for each of the steps
WRONG = re.compile(r'" 5\d\d |database is locked|locking protocol|deadlock|Traceback|\bERROR\b|\bCRITICAL\b')


def test_everybody_works_while_everything_is_synced(
    demo: Demo, staff: list[User], size: Size, broker: Redis | Folder
) -> None:
    claims360 = {f"{one.pk}": Sandbox(demo.sandbox_url, one.mailbox_number) for one in Repairer.objects.all()}
    mileages = count(100_000)
    clerks = [Clerk(Browser(demo.web_url, PATIENCE), claims360, user.username, mileages) for user in staff]
    beat = Beat(broker, size.round, PATIENCE)
    try:
        work(clerks, size, beat)
        beat.rounds_until(all_is_sent, "all that was clicked has arrived")
        since = timezone.now()
        beat.rounds_until(lambda: all_is_read(since), "the feeds are quiet, and the photos there")
    finally:
        tell(clerks)
    nothing_went_wrong(demo.logs)
    every_click_arrived_once(clerks, claims360.values())
    for repairer, sandbox in claims360.items():
        compare(sandbox, repairer)


def work(clerks: list[Clerk], size: Size, beat: Beat) -> None:
    """They come in one by one; then a day of all of them at once, with round after round behind them."""
    for clerk in clerks:
        clerk.log_in()
    with ThreadPoolExecutor(len(clerks)) as together:
        days = [together.submit(clerk.day, size.turns) for clerk in clerks]
        beat.rounds_until(lambda: all(day.done() for day in days), "the day is over")
    for day in days:
        day.result()


def all_is_sent() -> bool:
    return not Transmission.objects.exclude(state=SendState.DELIVERED).exists()


def all_is_read(since: dt.datetime) -> bool:
    """Whether every repairer's feed was read to its end by a run that began after `since`."""
    well = SyncRun.objects.filter(started_at__gt=since, outcome=SyncRun.Outcome.OK)
    read = well.order_by().values("repairer").distinct().count() == Repairer.objects.count()
    return read and not Photo.objects.exclude(fetch_state=FetchState.STORED).exists()


def nothing_went_wrong(logs: Path) -> None:
    lines = [f"{log.name}: {line}" for log in logs.iterdir() for line in log.read_text().splitlines()]
    assert [line for line in lines if WRONG.search(line)] == []


def every_click_arrived_once(clerks: list[Clerk], claims360: Iterable[Sandbox]) -> None:
    came = [sandbox.received() for sandbox in claims360]
    told = Counter(mileage for clerk in clerks for mileage in clerk.told)
    assert Counter(said["mileage"] for said in of("vehicles", came) + of("opened", came)) == told
    photos = Counter(said["sha256"] for said in of("photos", came))
    assert set(photos.values()) <= {1} and photos.total() == told.total()
    assert len(of("opened", came)) == Opening.objects.count()


def of(kind: str, came: list[dict[str, list[tuple[str, dict[str, Any]]]]]) -> list[dict[str, Any]]:
    """What was said in all that came of that kind."""
    return [said for received in came for _mission, said in received[kind]]


def tell(clerks: list[Clerk]) -> None:
    """How it was, for the figures."""
    for clerk in clerks:
        for page, waits in clerk.waits.items():
            WAITS[page].extend(waits)
        figures.count("clicks of the “i” under load", len(clerk.told))
    figures.count("requests of staff under load", sum(map(len, WAITS.values())))
    figures.count("syncs under load", SyncRun.objects.count())

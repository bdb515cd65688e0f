"""Workers are killed with SIGKILL, anywhere: after the next round everything is there, once.

The matrix is sampled, another sample each day; SOAK=1 in the environment runs it whole (see conftest.py).
"""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from claims360_link import credentials
from claims360_link.models import SyncState
from dossiers.forgetting import forget_photos
from dossiers.models import Content, Dossier, LooseFile, Mission, Photo, Transmission
from dossiers.models.transmission import SendState
from planmanager.tasks import delete_what_is_old
from repairers.models import Repairer, User
from tests.link.world import DEMO
from tests.processes import until
from tests.stack.claims360 import ANSWERED, ARRIVED, CARRIED_OUT, WITHIN, Claims360
from tests.stack.garage import LAPSES, PLATE, all_done, click, state_of
from tests.stack.workers import (
    Workers,
    dead_workers_are_gone,
    nobody_adds,
    nobody_writes,
    somebody_waits_for,
    time_passes,
)

pytestmark = [pytest.mark.stack, pytest.mark.sampled, pytest.mark.django_db(transaction=True)]
OTHER_BODYSHOP = "475869430"
OPENING = "POST /v1/missions[?]"


def at_once() -> bool:
    return True


@dataclass(frozen=True)
class Kill:
    """Where a worker dies: with that request of its own at `point`, once `sign` shows, `without` a right to write."""

    request: str
    point: str
    sign: Callable[[], object] = at_once
    without: Callable[[], AbstractContextManager[None]] = nullcontext


def half_there() -> bool:
    return any(part.stat().st_size for part in files("incoming"))


def bytes_without_a_row() -> bool:
    sizes = {path.stat().st_size for path in files("photos") if path.name not in names_of_contents()}
    return bool(sizes & set(Photo.objects.values_list("bytes", flat=True)))


def files(folder: str) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT, folder).rglob("*") if path.is_file()]


def names_of_contents() -> set[str]:
    return {Path(name).name for name in Content.objects.values_list("file", flat=True)}


KILLS = {
    "after the answer of a page": Kill(
        "GET /v1/changes.*cursor=",
        ANSWERED,
        lambda: somebody_waits_for(SyncState),
        lambda: nobody_writes(SyncState),
    ),
    "after the commit of a page": Kill("GET /v1/changes.*cursor=", ARRIVED, Mission.objects.exists),
    "within a photo": Kill("GET /v1/photos/.*/content", WITHIN, half_there),
    "before the row of a photo": Kill(
        "GET /v1/photos/.*/content", ANSWERED, bytes_without_a_row, lambda: nobody_adds(Content)
    ),
    "after the opening": Kill(OPENING, CARRIED_OUT),
    "after the vehicle": Kill("PUT /v1/missions/.*/vehicle", CARRIED_OUT),
    "after a sent photo": Kill("POST /v1/missions/.*/photos", CARRIED_OUT),
}


def dies(workers: Workers, sandbox: Claims360, kill: Kill) -> None:
    """Workers begin, do their rounds, and are killed there."""
    with sandbox.hold(kill.request, ARRIVED) as hold:
        workers.start()
        workers.rounds_until(lambda: hold.stands_at == ARRIVED, f"{kill.request} arrives")
        with kill.without():
            hold.reach(kill.point)
            until(kill.sign, "the sign that it is there")
            workers.kill()
    until(dead_workers_are_gone, "they are gone")


@pytest.mark.parametrize("name", KILLS)
def test_killed(
    name: str, configured: Repairer, dossier: Dossier, workers: Workers, sandbox: Claims360, staff: User
) -> None:
    for _ in range(3):
        sandbox.store.create_mission(photos=2)
    clicks = [click(dossier, staff, 84_210, photos=2), click(dossier, staff, 84_300, photos=3)]
    dies(workers, sandbox, KILLS[name])
    time_passes(**LAPSES)
    workers.start()
    workers.rounds_until(lambda: all_done(configured, sandbox), "all is done")
    each_photo_is_held_once()
    one_file_and_each_photo_once(dossier, clicks, sandbox)


def each_photo_is_held_once() -> None:
    stored = files("photos")
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in stored]
    assert sorted(hashes) == sorted(Content.objects.values_list("pk", flat=True))
    assert {path.name for path in stored} == names_of_contents()
    assert files("incoming") == [] and not LooseFile.objects.exists()


def test_what_it_left_goes_though_nobody_wants_it_any_more(
    configured: Repairer, workers: Workers, sandbox: Claims360
) -> None:
    sandbox.store.create_mission(photos=1)
    dies(workers, sandbox, KILLS["before the row of a photo"])
    forget_photos(Photo.objects.all())
    assert len(files("photos")) == 1 and not Content.objects.exists()
    time_passes(days=1)
    workers.start()
    workers.tell(delete_what_is_old)
    until(lambda: files("photos") == [], "the night is over")


def one_file_and_each_photo_once(dossier: Dossier, clicks: list[Transmission], sandbox: Claims360) -> None:
    came = sandbox.store.returns.received()
    [opened], [vehicle] = came["opened"], came["vehicles"]
    assert (opened["plate"], opened["mileage"], vehicle["mileage"]) == (PLATE, 84_210, 84_300)
    there = {opened["mission_id"]}
    assert {one["mission_id"] for one in (vehicle, *came["photos"])} == there
    assert set(Mission.objects.filter(dossier=dossier).values_list("external_id", flat=True)) == there
    prepared = set(Photo.objects.filter(dossier=dossier, external_id="").values_list("prepared", flat=True))
    assert Counter(photo["sha256"] for photo in came["photos"]) == Counter(prepared)
    assert not any(photo["duplicate"] for photo in came["photos"])


# --- an opening of which nobody knows how it ended ------------------------------------------------------------


@pytest.fixture
def unsure(dossier: Dossier, workers: Workers, sandbox: Claims360, staff: User) -> Transmission:
    """The file was opened, and the worker killed before it could note it down."""
    row = click(dossier, staff, 84_210, photos=1)
    dies(workers, sandbox, KILLS["after the opening"])
    return row


def test_after_a_day_the_feed_is_looked_at_and_a_person_asked(
    unsure: Transmission, workers: Workers, sandbox: Claims360
) -> None:
    """By then its key protects from nothing: asked again, Claims360 would open a second file."""
    time_passes(hours=25)
    sandbox.store.db.execute("UPDATE idempotency SET created_at = created_at - 25 * 3600")
    workers.start()
    workers.rounds_until(lambda: state_of(unsure) != SendState.IN_FLIGHT, "it is taken up again")
    workers.rounds_until(SyncState.objects.filter(last_ok_at__gt=hours_ago(1)).exists, "the feed was read")
    time_passes(minutes=2)
    workers.rounds_until(lambda: state_of(unsure) == SendState.NEEDS_PERSON, "a person is asked")
    mission = Mission.objects.get()
    assert (unsure.error, unsure.error_detail) == ("opening-unsure", str(mission))
    assert (mission.state, mission.reason) == ("waiting", "opening-unanswered")
    assert len(sandbox.store.returns.received()["opened"]) == 1
    assert [one for one in sandbox.requests() if one.startswith("POST")] == ["POST /v1/missions 201"]


def hours_ago(hours: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(hours=hours)


def test_another_mileage_by_a_second_click_opens_no_second_file(
    unsure: Transmission, dossier: Dossier, workers: Workers, sandbox: Claims360, staff: User
) -> None:
    second = click(dossier, staff, 84_300, photos=3)
    time_passes(**LAPSES)
    workers.start()
    workers.rounds_until(lambda: state_of(second) == SendState.DELIVERED, "both clicks are delivered")
    one_file_and_each_photo_once(dossier, [unsure, second], sandbox)


def test_after_a_reset_to_another_body_shop_a_person_is_asked(
    unsure: Transmission, configured: Repairer, workers: Workers, sandbox: Claims360, staff: User
) -> None:
    before = credentials.configuration_of(configured.pk)
    assert before is not None
    credentials.reset(before.pk, staff, "moved")
    keys = sandbox.store.keys(OTHER_BODYSHOP)
    credentials.configure(configured.pk, OTHER_BODYSHOP, keys["bodyshop"], keys["planmanager"], staff)
    time_passes(**LAPSES)
    workers.start()
    workers.rounds_until(lambda: state_of(unsure) == SendState.NEEDS_PERSON, "a person is asked")
    assert unsure.error == "mailbox-changed"
    assert [one["bodyshop_id"] for one in sandbox.store.returns.received()["opened"]] == [DEMO]

"""What goes wrong, and what workers do meanwhile: faults, deaths, interruptions, lost and repeated tasks, time."""

import datetime as dt
from functools import partial
from typing import Any

from claims360_link import nudges, work
from tests.processes import PATIENCE
from tests.soak import garage
from tests.soak.world import NO_PATIENCE, Deed, World

STALLS = NO_PATIENCE * 1.5  # seconds


def start_round(world: World) -> None:
    """Beat, every quarter of an hour; workers do what it wakes."""
    work.start_round()
    world.run_tasks()


def pick_up_pending(world: World) -> None:
    """Beat, every minute; workers do what it wakes."""
    work.pick_up_pending()
    world.run_tasks()


def run_tasks(world: World) -> None:
    world.run_tasks()


def run_one_task(world: World) -> None:
    if world.broker:
        world.run_task()


def lose_tasks(world: World) -> None:
    world.counts["tasks lost"] += len(world.broker)
    world.broker.clear()


def repeat_tasks(world: World) -> None:
    world.counts["tasks repeated"] += len(world.broker)
    world.broker.extend(world.broker[::-1])


def fault(world: World, name: str = "500", times: int | None = 1, **more: Any) -> None:
    """One of the sandbox's faults; an answer that stalls is not waited for long."""
    if name == "stall":
        world.patience(NO_PATIENCE)
        more["seconds"] = STALLS
    world.store.faults.add(name, times, **more)


def hard_sending(world: World, faults: list[dict[str, Any]], dossier: int = 0, photos: int = 0) -> None:
    """A click, and then one attempt after the other, each with the next of `faults`."""
    garage.send(world, dossier, photos)
    for one in faults:
        fault(world, **one)
        pick_up_pending(world)
        time_goes_by(world, minutes=4)


def clear_faults(world: World) -> None:
    world.store.faults.clear()
    world.patience(PATIENCE)


def doom(world: World, point: str = "answered GET /changes", outright: bool = True, times: int = 1) -> None:
    """The next worker that comes to `point` dies there; not `outright`: it still writes down how it ended."""
    world.points.dooms.extend([(point, outright)] * times)


def meanwhile(world: World, point: str, deed: Deed, **args: Any) -> None:
    """While the next worker is at `point`, somebody does that."""
    world.points.meanwhile.append((point, partial(world.do, deed, **args)))


def sync_one(world: World, whose: int = 0) -> None:
    """A worker syncs one repairer, and others do what that wakes."""
    world.broker.insert(0, (nudges.SYNC_PORTION, (world.repairers[whose].pk,)))
    world.run_tasks()


def others_take_over(world: World, minutes: int = 11) -> None:
    """So much time goes by that other workers take up what somebody had in hand."""
    time_goes_by(world, minutes)
    pick_up_pending(world)
    sync_one(world)


def time_goes_by(world: World, minutes: int = 1) -> None:
    world.clock.shift(dt.timedelta(minutes=minutes))

"""Histories that once ended otherwise than they had to, each as short as it could be told."""

import pytest
from django.conf import settings

from dossiers.models import Photo
from tests.soak import claims360, garage, quiet, trouble
from tests.soak.world import World


def files(world: World) -> int:
    """How many files were opened, each for a fee."""
    return int(world.store.returns.received()["fees"])


def test_a_refused_repeat_does_not_prove_that_the_lost_answer_opened_nothing(world: World) -> None:
    """The first attempt opened the file; once the second was refused, the next click opened another."""
    world.do(garage.create_dossier)
    lost = {"name": "reset", "path": "/missions", "method": "POST", "after": True}
    world.do(trouble.hard_sending, faults=[lost, {"name": "422", "path": "/missions"}])
    world.do(garage.send)
    world.do(trouble.run_tasks)
    quiet.end(world)
    assert files(world) == 1


def test_a_dossier_whose_mission_is_withdrawn_before_the_delivery_opens_no_file(world: World) -> None:
    world.do(garage.create_dossier)
    world.do(claims360.create_mission)
    world.do(trouble.start_round)
    world.do(garage.send)
    world.do(garage.link)
    world.do(claims360.delete_mission)
    world.do(trouble.sync_one)
    quiet.end(world)
    assert files(world) == 0


def test_a_feed_that_begins_anew_is_not_taken_for_one_that_stands_still(world: World) -> None:
    """The first page of the new beginning leads to where the old feed had stood."""
    settings.CLAIMS360_PAGE_SIZE = 1
    world.do(claims360.create_mission, quotes=0)
    world.do(trouble.sync_one)
    world.do(claims360.create_mission, quotes=0)
    world.do(trouble.fault, name="410")
    world.do(trouble.sync_one)
    quiet.end(world)


@pytest.mark.parametrize("outright", [True, False])
def test_a_photo_that_killed_three_workers_is_fetched_once_a_person_asks(
    world: World, outright: bool
) -> None:
    world.do(claims360.create_mission, quotes=0)
    world.do(claims360.add_photo)
    world.do(trouble.doom, point="answered GET /content", outright=outright, times=3)
    world.do(trouble.sync_one)
    for _ in range(3):
        world.do(trouble.others_take_over)
    assert Photo.objects.get().fetch_error == "killed-three-times"
    quiet.end(world)


def test_a_returned_photo_is_not_padded_by_the_sandbox(world: World) -> None:
    """It was the sandbox: Claims360 keeps the photos of a body shop as they came."""
    world.do(garage.create_dossier)
    world.do(garage.upload)
    world.do(trouble.fault, name="nul_padded")
    world.do(garage.send, photos=1)
    world.do(trouble.run_tasks)
    quiet.end(world)

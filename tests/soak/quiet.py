"""The end of a history: nothing goes wrong any more, and workers go on until nothing is left to do."""

import datetime as dt

from django.conf import settings
from django.db.models import Q

from claims360_link import credentials, sync, work
from claims360_link.models import SyncRun, SyncState
from dossiers import outbox
from dossiers.models import Photo, Transmission
from dossiers.models.transmission import SendState
from repairers.models import Repairer
from tests.link.world import set_options
from tests.soak import garage, holds, sent, trouble
from tests.soak.world import World

LONGEST_WAIT = dt.timedelta(minutes=61)  # refused keys are tried once an hour
NIGHT_AFTER_NEXT = dt.timedelta(hours=48)
ROUNDS = 6


def end(world: World) -> None:
    """The history ends, and all that must hold does: first by itself, then once people did what was left to them."""
    calm_down(world)
    settle(world)
    holds.what_claims360_has(world, explained=True)
    holds.decisions(world)
    holds.one_mission_by_both_ways(world)
    sent.only_what_was_chosen(world)
    people_do_the_rest(world)
    settle(world)
    holds.what_claims360_has(world, explained=False)
    holds.decisions(world)
    holds.one_mission_by_both_ways(world)
    sent.only_what_was_chosen(world)
    sent.all_that_can_be(world)
    assert not SyncRun.objects.filter(error="feed-stuck"), "no page leads to itself"
    world.clock.shift(NIGHT_AFTER_NEXT)
    holds.files_that_are_wanted()


def calm_down(world: World) -> None:
    """No fault, no death, the link active, everybody's keys right; what the broker held is lost."""
    trouble.clear_faults(world)
    world.points.clear()
    world.broker.clear()
    set_options(CLAIMS360_ENABLED=True)
    for repairer in world.repairers:
        if not world.is_configured(repairer):
            world.reset(repairer)
            world.configure(repairer)


def settle(world: World) -> None:
    """Rounds until nothing is left to do, for each body shop that a repairer ever had. Fails where that never comes."""
    _rounds(world)
    first = world.repairers[0]
    if len(world.homes[first.pk]) > 1:
        for _ in world.homes[first.pk][1:]:
            world.reset(first)
            garage.move(world, first)
            world.configure(first)
            _rounds(world)


def people_do_the_rest(world: World) -> None:
    """Rafraîchir, with a feed that begins anew; and every transmission that needs a person is tried again."""
    settings.CLAIMS360_PAGE_SIZE = 200
    for repairer in world.repairers:
        for home in world.homes[repairer.pk]:
            world.store.faults.add("410", bodyshop=home)
        sync.ask(repairer.pk, world.staff)
    for row in Transmission.objects.filter(state=SendState.NEEDS_PERSON):
        try:
            outbox.try_again(row.pk, world.staff)
        except outbox.CannotSend as refusal:
            world.memory.not_again[row.pk] = refusal.code


def _rounds(world: World) -> None:
    for _ in range(ROUNDS):
        before = len(returned(world))
        world.clock.shift(LONGEST_WAIT)
        work.start_round()
        world.run_tasks()
        work.pick_up_pending()
        world.run_tasks()
        world.memory.check()
        if not (left := left_to_do(world)) and len(returned(world)) == before:
            return
    raise AssertionError(f"never quiet: {left}")


def returned(world: World) -> list[str]:
    """The requests that returned something: what comes of them is in the feed of the next round."""
    return [request.path_url for request in world.line.sent if request.method != "GET"]


def left_to_do(world: World) -> list[str]:
    """Whatever a worker would still have to do, in words."""
    photos = Photo.objects.filter(fetch_state="pending", withdrawn=False).exclude(external_id="")
    sending = Transmission.objects.filter(state__in=outbox.UNDER_WAY)
    return [
        *(f"photo {row.external_id}: {row.fetch_error}" for row in photos),
        *(f"transmission {row.pk}: {row.state} {row.error}" for row in sending),
        *(ill for repairer in world.repairers for ill in _ill(repairer)),
    ]


def _ill(repairer: Repairer) -> list[str]:
    configuration = credentials.configuration_of(repairer.pk)
    assert configuration is not None
    state = SyncState.objects.get(repairer=repairer, bodyshop_id=configuration.bodyshop_id)
    waits = Q(error="") & Q(asked_at=None) & Q(lease_until=None)
    well = SyncState.objects.filter(waits, pk=state.pk).exists()
    return [] if well else [f"sync of {repairer}: {state.error} {state.asked_at} {state.lease_until}"]

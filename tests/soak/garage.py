"""What people do in PlanManager: staff decide, edit and send; the helpdesk sets options and keys."""

from typing import Any, TypeVar

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from PIL import Image

from claims360_link import credentials, nudges, one_mission, sync
from claims360_link.admin import TAKERS
from claims360_link.models import SyncRun
from dossiers import outbox, services, uploads
from dossiers.intake import decide
from dossiers.models import (
    Dossier,
    Mission,
    MissionState,
    Photo,
    Quote,
    QuoteState,
    SetAside,
    Source,
    Transmission,
)
from dossiers.models.transmission import SendState
from dossiers.nudges import nudge
from dossiers.options import claims360_enabled
from repairers.models import Repairer
from tests.dossiers import pictures
from tests.link.world import set_options
from tests.soak.claims360 import CLAIMS, MADE_UP, NO_PICTURE, PLATES
from tests.soak.world import OTHER_HOME, Click, World

UNDECIDED = (MissionState.WAITING, MissionState.EXCLUDED, MissionState.ARCHIVED)
NOT_TAKEN = (MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED)
OPEN_QUOTES = (QuoteState.WAITING, QuoteState.EXCLUDED, QuoteState.DENIED)
Row = TypeVar("Row", bound=Model)
RULES = ("", "plate = 1-ABC-*", "kind = quote and status = submitted", "status = in_progress\nmake = *")
UPLOADS = (
    pictures.jpeg(size=(32, 24)),
    pictures.png(),
    pictures.saved(Image.new("RGB", (16, 16), "green"), "JPEG"),
    NO_PICTURE,
)
EDITED = ("owner_name", "circumstances", "mileage")


def pick(model: type[Row], which: int, **wanted: Any) -> Row | None:
    """One of the rows that are as wanted, whatever `which` is, in the order in which they came.

    One of all of them where none is: what is asked then is refused. None where there is none at all.
    """
    rows = model._default_manager.order_by("pk")
    found = list(rows.filter(**wanted)) or list(rows)
    return found[which % len(found)] if found else None


# --- deciding -------------------------------------------------------------------------------------------------


def accept(world: World, which: int = 0, new: bool = False) -> None:
    if mission := pick(Mission, which, state=MissionState.WAITING):
        decide.accept(mission.pk, world.staff, new=new)


def link(world: World, which: int = 0, dossier: int = 0) -> None:
    mission, to = pick(Mission, which, state__in=decide.OPEN_STATES), pick(Dossier, dossier)
    if mission and to:
        decide.link(mission.pk, to.pk, world.staff)
        world.memory.release(mission.pk)


def deny(world: World, which: int = 0) -> None:
    if mission := pick(Mission, which, state__in=UNDECIDED):
        decide.deny(mission.pk, "no room", world.staff)
        world.memory.denied.add(mission.pk)


def reconsider(world: World, which: int = 0) -> None:
    if mission := pick(Mission, which, state__in=NOT_TAKEN):
        decide.reconsider(mission.pk, world.staff)
        world.memory.release(mission.pk)


def undo_link(world: World, which: int = 0) -> None:
    if mission := pick(Mission, which, state=MissionState.DOSSIER):
        decide.undo_link(mission.pk, world.staff)
        world.memory.release(mission.pk)


def move_link(world: World, which: int = 0, dossier: int = 0) -> None:
    mission, to = pick(Mission, which, state=MissionState.DOSSIER), pick(Dossier, dossier)
    if mission and to:
        decide.move_link(mission.pk, to.pk, world.staff)
        world.memory.release(mission.pk)


def answer_offer(world: World, which: int = 0, offer: int = 0, take: bool = True) -> None:
    mission = pick(Mission, which, state=MissionState.DOSSIER)
    offers = sorted(decide.offers_of(mission)) if mission else []
    if mission and offers:
        name = offers[offer % len(offers)]
        (decide.take_offer if take else decide.keep_own)(mission.pk, name, world.staff)
        if take:
            world.memory.edits.pop((mission.dossier_id or 0, name), None)


def accept_quote(world: World, which: int = 0) -> None:
    if quote := pick(Quote, which, state__in=OPEN_QUOTES):
        decide.accept_quote(quote.pk, world.staff)


def deny_quote(world: World, which: int = 0) -> None:
    if quote := pick(Quote, which, state__in=OPEN_QUOTES):
        decide.deny_quote(quote.pk, "too dear", world.staff)


# --- dossiers -------------------------------------------------------------------------------------------------


def create_dossier(world: World, whose: int = 0, plate: int = 0, claim: int = MADE_UP) -> None:
    values = {"plate": PLATES[plate], "claim_number": CLAIMS[claim] if claim < MADE_UP else ""}
    services.create(world.repairers[whose], values, world.staff)


def edit(world: World, dossier: int = 0, fact: int = 0) -> None:
    if row := pick(Dossier, dossier):
        name, number = EDITED[fact], next(world.memory.kilometres)
        value = 500_000 + number if name == "mileage" else f"written by staff {number}"
        services.edit(row, {name: value}, world.staff)
        world.memory.edits[row.pk, name] = value


def set_dossier_status(world: World, dossier: int = 0, status: str = "closed") -> None:
    if row := pick(Dossier, dossier):
        services.set_status(row, status, world.staff)


def upload(world: World, dossier: int = 0, picture: int = 0) -> None:
    if row := pick(Dossier, dossier):
        file = SimpleUploadedFile(f"IMG_{picture}.jpg", UPLOADS[picture])
        uploads.add_photo(row, file, world.staff)


# --- sending --------------------------------------------------------------------------------------------------


def send(
    world: World, dossier: int = 0, photos: int = 0, mission: int | None = None, clicks: int = 1
) -> None:
    """A click on the "i" (or a double click), with the first `photos` photos of the dossier."""
    row = pick(Dossier, dossier)
    configuration = credentials.configuration_of(row.repairer_id) if row else None
    if row is None or configuration is None or not claims360_enabled():
        return
    chosen = list(Photo.objects.filter(dossier=row, external_id="").order_by("pk")[:photos])
    target = None if mission is None else pick(Mission, mission)
    asked = {
        "plate": row.plate or PLATES[0],
        "mileage": next(world.memory.kilometres),
        "mailbox": configuration.bodyshop_id,
    }
    hashes = frozenset(photo.prepared_id or "" for photo in chosen)
    world.memory.clicks[asked["mileage"]] = Click(row.pk, asked["plate"], hashes)
    ids = [photo.pk for photo in chosen]
    more = {"link": Source.CLAIMS360, "photo_ids": ids, "mission_id": target.pk if target else None}
    written = {outbox.ask(row, world.staff, **asked, **more).pk for _ in range(clicks)}
    assert len(written) == 1, "a double click is one"
    nudge(nudges.DELIVER, *written)


def try_again(world: World, which: int = 0) -> None:
    if row := pick(Transmission, which, state=SendState.NEEDS_PERSON):
        outbox.try_again(row.pk, world.staff)


def cancel(world: World, which: int = 0) -> None:
    if row := pick(Transmission, which, state__in=(SendState.PENDING, SendState.NEEDS_PERSON)):
        outbox.cancel(row.pk, world.staff)


def refresh(world: World, whose: int = 0) -> None:
    """Rafraîchir."""
    repairer = world.repairers[whose]
    if credentials.configuration_of(repairer.pk) is not None:
        sync.ask(repairer.pk, world.staff)
        nudge(nudges.SYNC, repairer.pk)


def ask_anew(world: World, which: int = 0) -> None:
    """Claims360 is asked for one mission by itself."""
    if mission := pick(Mission, which, source=Source.CLAIMS360):
        inquiry = one_mission.ask(mission.repairer_id, mission.external_id, world.staff)
        nudge(nudges.ASK, inquiry.pk)


def sync_by_command(world: World, whose: int = 0) -> None:
    try:
        sync.sync(world.repairers[whose].pk, SyncRun.Trigger.COMMAND)
    except (sync.NotActive, sync.Busy, credentials.NotConfigured):
        world.counts["refusals"] += 1


# --- the helpdesk ---------------------------------------------------------------------------------------------


def set_queueing(world: World, value: str = "off") -> None:
    set_options(INFORMEX_QUEING=value)


def set_excludes(world: World, rule: int = 0) -> None:
    set_options(INFORMEX_EXCLUDES=RULES[rule])


def enable(world: World, on: bool = True) -> None:
    set_options(CLAIMS360_ENABLED=on)


def configure_anew(world: World, whose: int = 0, moves: bool = False) -> None:
    """A reset, then the keys of today: of the same body shop, or (the first repairer) of another."""
    repairer = world.repairers[whose]
    world.reset(repairer)
    if moves and whose == 0:
        move(world, repairer)
    world.configure(repairer)


def move(world: World, repairer: Repairer) -> None:
    """The repairer's body shop is the other one from now on."""
    homes = world.homes[repairer.pk]
    world.homes[repairer.pk] = [*homes[1:], homes[0]] if OTHER_HOME in homes else [*homes, OTHER_HOME]


def reset(world: World, whose: int = 0) -> None:
    world.reset(world.repairers[whose])


def read_again(world: World, which: int = 0) -> None:
    """A record that was kept aside is tried once more."""
    if row := pick(SetAside, which):
        TAKERS[row.source](row.pk)

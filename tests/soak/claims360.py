"""What happens in Claims360: missions, quotes and photos come, change and go; keys are made anew."""

import random
from typing import Any

from PIL import Image

from claims360_link.sandbox.seeddata import BODYSHOPS
from dossiers.contents import open_content
from dossiers.models import Photo
from tests.dossiers import pictures
from tests.soak.world import HOMES, OTHER_HOME, World

ALL_HOMES = (*HOMES, OTHER_HOME)
assert {*ALL_HOMES} <= {bodyshop[0] for bodyshop in BODYSHOPS}
PLATES = ("1-ABC-234", "2-XYZ-999", "1 abc 234")  # the last is the first, written otherwise
CLAIMS = ("A100", "B200", "")
MADE_UP = len(PLATES)  # as `plate` or `claim`: one of its own
NO_PICTURE = b"<!doctype html><title>Claims360</title>"


def _noise(width: int, height: int) -> Image.Image:
    """Compresses so badly that the photo comes in several pieces."""
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


PICTURES = (
    pictures.saved(Image.new("RGB", (16, 16), "red"), "JPEG"),
    pictures.saved(Image.new("RGB", (16, 16), "blue"), "PNG"),
    pictures.saved(_noise(120, 90), "JPEG", quality=95),
    NO_PICTURE,
)
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"vehicle": {"plate": PLATES[0]}},
    {"vehicle": {"plate": PLATES[1]}, "owner": {"name": "Peeters Jan"}},
    {"owner": {"name": "Carlier Anne"}, "vehicle": {"mileage": 81_000}},
    {"owner": {"name": None}, "expert": None},
    {"claim": {"number": CLAIMS[0]}, "insurer": {"name": "Ethias"}},
    {"claim": {"number": None}, "vehicle": {"mileage": None}},
    {"status": "accepted"},
    {"status": "in_progress", "smart_expertise": True},
    {"status": "closed"},
    {"status": "cancelled"},
)
LINES = [{"position": 1, "kind": "part", "code": "7P5", "description": "Bumper", "amount": "412.50"}]
FEWER_LINES = [{"position": 1, "kind": "part", "description": "Wing", "amount": "0.10", "quantity": "1"}]


def create_mission(
    world: World,
    home: int = 0,
    plate: int = MADE_UP,
    claim: int = MADE_UP,
    how: str = "whole",
    quotes: int = 1,
) -> None:
    """`how`: whole, shell, quote_first, draft (nothing travels yet), closed or cancelled."""
    data: dict[str, Any] = {"status": how if how in ("closed", "cancelled") else "accepted"}
    data |= {"vehicle": {"plate": PLATES[plate]}} if plate < MADE_UP else {}
    data |= {"claim": {"number": CLAIMS[claim]}} if claim < MADE_UP else {}
    ways = {"shell": how == "shell", "quote_first": how == "quote_first", "transmitted": how != "draft"}
    world.store.create_mission(ALL_HOMES[home], quotes=quotes, data=data, **ways)


def change_mission(world: World, which: int = 0, change: int = 0) -> None:
    if (mission := pick(world, "mission", which)) and not mission["deleted"]:
        world.store.change_mission(mission["id"], CHANGES[change])


def transmit_mission(world: World, which: int = 0, as_shell: bool = False) -> None:
    """Travels (again), also after it was deleted."""
    if mission := pick(world, "mission", which):
        world.store.transmit_mission(mission["id"], as_shell=as_shell)


def delete_mission(world: World, which: int = 0) -> None:
    if mission := pick(world, "mission", which):
        world.store.delete_mission(mission["id"])


def add_quote(world: World, which: int = 0) -> None:
    """A draft."""
    if mission := pick(world, "mission", which):
        world.store.add_quote(mission["id"], supplement=1)


def set_quote_status(
    world: World, which: int = 0, status: str = "submitted", lines: int = 0, mission_too: bool = True
) -> None:
    if (quote := pick(world, "quote", which)) and not quote["deleted"]:
        told = (None, LINES, FEWER_LINES)[lines]
        world.store.set_quote_status(quote["id"], status, lines=told, mission_too=mission_too)


def delete_quote(world: World, which: int = 0) -> None:
    if quote := pick(world, "quote", which):
        world.store.delete_quote(quote["id"])


def add_photo(world: World, which: int = 0, picture: int = 0, nuls: int = 0) -> None:
    if mission := pick(world, "mission", which):
        world.store.add_photo(mission["id"], content=PICTURES[picture], nuls=nuls)


def add_our_photo(world: World, which: int = 0, ours: int = 0) -> None:
    """The garage brought a photo there itself, by another way."""
    photos = list(Photo.objects.filter(external_id="").order_by("pk").select_related("prepared"))
    mission = pick(world, "mission", which)
    if mission and photos:
        with open_content(photos[ours % len(photos)].prepared) as file:
            world.store.add_photo(mission["id"], content=file.read(), source="repairer")


def delete_photo(world: World, which: int = 0) -> None:
    if photo := pick(world, "photo", which):
        world.store.delete_photo(photo["id"])


def rotate_keys(world: World, home: int = 0) -> None:
    world.store.rotate_keys(ALL_HOMES[home])


def pick(world: World, entity: str, which: int) -> dict[str, Any] | None:
    rows = world.store.db.rows("SELECT id FROM entities WHERE entity = ? ORDER BY n", entity)
    return world.store.entity(entity, rows[which % len(rows)]["id"]) if rows else None

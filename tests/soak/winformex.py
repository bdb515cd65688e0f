"""What Winformex II sends meanwhile: missions that Claims360 has too, by their number, with quotes and photos."""

import datetime as dt
from typing import Any

from django.utils import timezone

from repairers.models import Repairer
from tests.soak.claims360 import PICTURES, PLATES, pick
from tests.soak.world import HOMES, World
from tests.winformex.world import album, mission, quote, send

CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"plate": PLATES[1]},
    {"owner_name": "Carlier Anne", "mileage": 82_000},
    {"make": None, "claim_number": "A100"},
    {"status": "closed"},
)
GROSS = ("121.00", "130.00")


def send_mission(world: World, which: int = 0, change: int = 0, gross: int = 0, late: int = 0) -> None:
    """One that Claims360 has, or will have, with its first quote; written so many minutes before it arrives."""
    if found := pick(world, "mission", which):
        number, at = found["data"]["number"], timezone.now() - dt.timedelta(minutes=late)
        quotes = [quote(GROSS[gross], number=f"{number}-1", status="approved")]
        send(_whose(world, found), mission(number, quotes, at.isoformat(), **CHANGES[change]))


def send_album(world: World, which: int = 0, picture: int = 0) -> None:
    """A photo of such a mission, before it or after it."""
    if found := pick(world, "mission", which):
        send(_whose(world, found), album(PICTURES[picture], number=found["data"]["number"]))


def _whose(world: World, found: dict[str, Any]) -> Repairer:
    return world.repairers[1 if found["bodyshop_id"] == HOMES[1] else 0]

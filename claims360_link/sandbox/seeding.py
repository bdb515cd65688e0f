"""Fills an empty store: body shops with missions in every state, the same for the same seed."""

import random

from claims360_link.sandbox import drawing, seeddata
from claims360_link.sandbox.store import Store

FOLLOWING: list[list[str]] = [
    ["in_review"],
    ["in_review", "approved"],
    ["approved"],
    ["in_review", "correction_requested", "submitted"],
    ["rejected"],
    ["total_loss"],
    [],
]
SOURCES = ["insured", "insured", "expert"]
CAPTIONS = ["Avant gauche", "Détail du choc", "Compteur", "Linkervoorzijde", "Heck rechts", ""]


def seed(store: Store, missions: int, photos: int = 4) -> None:
    """Adds `missions` missions with `photos` photos each, unless the store already has some."""
    if missions and store.db.row("SELECT 1 FROM entities LIMIT 1") is None:
        with store.db.transaction():
            for n in range(missions):
                _mission(store, n, photos)


def _mission(store: Store, n: int, photos: int) -> None:
    r = seeddata.chance(store.seed, "seeding", n)
    bodyshop_id = store.bodyshops()[_share(n)]["id"]
    mission_id = store.create_mission(bodyshop_id, quotes=0, transmitted=False)["id"]
    for place in range(photos):
        _photo(store, mission_id, n * photos + place, r)
    _quotes(store, mission_id, n, r)
    if n % 11 == 10:
        store.close_mission(mission_id)


def _share(n: int) -> int:
    """Which body shop gets the nth mission: the first gets most, the first five missions go to each once."""
    turn = n % sum(seeddata.SHARES)
    if turn < len(seeddata.SHARES):
        return turn
    return seeddata.chance("share", turn).choices(range(len(seeddata.SHARES)), seeddata.SHARES)[0]


def _photo(store: Store, mission_id: str, n: int, r: random.Random) -> None:
    kinds = list(drawing.KINDS)
    store.add_photo(
        mission_id,
        kind=kinds[n % len(kinds)] if n < 2 * len(kinds) else kinds[n % 4],  # of the slow formats a few
        source=r.choice(SOURCES),
        caption=r.choice(CAPTIONS),
        category=r.choice(["damage", "damage", "vehicle", "document"]),
        nuls=1024 if n % 9 == 8 else 0,
    )


def _quotes(store: Store, mission_id: str, n: int, r: random.Random) -> None:
    """Every sixth mission has only a draft: it waits for somebody to change its status."""
    quote_id = store.add_quote(mission_id)
    if n % 6 == 5:
        return
    for status in ["submitted", *r.choice(FOLLOWING)]:
        store.set_quote_status(quote_id, status)
    if n % 4 == 3:
        supplement = store.add_quote(mission_id, supplement=1)
        if r.random() < 0.6:
            store.set_quote_status(supplement, "submitted")

"""What goes wrong with a page of the feed. On the wire only, but for three that are real (and say so)."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from claims360_link.sandbox.faults import Fault
from claims360_link.sandbox.feed import Page
from claims360_link.sandbox.store import Store, shell_of

Item = dict[str, Any]


def prepare(store: Store, fault: Fault, bodyshop_id: str, after: int) -> bool:
    """Changes the feed after a place for good, as the fault wants; False where there is nothing for it."""
    return PREPARATIONS[fault.fault](store, fault, bodyshop_id, after)


def _shell_first(store: Store, fault: Fault, bodyshop_id: str, after: int) -> bool:
    """What is held of a mission becomes a shell, and a higher version, complete, follows."""
    mission_id = store.feed.first_mission(bodyshop_id, after)
    if mission_id is None:
        return False
    with store.db.transaction():
        store.feed.make_shell(mission_id, after, shell_of(store.entity("mission", mission_id)["data"]))
        if not store.entity("mission", mission_id)["deleted"]:
            store.change_mission(mission_id, {})
    return True


def _quote_first(store: Store, fault: Fault, bodyshop_id: str, after: int) -> bool:
    """Missions move to the end of the feed, behind their quotes and photos."""
    moved: set[str] = set()
    while len(moved) < int(fault.args.get("count", 1)):
        mission_id = store.feed.first_mission(bodyshop_id, after, with_children=True)
        if mission_id is None:
            break
        store.feed.move_to_end(mission_id, after)
        moved.add(mission_id)
    return bool(moved)


def _unknown_values(store: Store, fault: Fault, bodyshop_id: str, after: int) -> bool:
    """A mission and its quotes get statuses that nobody knows, as new versions."""
    mission_id = store.feed.first_mission(bodyshop_id, after)
    if mission_id is None or store.entity("mission", mission_id)["deleted"]:
        return False
    store.change_mission(mission_id, {"status": "awaiting_robot", "weather": {"at_claim": "hail"}})
    for quote in store.children(mission_id, "quote"):
        if quote["transmitted"] and not quote["deleted"]:
            store.set_quote_status(quote["id"], "peer_review")
    return True


PREPARATIONS: dict[str, Callable[[Store, Fault, str, int], bool]] = {
    "shell_first": _shell_first,
    "quote_first": _quote_first,
    "unknown_fields": _unknown_values,
}


def disturbed(fault: Fault, page: Page, limit: int, turn: int) -> Page | None:
    """The page with the fault in it, or None where it can't be had; `turn`: how often it fired before."""
    return DISTURBANCES[fault.fault](fault, page, limit, turn)


def _repeated(fault: Fault, page: Page, limit: int, turn: int) -> Page | None:
    """Twice on the page (which keeps to its limit), or the last one again on the next page."""
    if len(page.items) < 2:
        return None
    if fault.args.get("where") == "later":
        return replace(page, next_seq=_seq(page.items[-2]))
    held = page.items[: max(1, limit // 2)]
    return Page(held + held, _seq(held[-1]), page.has_more or len(held) < len(page.items))


def _reordered(fault: Fault, page: Page, limit: int, turn: int) -> Page | None:
    return replace(page, items=page.items[::-1]) if len(page.items) > 1 else None


def _with_unknown_fields(fault: Fault, page: Page, limit: int, turn: int) -> Page | None:
    items = [json.loads(text) for text in page.items]
    for item in items:
        item["unknown_field"] = {"since": "2027"}
        if item["data"] is not None:
            item["data"] |= {"unknown_field": ["?"], "carbon_kg": "12.5"}
    return replace(page, items=[json.dumps(item) for item in items])


def _with_invalid_record(fault: Fault, page: Page, limit: int, turn: int) -> Page | None:
    variant = fault.args.get("variant") or list(VARIANTS)[turn % len(VARIANTS)]
    entity, spoil = VARIANTS[variant]
    wanted = fault.args.get("entity") or entity
    items = [json.loads(text) for text in page.items]
    for item in items:
        if item["op"] == "upsert" and item["entity"] in wanted and fault.args.get("id") in (None, item["id"]):
            spoil(item)
            return replace(page, items=[json.dumps(one) for one in items])
    return None


def _bad_date(item: Item) -> None:
    if item["entity"] == "mission":
        item["data"] |= {"inspection_at": "0000-13-45T99:00:00Z"}
        item["data"]["claim"] = {**item["data"].get("claim", {}), "occurred_on": "31/02/2026"}
    else:
        item["data"]["captured_at"] = "0000-13-45T99:00:00Z"


def _bad_amount(item: Item) -> None:
    item["data"]["totals"]["gross"] = "1.234,5O"


def _missing_number(item: Item) -> None:
    del item["data"]["number"]


def _string_data(item: Item) -> None:
    item["data"] = "voir pièce jointe"


def _text_version(item: Item) -> None:
    item["version"] = "dernière"


VARIANTS: dict[str, tuple[str, Callable[[Item], None]]] = {  # name: the entity that it can be done to, how
    "bad_date": ("mission", _bad_date),
    "bad_amount": ("quote", _bad_amount),
    "missing_number": ("mission quote", _missing_number),
    "string_data": ("mission quote photo", _string_data),
    "text_version": ("mission quote photo", _text_version),
}
DISTURBANCES: dict[str, Callable[[Fault, Page, int, int], Page | None]] = {
    "repeat": _repeated,
    "reorder": _reordered,
    "unknown_fields": _with_unknown_fields,
    "invalid_record": _with_invalid_record,
}


def _seq(text: str) -> int:
    return int(json.loads(text)["seq"])

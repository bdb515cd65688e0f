"""What Claims360 sends that nobody here knows: fields, and words where there is a list of them.

Only the names of fields and such words are kept, and how often they came. Of a page with many records some are looked
at: whatever is new is soon in one of them.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from claims360_link import reading
from claims360_link.figures import figures
from claims360_link.payloads import (
    ENTITIES,
    Change,
    Envelope,
    Line,
    Mission,
    Owner,
    Photo,
    Quote,
    Unreadable,
)
from dossiers import words

FIGURE = "unknown_total"
LOOKED_AT = 10  # records of a page
LONGEST = 64  # characters
MOST = 50  # names or words of one place, in one process
MORE = "…"
KNOWN: dict[type[Struct], dict[str, frozenset[str]]] = {
    Envelope: {"entity": frozenset(ENTITIES), "op": frozenset({"upsert", "delete"})},
    Mission: {"status": frozenset(words.MISSION_STATUS)},
    Owner: {"language": frozenset({"fr", "nl", "de", "en"})},
    Quote: dict.fromkeys(("status", "previous_status"), frozenset(words.QUOTE_STATUS)),
    Line: {"kind": frozenset(words.LINE_KIND)},
    Photo: {
        "category": frozenset(words.PHOTO_CATEGORY),
        "source": frozenset({"insured", "expert", "repairer"}),
    },
}
# known, and of no use
NOT_READ: dict[type[Struct], set[str]] = {Envelope: {"seq"}, Photo: {"width", "height"}}
_met: dict[str, set[str]] = defaultdict(set)


def note(records: Iterable[Change | Unreadable]) -> None:
    """Count what is unknown in some of these records."""
    records = list(records)
    for record in records[:: 1 + len(records) // LOOKED_AT]:
        for place, word in unknown_in(reading.as_sent(record.raw)):
            figures.add(FIGURE, place=place, word=word)


def unknown_in(item: Any) -> Iterator[tuple[str, str]]:
    """What is unknown in an item of the feed: a field as (its place, ""), a word as (the place of its field, word)."""
    if isinstance(item, dict):
        yield from unknown_of(Envelope, item, "change")
        kind = ENTITIES.get(str(item.get("entity")))
        if kind is not None:
            yield from unknown_of(kind, item.get("data"), str(item["entity"]))


def unknown_of(kind: type[Struct], raw: Any, place: str) -> Iterator[tuple[str, str]]:
    """The same for `raw`, which should be of that `kind` and lies at `place`."""
    if not isinstance(raw, dict):
        return
    fields = _fields(kind)
    for name, value in raw.items():
        where = f"{place}.{name}"
        if name not in fields:
            yield f"{place}.{_bounded(place, name)}", ""
        elif isinstance(value, dict | list):
            yield from _unknown_within(kind, name, value, where)
        elif _is_unknown_word(kind, name, value):
            yield where, _bounded(where, value)


@functools.cache
def _fields(kind: type[Struct]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(kind)) | NOT_READ.get(kind, set())


def _unknown_within(
    kind: type[Struct], name: str, value: dict[str, Any] | list[Any], place: str
) -> Iterator[tuple[str, str]]:
    if part := _part(kind, name):
        for one in value if isinstance(value, list) else [value]:
            yield from unknown_of(part, one, place)


def _part(kind: type[Struct], name: str) -> type[Struct] | None:
    return getattr(kind, "PARTS", {}).get(name) or getattr(kind, "LISTS", {}).get(name)


def _is_unknown_word(kind: type[Struct], name: str, value: Any) -> bool:
    known = KNOWN.get(kind, {}).get(name)
    return known is not None and isinstance(value, str) and value not in known


def _bounded(place: str, word: str) -> str:
    """`word`, or a sign for all others once a place has had too many: such a one has no list of words."""
    word = word[:LONGEST]
    if word not in _met[place] and len(_met[place]) >= MOST:
        return MORE
    _met[place].add(word)
    return word

"""Whether what should be an amount is written as one (`payloads.WRITTEN`).

Each text of a record is looked at once: as a pattern of its type it would be, for every line of a quote anew, which
took a twentieth of an import.
"""

import functools
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from msgspec import UNSET, Struct

from claims360_link.payloads import WRITTEN

NOTHING = {None, UNSET}


def are_sound(record: Struct) -> bool:
    """Whether all amounts in `record` and its parts can be read."""
    return all(map(WRITTEN.fullmatch, _amounts(record) - NOTHING))


def is_unsound(kind: type[Struct], field: str, value: Any) -> bool:
    """Whether `value`, of that `field`, should be an amount and is none."""
    return isinstance(value, str) and field in _names(kind) and not WRITTEN.fullmatch(value)


def _amounts(record: Struct) -> set[Any]:
    found = set(_own(type(record))(record))
    for name, kind in _parts(type(record)):
        part = getattr(record, name)
        if isinstance(part, list):
            found.update(*map(_own(kind), part))
        elif part:
            found |= _amounts(part)
    return found


def _names(kind: type[Struct]) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(kind, "AMOUNTS", ())
    return names


@functools.cache
def _own(kind: type[Struct]) -> Callable[[Struct], tuple[Any, ...]]:
    """Gives the amounts that stand in a record of that `kind` itself."""
    getters = [attrgetter(name) for name in _names(kind)]
    return (
        attrgetter(*_names(kind))
        if len(getters) > 1
        else lambda record: tuple(get(record) for get in getters)
    )


@functools.cache
def _parts(kind: type[Struct]) -> list[tuple[str, type[Struct]]]:
    """The fields of `kind` in which amounts may stand, each with the kind of what stands there."""
    parts = {**getattr(kind, "PARTS", {}), **getattr(kind, "LISTS", {})}
    return [(name, part) for name, part in parts.items() if _names(part)]

"""Local edits win: which facts of a mission go into its dossier, and which are only offered. Pure."""

from dataclasses import dataclass, field
from typing import Any

from dossiers.facts import Facts, empty, is_empty


@dataclass(frozen=True, slots=True)
class Merge:
    """`changes` for the dossier, and `applied`: for each fact the last value that the link put there."""

    changes: Facts = field(default_factory=dict)
    applied: Facts = field(default_factory=dict)


def merge(own: Facts, applied: Facts, theirs: Facts) -> Merge:
    """What a mission's facts `theirs` change in a dossier whose facts are `own`.

    A fact changes only while it still has the value that the link applied last; one that the link never applied is
    filled only when empty. A fact absent from `theirs` says nothing; None clears only what the link had filled.
    """
    changes: Facts = {}
    now = dict(applied)
    for name, value in theirs.items():
        if is_empty(value):
            _clear(name, own, changes, now)
        elif same(own[name], value):
            now[name] = value
        elif _untouched(name, own, applied):
            changes[name] = now[name] = value
    return Merge(changes, now)


def offers(own: Facts, applied: Facts, theirs: Facts) -> dict[str, tuple[Any, Any]]:
    """The facts where both changed: by name, the dossier's own value and the mission's."""
    return {
        name: (own[name], value)
        for name, value in theirs.items()
        if not is_empty(value) and not same(own[name], value) and not same(applied.get(name), value)
    }


def same(one: Any, other: Any) -> bool:
    return one == other or (is_empty(one) and is_empty(other))


def _untouched(name: str, own: Facts, applied: Facts) -> bool:
    return same(own[name], applied[name]) if name in applied else is_empty(own[name])


def _clear(name: str, own: Facts, changes: Facts, now: Facts) -> None:
    if name in now and same(own[name], now.pop(name)) and not is_empty(own[name]):
        changes[name] = empty(name)

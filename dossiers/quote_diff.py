"""Which lines of a quote came, went or changed from one version to the next, and by how much. Pure."""

import enum
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from dossiers.normalise import fold, key

Line = Mapping[str, Any]
Identity = tuple[str, str, int]

COMPARED = ("description", "quantity", "unit_price", "hours", "hourly_rate", "discount_pct", "amount")


class Kind(enum.StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """A line in both versions: `old` is None for one that came, `new` is None for one that went."""

    kind: Kind
    old: Line | None
    new: Line | None

    @property
    def line(self) -> Line:
        """The line as it now is, or as it was where it went."""
        return self.new or self.old or {}

    @property
    def difference(self) -> Decimal:
        """By how much the line changes the quote, in EUR."""
        return _amount(self.new) - _amount(self.old)

    @property
    def differing(self) -> frozenset[str]:
        """What of the line is another on the two sides: names of COMPARED; nothing where it stands on one side only."""
        if self.old is None or self.new is None:
            return frozenset()
        return _differing(self.old, self.new)


def diff(old_lines: Iterable[Line], new_lines: Iterable[Line]) -> list[Change]:
    """The lines that came, went or changed from `old_lines` to `new_lines`; not those that stayed."""
    return [change for change in compare(old_lines, new_lines) if change.kind is not Kind.SAME]


def compare(old_lines: Iterable[Line], new_lines: Iterable[Line]) -> list[Change]:
    """Every line of both, in the order of `new_lines`, then those that went.

    A line is found again by its kind and code, or description where it has no code; the same one twice by its
    occurrence. Its position says nothing: Claims360 counts anew in every version.
    """
    old = _by_identity(old_lines)
    changes = [_change(old.pop(identity, None), line) for identity, line in _by_identity(new_lines).items()]
    return changes + [_change(line, None) for line in old.values()]


def total(lines: Iterable[Line]) -> Decimal:
    """The sum of the amounts of `lines`; what has none counts as 0."""
    return sum(map(_amount, lines), Decimal(0))


def decimal_of(text: Any) -> Decimal | None:
    """An amount or quantity as it was sent, as a number; None where there is none or it is not one."""
    try:
        value = Decimal(str(text))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _change(old: Line | None, new: Line | None) -> Change:
    if old is None:
        return Change(Kind.ADDED, old, new)
    if new is None:
        return Change(Kind.REMOVED, old, new)
    return Change(Kind.CHANGED if _differing(old, new) else Kind.SAME, old, new)


def _differing(old: Line, new: Line) -> frozenset[str]:
    return frozenset(name for name in COMPARED if not _same(old.get(name), new.get(name)))


def _same(old: Any, new: Any) -> bool:
    """1 and 1.00 are the same quantity; an absent value and an empty one the same too."""
    numbers = decimal_of(old), decimal_of(new)
    return numbers[0] == numbers[1] if None not in numbers else (old or "") == (new or "")


def _by_identity(lines: Iterable[Line]) -> dict[Identity, Line]:
    seen: Counter[tuple[str, str]] = Counter()
    found: dict[Identity, Line] = {}
    for line in lines:
        part = (line.get("kind") or "", key(line.get("code") or "") or fold(line.get("description") or ""))
        seen[part] += 1
        found[(*part, seen[part])] = line
    return found


def _amount(line: Line | None) -> Decimal:
    return (decimal_of(line.get("amount")) if line else None) or Decimal(0)

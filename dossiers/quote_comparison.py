"""Any version of a quote beside any other: which lines came, went or changed, and by how much."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from dossiers import words
from dossiers.models import QuoteVersion
from dossiers.quote_diff import Change, Kind, compare, decimal_of, total


@dataclass(frozen=True, slots=True)
class Beside:
    """An amount of both versions; `difference` is None where one of them has none."""

    name: str  # of words.TOTAL
    old: Decimal | None
    new: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        return None if self.old is None or self.new is None else self.new - self.old


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of a kind, and by how much they change the quote."""

    count: int
    difference: Decimal


@dataclass(frozen=True)
class Comparison:
    """`new` against `old`, whichever of the two came first. Amounts are as they were sent, never recomputed."""

    old: QuoteVersion
    new: QuoteVersion

    @cached_property
    def lines(self) -> list[Change]:
        """Every line of both, in the order of `new`, then those that went."""
        return compare(self.old.lines, self.new.lines)

    @property
    def differing(self) -> list[Change]:
        return [line for line in self.lines if line.kind is not Kind.SAME]

    @property
    def tallies(self) -> dict[str, Tally]:
        """By kind of change, those that there are."""
        found = {kind.value: self._tally(kind) for kind in Kind if kind is not Kind.SAME}
        return {kind: tally for kind, tally in found.items() if tally.count}

    @property
    def sum_of_lines(self) -> Beside:
        """What the lines add up to: a total may differ from it by cents, for it is kept as it was sent."""
        return Beside("lines", total(self.old.lines), total(self.new.lines))

    @property
    def totals(self) -> list[Beside]:
        """The totals that either version was sent with, in their order."""
        rows = [
            Beside(name, *(decimal_of(one.totals.get(name)) for one in self._both)) for name in words.TOTAL
        ]
        return [row for row in rows if row.old is not None or row.new is not None]

    @property
    def gross(self) -> Beside:
        return Beside("gross", *(decimal_of(one.gross) for one in self._both))

    @property
    def is_one_currency(self) -> bool:
        """Amounts in two currencies have no difference."""
        return self.old.currency == self.new.currency

    @property
    def _both(self) -> tuple[QuoteVersion, QuoteVersion]:
        return self.old, self.new

    def _tally(self, kind: Kind) -> Tally:
        of_kind = [line.difference for line in self.lines if line.kind is kind]
        return Tally(len(of_kind), sum(of_kind, Decimal(0)))


def comparison(versions: list[QuoteVersion], old: str, new: str) -> Comparison | None:
    """The versions numbered `old` and `new` beside each other; None where there is none to show.

    `versions`: those of one quote, the oldest first. What names none of them becomes the newest for `new`, and for
    `old` the one before `new`.
    """
    if not versions:
        return None
    to = _at(versions, new, len(versions) - 1)
    return Comparison(versions[_at(versions, old, max(to - 1, 0))], versions[to])


def _at(versions: list[QuoteVersion], number: str, default: int) -> int:
    """Where in `versions` the one of that number stands."""
    return next((at for at, one in enumerate(versions) if str(one.version) == number), default)

"""What an intake did, counted; shown as the outcome of a sync."""

from collections import Counter
from typing import Any

KINDS = {
    "missions": ("received", "new", "updated", "waiting", "excluded"),
    "quotes": ("received", "new", "updated", "waiting", "excluded"),
    "photos": ("received", "stored", "failed"),
}


class Tally:
    """Counts by kind and name, and the number of records set aside."""

    def __init__(self, counted: dict[str, Any] | None = None) -> None:
        counted = counted or {}
        self.counts = {kind: Counter(counted.get(kind, {})) for kind in KINDS}
        self.set_aside: int = counted.get("set_aside", 0)

    def count(self, kind: str, name: str, number: int = 1) -> None:
        self.counts[kind][name] += number

    def add(self, other: "Tally") -> None:
        for kind in KINDS:
            self.counts[kind].update(other.counts[kind])
        self.set_aside += other.set_aside

    def as_dict(self) -> dict[str, Any]:
        """Every count by its name, zeros included: {"missions": {"received": 3, …}, …, "set_aside": 0}."""
        counted: dict[str, Any] = {
            kind: {name: self.counts[kind][name] for name in names} for kind, names in KINDS.items()
        }
        return {**counted, "set_aside": self.set_aside}

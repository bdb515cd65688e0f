"""What arrives from outside, whoever sends it: the records that intake takes in."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct

from dossiers.facts import Facts

AS_IT_STANDS = 0  # the version of what was asked for by itself: how it is now, whichever version that is


class MissionRecord(Struct, frozen=True):
    """`facts` by the names of `dossiers.facts`: an absent name says nothing, None clears. A shell has no facts."""

    external_id: str
    version: int
    changed_at: dt.datetime
    deleted: bool = False
    number: str = ""
    status: str = ""
    task_code: str = ""
    smart_expertise: bool | None = None
    facts: Facts = {}
    comments: list[dict[str, str]] | None = None
    notes: dict[str, str] = {}


class QuoteRecord(Struct, frozen=True):
    """`lines` and the amounts of `totals` are texts as they were sent, in `currency`."""

    external_id: str
    mission_external_id: str
    version: int
    changed_at: dt.datetime
    deleted: bool = False
    number: str = ""
    supplement: int = 0
    status: str = ""
    previous_status: str = ""
    status_label: str = ""
    currency: str = "EUR"
    vat_rate: str = ""
    lines: list[dict[str, Any]] = []
    totals: dict[str, str] = {}
    notes: dict[str, str] = {}

    @property
    def gross(self) -> Decimal | None:
        return Decimal(self.totals["gross"]) if self.totals.get("gross") else None


class PhotoRecord(Struct, frozen=True):
    external_id: str
    mission_external_id: str
    version: int
    changed_at: dt.datetime
    deleted: bool = False
    sha256: str = ""
    bytes: int = 0
    origin: str = ""
    category: str = ""
    caption: str = ""
    file_name: str = ""
    sequence: int | None = None
    taken_at: dt.datetime | None = None


class UnreadableRecord(Struct, frozen=True):
    entity: str
    external_id: str
    mission_external_id: str
    version: int | None
    reason: str  # a code of dossiers.sentences
    detail: str
    raw: Any


@dataclass(frozen=True, slots=True)
class Batch:
    """What came together; stored together, or not at all."""

    missions: list[MissionRecord] = field(default_factory=list)
    quotes: list[QuoteRecord] = field(default_factory=list)
    photos: list[PhotoRecord] = field(default_factory=list)
    unreadable: list[UnreadableRecord] = field(default_factory=list)


def digest(value: Any) -> str:
    """SHA-256 of `value` (JSON-able; dates, times and amounts as text), the same whatever the order of its keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()

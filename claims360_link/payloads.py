"""What the wire carries, as checked, typed records: docs/claims360-api.yaml. `reading` makes them of what came."""

import datetime as dt
import re
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Text = Annotated[str, Meta(max_length=255)] | None | UnsetType
LongText = Annotated[str, Meta(max_length=10_000)] | None | UnsetType
Word = Annotated[str, Meta(max_length=64)] | None | UnsetType
Plate = Annotated[str, Meta(max_length=16)] | None | UnsetType
Amount = str | None | UnsetType  # in EUR, %, hours or pieces; those named in AMOUNTS are read as WRITTEN
WRITTEN = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,6})?")
Date = dt.date | None | UnsetType
Time = dt.datetime | None | UnsetType
AMOUNT = "amount"
AS_IT_STANDS = 0  # the version of a change that was asked for by itself, and says none


class Insurer(Struct):
    code: Text = UNSET
    name: Text = UNSET


class Expert(Struct):
    name: Text = UNSET
    office: Text = UNSET
    phone: Text = UNSET
    email: Text = UNSET


class Claim(Struct):
    number: Text = UNSET
    policy_number: Text = UNSET
    occurred_on: Date = UNSET
    circumstances: LongText = UNSET
    deductible: Amount = UNSET
    vat_recoverable_pct: Amount = UNSET

    AMOUNTS: ClassVar = ("deductible", "vat_recoverable_pct")


class Owner(Struct):
    customer_number: Text = UNSET
    name: Text = UNSET
    phone: Text = UNSET
    email: Text = UNSET
    address: Text = UNSET
    language: Text = UNSET


class Vehicle(Struct):
    plate: Plate = UNSET
    vin: Text = UNSET
    make: Text = UNSET
    model: Text = UNSET
    power_kw: Annotated[int, Meta(ge=0, le=5_000)] | None | UnsetType = UNSET
    displacement_cc: Annotated[int, Meta(ge=0, le=50_000)] | None | UnsetType = UNSET
    fuel: Text = UNSET
    first_registered_on: Date = UNSET
    mileage: Annotated[int, Meta(ge=0, le=9_999_999)] | None | UnsetType = UNSET  # km


class Comment(Struct):
    author: Text = UNSET
    at: Time = UNSET
    text: LongText = UNSET


class Mission(Struct):
    id: Id
    number: Id
    task_code: Annotated[str, Meta(max_length=16)] | None | UnsetType = UNSET
    status: Word = UNSET
    smart_expertise: bool | None | UnsetType = UNSET
    created_at: Time = UNSET
    inspection_at: Time = UNSET
    insurer: Insurer | None | UnsetType = UNSET
    expert: Expert | None | UnsetType = UNSET
    claim: Claim | None | UnsetType = UNSET
    owner: Owner | None | UnsetType = UNSET
    vehicle: Vehicle | None | UnsetType = UNSET
    damage_zones: list[Annotated[str, Meta(max_length=64)]] | None | UnsetType = UNSET
    comments: list[Comment] | None | UnsetType = UNSET

    VITAL: ClassVar = {"id": "id", "number": "number"}
    PARTS: ClassVar = {
        "insurer": Insurer,
        "expert": Expert,
        "claim": Claim,
        "owner": Owner,
        "vehicle": Vehicle,
    }
    LISTS: ClassVar = {"comments": Comment}


class Line(Struct, omit_defaults=True):
    amount: str
    position: int | None | UnsetType = UNSET
    kind: Word = UNSET
    code: Text = UNSET
    description: LongText = UNSET
    quantity: Amount = UNSET
    unit_price: Amount = UNSET
    hours: Amount = UNSET
    hourly_rate: Amount = UNSET
    discount_pct: Amount = UNSET

    AMOUNTS: ClassVar = ("amount", "quantity", "unit_price", "hours", "hourly_rate", "discount_pct")
    VITAL: ClassVar = dict.fromkeys(AMOUNTS, AMOUNT)


class Totals(Struct, omit_defaults=True):
    parts: Amount = UNSET
    labour: Amount = UNSET
    paint: Amount = UNSET
    misc: Amount = UNSET
    net: Amount = UNSET
    vat: Amount = UNSET
    gross: Amount = UNSET

    AMOUNTS: ClassVar = ("parts", "labour", "paint", "misc", "net", "vat", "gross")
    VITAL: ClassVar = dict.fromkeys(AMOUNTS, AMOUNT)


class Quote(Struct):
    id: Id
    mission_id: Id
    number: Id
    version: Version
    status: Word = UNSET
    supplement: Annotated[int, Meta(ge=0, le=99)] | None | UnsetType = UNSET
    previous_status: Word = UNSET
    status_label: Text = UNSET
    currency: Word = UNSET
    vat_rate: Amount = UNSET
    lines: list[Line] | None | UnsetType = UNSET
    totals: Totals | None | UnsetType = UNSET

    AMOUNTS: ClassVar = ("vat_rate",)
    VITAL: ClassVar = {
        "id": "id",
        "mission_id": "id",
        "number": "number",
        "version": "envelope",
        "lines": AMOUNT,
        "totals": AMOUNT,
    }
    PARTS: ClassVar = {"totals": Totals}
    LISTS: ClassVar = {"lines": Line}


class Photo(Struct):
    id: Id
    mission_id: Id
    sha256: Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
    bytes: Annotated[int, Meta(ge=0, le=2**53)] | None | UnsetType = UNSET
    sequence: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None | UnsetType = UNSET
    category: Word = UNSET
    source: Word = UNSET
    caption: Text = UNSET
    file_name: Text = UNSET
    mime: Text = UNSET
    captured_at: Time = UNSET
    created_at: Time = UNSET

    VITAL: ClassVar = {"id": "id", "mission_id": "id", "sha256": "hash"}


class Whoami(Struct):
    bodyshop_id: str
    name: str
    key_scope: str


class Receipt(Struct):
    mission_id: Id


class Envelope(Struct):
    entity: Word
    op: str
    id: Id
    mission_id: Id
    version: Version
    changed_at: Time = UNSET
    data: Any = None

    VITAL: ClassVar = dict.fromkeys(("entity", "op", "id", "mission_id", "version"), "envelope")


class Item(Struct, tag_field="entity"):
    """An envelope with its record in it, in which nothing is wrong."""

    op: Literal["upsert", "delete"]
    id: Id
    mission_id: Id
    version: Version
    changed_at: Time = UNSET


class MissionItem(Item, tag="mission"):
    data: Mission | None = None


class QuoteItem(Item, tag="quote"):
    data: Quote | None = None


class PhotoItem(Item, tag="photo"):
    data: Photo | None = None


class Change(Struct):
    """One readable change. `notes`: dotted path of each field left empty, with its raw text."""

    entity: str
    id: str
    mission_id: str
    version: int
    changed_at: dt.datetime
    data: Mission | Quote | Photo | None  # None: deleted
    notes: dict[str, str]
    raw: Any  # as it came: `reading.as_sent` reads it


class Unreadable(Struct):
    """A record that can't be taken over: `reason` is envelope, id, number, amount, hash or data."""

    entity: str
    id: str
    mission_id: str
    version: int | None
    reason: str
    field: str
    message: str
    raw: Any


class Page(Struct):
    changes: list[Change]
    unreadable: list[Unreadable]
    next_cursor: str
    has_more: bool


class PageEnvelope(Struct):
    items: list[Any]
    next_cursor: str
    has_more: bool


class RawPage(Struct):
    """The same, its items as they lie in the body."""

    items: list[Raw]
    next_cursor: str
    has_more: bool


ENTITIES: dict[str, type[Mission] | type[Quote] | type[Photo]] = {
    "mission": Mission,
    "quote": Quote,
    "photo": Photo,
}

"""What the wire carries, as checked, typed records: docs/claims360-api.yaml, and how much of it may be wrong.

An unreadable envelope, id, number or hash, or an amount of a quote, sets a record aside; any other unreadable field
is left empty and noted with its raw text (design, "Records that can't be read").
"""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from claims360_link.errors import UnreadableAnswer

BRUSSELS = ZoneInfo("Europe/Brussels")
YEARS = range(1900, 2200)
RAW_LENGTH = 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL can't hold these

Id = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Text = Annotated[str, Meta(max_length=255)] | None | UnsetType
LongText = Annotated[str, Meta(max_length=10_000)] | None | UnsetType
Word = Annotated[str, Meta(max_length=64)] | None | UnsetType
Plate = Annotated[str, Meta(max_length=16)] | None | UnsetType
AmountText = Annotated[str, Meta(pattern=r"\A-?[0-9]{1,10}(\.[0-9]{1,6})?\Z")]
Amount = AmountText | None | UnsetType
Date = dt.date | None | UnsetType
Time = dt.datetime | None | UnsetType
AMOUNT = "amount"


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
    amount: AmountText
    position: int | None | UnsetType = UNSET
    kind: Word = UNSET
    code: Text = UNSET
    description: LongText = UNSET
    quantity: Amount = UNSET
    unit_price: Amount = UNSET
    hours: Amount = UNSET
    hourly_rate: Amount = UNSET
    discount_pct: Amount = UNSET

    VITAL: ClassVar = dict.fromkeys(
        ("amount", "quantity", "unit_price", "hours", "hourly_rate", "discount_pct"), AMOUNT
    )


class Totals(Struct, omit_defaults=True):
    parts: Amount = UNSET
    labour: Amount = UNSET
    paint: Amount = UNSET
    misc: Amount = UNSET
    net: Amount = UNSET
    vat: Amount = UNSET
    gross: Amount = UNSET

    VITAL: ClassVar = dict.fromkeys(("parts", "labour", "paint", "misc", "net", "vat", "gross"), AMOUNT)


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


class Change(Struct):
    """One readable change. `notes`: dotted path of each field left empty, with its raw text."""

    entity: str
    id: str
    mission_id: str
    version: int
    changed_at: dt.datetime
    data: Mission | Quote | Photo | None  # None: deleted
    notes: dict[str, str]
    raw: dict[str, Any]


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


ENTITIES: dict[str, type[Mission] | type[Quote] | type[Photo]] = {
    "mission": Mission,
    "quote": Quote,
    "photo": Photo,
}
Record = TypeVar("Record", bound=Struct)


class _Bad(Exception):
    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(reason, field, message)
        self.reason, self.field, self.message = reason, field, message


def read_page(body: bytes) -> Page:
    """A page of the feed. Raises UnreadableAnswer when the page itself is none; a bad record only sets itself aside."""
    envelope = _answer(body, PageEnvelope)
    read = [_read_change(item) for item in envelope.items]
    return Page(
        changes=[one for one in read if isinstance(one, Change)],
        unreadable=[one for one in read if isinstance(one, Unreadable)],
        next_cursor=envelope.next_cursor,
        has_more=envelope.has_more,
    )


def read_whoami(body: bytes) -> Whoami:
    """Who a key belongs to. Raises UnreadableAnswer."""
    return _answer(body, Whoami)


def read_receipt(body: bytes) -> Receipt:
    """What was taken over. Raises UnreadableAnswer."""
    return _answer(body, Receipt)


def read_photo(body: bytes) -> Photo:
    """A photo as it was stored. Raises UnreadableAnswer."""
    return _one(_json(body), Photo)


def read_mission(body: bytes) -> Mission:
    """One mission as it stands. Raises UnreadableAnswer."""
    return _one(_json(body), Mission)


def read_quotes(body: bytes) -> list[Quote]:
    """The newest version of each quote. Raises UnreadableAnswer."""
    return _many(_json(body), Quote)


def read_photos(body: bytes) -> list[Photo]:
    """The photos of a mission. Raises UnreadableAnswer."""
    return _many(_json(body), Photo)


def change_of(raw: Any) -> Change | Unreadable:
    """One item of the feed, read anew: for a record that was set aside."""
    return _read_change(raw)


def _answer(body: bytes, kind: type[Record]) -> Record:
    try:
        return msgspec.convert(_json(body), kind)
    except msgspec.ValidationError as error:
        raise UnreadableAnswer("answer-unreadable", str(error)) from error


def _one(raw: Any, kind: type[Record]) -> Record:
    try:
        return _read(kind, raw, "", {})
    except _Bad as error:
        raise UnreadableAnswer("answer-unreadable", f"{error.field}: {error.message}") from error


def _many(raw: Any, kind: type[Record]) -> list[Record]:
    if not isinstance(raw, list):
        raise UnreadableAnswer("answer-unreadable", "not a list")
    return [_one(item, kind) for item in raw]


def _json(body: bytes) -> Any:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _lenient_json(body)
    suspect = b"\\u0000" in body or b"\\ud" in body.lower()
    return _storable(value) if suspect else value


def _lenient_json(body: bytes) -> Any:
    """What the strict reader refuses and a person can still read: half a surrogate pair in a text, a NaN.

    A number that is none stays the text that was sent: no database holds it, and its field can't be read.
    """
    try:
        return json.loads(body, parse_constant=str, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise UnreadableAnswer("answer-unreadable", type(error).__name__) from error


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {_storable(name): _storable(one) for name, one in value.items()}
    return value


def _read_change(item: Any) -> Change | Unreadable:
    notes: dict[str, str] = {}
    try:
        envelope = _read(Envelope, item, "", notes)
        data = _data(envelope, notes)
    except _Bad as bad:
        return _unreadable(item, bad)
    return Change(
        entity=str(envelope.entity),
        id=envelope.id,
        mission_id=envelope.mission_id,
        version=envelope.version,
        changed_at=envelope.changed_at
        if isinstance(envelope.changed_at, dt.datetime)
        else dt.datetime.now(dt.UTC),
        data=data,
        notes=notes,
        raw=item,
    )


def _data(envelope: Envelope, notes: dict[str, str]) -> Mission | Quote | Photo | None:
    kind = ENTITIES.get(str(envelope.entity))
    if kind is None or envelope.op not in ("upsert", "delete"):
        raise _Bad("envelope", "entity" if kind is None else "op", "not known")
    if envelope.op == "delete":
        return None
    data = _read(kind, envelope.data, "data", notes)
    for name in ("id", "mission_id", "version"):
        if getattr(data, name, UNSET) not in (UNSET, getattr(envelope, name)):
            raise _Bad("id" if name != "version" else "envelope", f"data.{name}", "contradicts the envelope")
    return data


def _unreadable(item: Any, bad: _Bad) -> Unreadable:
    known = item if isinstance(item, dict) else {}
    version = known.get("version")
    readable = isinstance(version, int) and not isinstance(version, bool) and 0 < version < 2**31
    return Unreadable(
        entity=_word(known.get("entity"), 64),
        id=_word(known.get("id"), 120),
        mission_id=_word(known.get("mission_id"), 120),
        version=version if readable else None,
        reason=bad.reason,
        field=bad.field,
        message=bad.message,
        raw=item,
    )


def _word(value: Any, length: int) -> str:
    return value[:length] if isinstance(value, str) else ""


def _read(kind: type[Record], raw: Any, path: str, notes: dict[str, str]) -> Record:
    """`raw` as `kind`: whole where it can be, else field by field. Raises _Bad when a vital field can't be read."""
    if not isinstance(raw, dict):
        raise _Bad("data" if path else "envelope", path, "not an object")
    try:
        record = msgspec.convert(raw, kind)
    except msgspec.ValidationError:
        record = _read_fields(kind, raw, path, notes)
    _settle(record, raw, path, notes)
    return record


def _read_fields(kind: type[Record], raw: dict[str, Any], path: str, notes: dict[str, str]) -> Record:
    vital = getattr(kind, "VITAL", {})
    found = {}
    for field in msgspec.structs.fields(kind):
        where = f"{path}.{field.name}".lstrip(".")
        if field.name not in raw:
            if field.required:
                raise _Bad(vital.get(field.name, "data"), where, "missing")
            continue
        try:
            found[field.name] = _read_field(kind, field, raw[field.name], where, notes)
        except msgspec.ValidationError as error:
            if field.name in vital:
                raise _Bad(vital[field.name], where, str(error)) from error
            notes[where] = _raw_text(raw[field.name])
    return kind(**found)


def _read_field(
    kind: type[Struct], field: msgspec.structs.FieldInfo, value: Any, where: str, notes: dict[str, str]
) -> Any:
    part = getattr(kind, "PARTS", {}).get(field.name)
    if part is not None and isinstance(value, dict):
        return _read(part, value, where, notes)
    item = getattr(kind, "LISTS", {}).get(field.name)
    if item is not None and isinstance(value, list):
        return list(_read_items(item, value, where, notes))
    return msgspec.convert(value, field.type)


def _read_items(kind: type[Record], values: list[Any], where: str, notes: dict[str, str]) -> Iterator[Record]:
    for number, value in enumerate(values):
        if isinstance(value, dict):
            yield _read(kind, value, f"{where}.{number}", notes)
        elif getattr(kind, "VITAL", {}):
            raise _Bad(AMOUNT, f"{where}.{number}", "not an object")
        else:
            notes[f"{where}.{number}"] = _raw_text(value)


def _settle(record: Struct, raw: dict[str, Any], path: str, notes: dict[str, str]) -> None:
    """Times in UTC (one without a zone is Brussels'), and no dates from before cars or after us."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        where = f"{path}.{name}".lstrip(".")
        if isinstance(value, dt.date) and value.year not in YEARS:
            notes[where] = _raw_text(raw.get(name))
            setattr(record, name, UNSET)
        elif isinstance(value, dt.datetime):
            setattr(
                record, name, (value if value.tzinfo else value.replace(tzinfo=BRUSSELS)).astimezone(dt.UTC)
            )
        elif isinstance(value, Struct):
            _settle(value, raw.get(name) or {}, where, notes)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                if isinstance(item, Comment):
                    _settle(item, {}, f"{where}.{number}", notes)


def _raw_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return UNSTORABLE.sub("", text)[:RAW_LENGTH]

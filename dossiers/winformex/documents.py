"""What a document of Winformex II holds, as checked, typed records: docs/winformex.md.

An unreadable number, amount or photo sets its record aside; any other unreadable field is left empty and noted with
its raw text (one bad date must not hide a repair job).
"""

import datetime as dt
import json
import re
from typing import Annotated, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

MISSION_LIST, ALBUM_LIST = "09", "04"
BRUSSELS = ZoneInfo("Europe/Brussels")
YEARS = range(1900, 2200)
RAW_LENGTH = 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL can't hold these

Number = Annotated[str, Meta(max_length=40, pattern=r"\A[ -~]*[0-9A-Za-z][ -~]*\Z")]
Text = Annotated[str, Meta(max_length=255)] | None | UnsetType
LongText = Annotated[str, Meta(max_length=10_000)] | None | UnsetType
Word = Annotated[str, Meta(max_length=64)] | None | UnsetType
Code = Annotated[str, Meta(max_length=16)] | None | UnsetType
AmountText = Annotated[str, Meta(pattern=r"\A-?[0-9]{1,10}(\.[0-9]{1,6})?\Z")]
Amount = AmountText | None | UnsetType
Date = dt.date | None | UnsetType
Time = dt.datetime | None | UnsetType
FileName = Annotated[str, Meta(max_length=255, pattern=r"\A[^./\\][^/\\]*\Z")]
Record = TypeVar("Record", bound=Struct)


class Unreadable(Exception):
    """`reason` is a code of dossiers.sentences, `field` and `message` say where and why."""

    def __init__(self, reason: str, field: str = "", message: str = "") -> None:
        super().__init__(reason, field, message)
        self.reason = reason
        self.detail = f"{field}: {message}" if field else message


class Comment(Struct):
    author: Text = UNSET
    at: Word = UNSET
    text: LongText = UNSET


class Mission(Struct):
    """Of a list 09. Its facts have the names of `dossiers.facts`: what is absent says nothing, a null clears."""

    status: Word = UNSET
    smart_expertise: bool | None | UnsetType = UNSET
    comments: list[Comment] | None | UnsetType = UNSET
    plate: Code = UNSET
    vin: Text = UNSET
    make: Text = UNSET
    model: Text = UNSET
    power_kw: Annotated[int, Meta(ge=0, le=5_000)] | None | UnsetType = UNSET
    displacement_cc: Annotated[int, Meta(ge=0, le=50_000)] | None | UnsetType = UNSET
    fuel: Text = UNSET
    first_registered_on: Date = UNSET
    mileage: Annotated[int, Meta(ge=0, le=9_999_999)] | None | UnsetType = UNSET  # km
    owner_number: Text = UNSET
    owner_name: Text = UNSET
    owner_phone: Text = UNSET
    owner_email: Text = UNSET
    owner_address: Text = UNSET
    owner_language: Text = UNSET
    insurer_code: Text = UNSET
    insurer_name: Text = UNSET
    expert_name: Text = UNSET
    expert_office: Text = UNSET
    expert_phone: Text = UNSET
    expert_email: Text = UNSET
    claim_number: Text = UNSET
    policy_number: Text = UNSET
    occurred_on: Date = UNSET
    circumstances: LongText = UNSET
    deductible: Amount = UNSET  # EUR
    vat_recoverable_pct: Amount = UNSET
    inspection_at: Time = UNSET
    damage_zones: list[Annotated[str, Meta(max_length=64)]] | None | UnsetType = UNSET


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


class Totals(Struct, omit_defaults=True):
    parts: Amount = UNSET
    labour: Amount = UNSET
    paint: Amount = UNSET
    misc: Amount = UNSET
    net: Amount = UNSET
    vat: Amount = UNSET
    gross: Amount = UNSET


class Quote(Struct):
    """Of a list 09: the whole quote as it now is; amounts are texts, in `currency`."""

    number: Number
    supplement: Annotated[int, Meta(ge=0, le=99)] | None | UnsetType = UNSET
    status: Word = UNSET
    previous_status: Word = UNSET
    status_label: Text = UNSET
    currency: Word = UNSET
    vat_rate: Amount = UNSET
    lines: list[Line] | None | UnsetType = UNSET
    totals: Totals | None | UnsetType = UNSET

    VITAL: ClassVar = {"number": "unreadable-number"} | dict.fromkeys(
        ("supplement", "lines", "totals"), "unreadable-amount"
    )


class Photo(Struct):
    """Of a list 04: its bytes as base64 in `content`, or in a `file` beside the document."""

    content: str | UnsetType = UNSET
    file: FileName | UnsetType = UNSET
    source: Word = UNSET
    category: Word = UNSET
    caption: Text = UNSET
    file_name: Text = UNSET
    sequence: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None | UnsetType = UNSET
    taken_at: Time = UNSET

    VITAL: ClassVar = {"content": "photo-content", "file": "photo-file"}


class Document(Struct):
    """The envelope of either list; what is inside is read one by one, so that a bad one hurts no other."""

    list_code: str
    number: Number
    task_code: Code = UNSET
    sent_at: Time = UNSET
    mission: dict[str, Any] = {}
    quotes: list[Any] = []
    photos: list[Any] = []

    VITAL: ClassVar = {
        "list_code": "list-unknown",
        "number": "unreadable-number",
        "mission": "unreadable-data",
        "quotes": "unreadable-data",
        "photos": "unreadable-data",
    }


def parse(body: bytes) -> Any:
    """The JSON of `body`, fit to be stored; a number with a point stays the text that was sent. Raises Unreadable."""
    try:
        return _storable(json.loads(body, parse_constant=str, parse_float=str))
    except (ValueError, RecursionError) as error:
        raise Unreadable("document-not-json", message=type(error).__name__) from error


def read_document(raw: Any) -> tuple[Document, dict[str, str]]:
    """The envelope of what `parse` gave, with its notes. Raises Unreadable."""
    document, notes = read(Document, raw)
    if document.list_code not in (MISSION_LIST, ALBUM_LIST):
        raise Unreadable("list-unknown", "list_code", document.list_code[:64])
    return document, notes


def read(kind: type[Record], raw: Any, path: str = "") -> tuple[Record, dict[str, str]]:
    """`raw` as `kind`, and the raw text of each field that was left empty. Raises Unreadable for a vital field."""
    if not isinstance(raw, dict):
        raise Unreadable("unreadable-data", path, "not an object")
    vital: dict[str, str] = getattr(kind, "VITAL", {})
    found: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for field in msgspec.structs.fields(kind):
        where = f"{path}.{field.name}".lstrip(".")
        if field.name not in raw:
            if field.required:
                raise Unreadable(vital[field.name], where, "missing")
            continue
        try:
            found[field.name] = _settled(msgspec.convert(raw[field.name], field.type))
        except (msgspec.ValidationError, OverflowError) as error:
            if field.name in vital:
                raise Unreadable(vital[field.name], where, str(error)) from error
            notes[where] = _raw_text(raw[field.name])
    return kind(**found), notes


def value_or(value: Any, otherwise: Any) -> Any:
    """`value`, or `otherwise` where the document says nothing or null."""
    return otherwise if value is UNSET or value is None else value


def _settled(value: Any) -> Any:
    """Times in UTC (one without a zone is Brussels'). Raises ValidationError for a year that no car has seen."""
    if isinstance(value, dt.date) and value.year not in YEARS:
        raise msgspec.ValidationError("no year of a repair")
    if isinstance(value, dt.datetime):
        return (value if value.tzinfo else value.replace(tzinfo=BRUSSELS)).astimezone(dt.UTC)
    return value


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {UNSTORABLE.sub("", name): _storable(one) for name, one in value.items()}
    return value


def _raw_text(value: Any) -> str:
    return (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))[:RAW_LENGTH]

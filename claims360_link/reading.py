"""How a body becomes records, and how much of it may be wrong.

An unreadable envelope, id, number or hash, or an amount of a quote, sets a record aside; any other unreadable field
is left empty and noted with its raw text (design, "Records that can't be read").
"""

import datetime as dt
import json
import math
import re
from collections.abc import Iterator
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct

from claims360_link.errors import UnreadableAnswer
from claims360_link.payloads import (
    AMOUNT,
    ENTITIES,
    Change,
    Comment,
    Envelope,
    Mission,
    Page,
    PageEnvelope,
    Photo,
    Quote,
    Receipt,
    Unreadable,
    Whoami,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
YEARS = range(1900, 2200)
RAW_LENGTH = 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL can't hold these
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

"""How a body becomes records, and how much of it may be wrong.

An unreadable envelope, id, number or hash, or an amount of a quote, sets a record aside; any other unreadable field
is left empty and noted with its raw text (design, "Records that can't be read").
"""

import datetime as dt
import functools
import json
import math
import re
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Struct

from claims360_link import amounts
from claims360_link.errors import UnreadableAnswer
from claims360_link.payloads import (
    AMOUNT,
    AS_IT_STANDS,
    ENTITIES,
    Change,
    Envelope,
    Item,
    Mission,
    MissionItem,
    Page,
    PageEnvelope,
    Photo,
    PhotoItem,
    Quote,
    QuoteItem,
    RawPage,
    Receipt,
    Unreadable,
    Whoami,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
YEARS = range(1900, 2200)
RAW_LENGTH = 200
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL can't hold these
PAGE = msgspec.json.Decoder(RawPage)
ITEM = msgspec.json.Decoder(MissionItem | QuoteItem | PhotoItem)
Path = tuple[str | int, ...]
Record = TypeVar("Record", bound=Struct)


class _Bad(Exception):
    def __init__(self, reason: str, field: str, message: str) -> None:
        super().__init__(reason, field, message)
        self.reason, self.field, self.message = reason, field, message


def read_page(body: bytes) -> Page:
    """A page of the feed. Raises UnreadableAnswer when the page itself is none; a bad record only sets itself aside."""
    envelope = _page(body)
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


def read_standing(body: bytes, entity: str, mission_id: str) -> list[Change | Unreadable]:
    """A mission (or its quotes, or its photos) as it stands, as the feed would tell it. Raises UnreadableAnswer.

    Only a quote says which version that is; the others have AS_IT_STANDS.
    """
    found = _json(body)
    if entity != "mission" and not isinstance(found, list):
        raise UnreadableAnswer("answer-unreadable", "not a list")
    read = [_standing(one, entity, mission_id) for one in (found if entity != "mission" else [found])]
    if entity == "mission" and not (isinstance(read[0], Change) and read[0].id == mission_id):
        raise UnreadableAnswer("answer-unreadable", "not this mission")
    return read


def _standing(data: Any, entity: str, mission_id: str) -> Change | Unreadable:
    known = data if isinstance(data, dict) else {}
    version = known.get("version") if entity == "quote" else 1
    item = {"entity": entity, "op": "upsert", "id": known.get("id"), "mission_id": mission_id}
    change = _read_carefully({**item, "version": version, "data": data})
    if isinstance(change, Change) and entity != "quote":
        change.version = AS_IT_STANDS
    return change


def change_of(raw: Any) -> Change | Unreadable:
    """One item of the feed, read anew: for a record that was set aside."""
    return _read_change(raw)


def _page(body: bytes) -> RawPage | PageEnvelope:
    """The page with its items as they lie in it; read where it has what no database could hold."""
    if _is_suspect(body):
        return _answer(body, PageEnvelope)
    try:
        return PAGE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _answer(body, PageEnvelope)


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


def _json(body: bytes) -> Any:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        value = _lenient_json(body)
    return _storable(value) if _is_suspect(body) else value


def _is_suspect(body: bytes) -> bool:
    return b"\\u" in body and (b"\\u0000" in body or b"\\ud" in body or b"\\uD" in body)


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
    """One item of a page: whole in one go where nothing in it is wrong, else field by field."""
    whole = _read_whole(item) if isinstance(item, msgspec.Raw) else None
    return whole or _read_carefully(as_sent(item))


def as_sent(raw: Any) -> Any:
    """The JSON value of an item of the feed, also where it still lies as it came."""
    return _json(bytes(raw)) if isinstance(raw, msgspec.Raw) else raw


def _read_whole(raw: msgspec.Raw) -> Change | None:
    notes: dict[str, str] = {}
    try:
        item = ITEM.decode(raw)
        data = _told(item)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, _Bad):
        return None
    _settle(item, {}, (), notes)
    if notes or (data is not None and not amounts.are_sound(data)):
        return None
    return _change(str(item.__struct_config__.tag), item, data, notes, raw)


def _told(item: MissionItem | QuoteItem | PhotoItem) -> Mission | Quote | Photo | None:
    if item.op == "delete":
        item.data = None
    elif item.data is None:
        raise _Bad("data", "data", "not an object")
    else:
        _require_one_record(item, item.data)
    return item.data


def _read_carefully(item: Any) -> Change | Unreadable:
    notes: dict[str, str] = {}
    try:
        envelope = _read(Envelope, item, "", notes)
        data = _data(envelope, notes)
    except _Bad as bad:
        return _unreadable(item, bad)
    return _change(str(envelope.entity), envelope, data, notes, item)


def _change(
    entity: str,
    envelope: Item | Envelope,
    data: Mission | Quote | Photo | None,
    notes: dict[str, str],
    raw: Any,
) -> Change:
    at = envelope.changed_at
    return Change(
        entity=entity,
        id=envelope.id,
        mission_id=envelope.mission_id,
        version=envelope.version,
        changed_at=at if isinstance(at, dt.datetime) else dt.datetime.now(dt.UTC),
        data=data,
        notes=notes,
        raw=raw,
    )


def _data(envelope: Envelope, notes: dict[str, str]) -> Mission | Quote | Photo | None:
    kind = ENTITIES.get(str(envelope.entity))
    if kind is None or envelope.op not in ("upsert", "delete"):
        raise _Bad("envelope", "entity" if kind is None else "op", "not known")
    if envelope.op == "delete":
        return None
    data = _read(kind, envelope.data, "data", notes)
    _require_one_record(envelope, data)
    return data


def _require_one_record(envelope: Item | Envelope, data: Mission | Quote | Photo) -> None:
    for name in _of_both(type(data)):
        if getattr(data, name) != getattr(envelope, name):
            raise _Bad("id" if name != "version" else "envelope", f"data.{name}", "contradicts the envelope")


@functools.cache
def _of_both(kind: type[Struct]) -> list[str]:
    """What a record of that `kind` says of itself, and its envelope too."""
    return [name for name in ("id", "mission_id", "version") if name in kind.__struct_fields__]


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
        if not amounts.are_sound(record):
            raise msgspec.ValidationError
    except msgspec.ValidationError:
        record = _read_fields(kind, raw, path, notes)
    _settle(record, raw, (path,) if path else (), notes)
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
    read = msgspec.convert(value, field.type)
    if amounts.is_unsound(kind, field.name, read):
        raise msgspec.ValidationError("not an amount")
    return read


def _read_items(kind: type[Record], values: list[Any], where: str, notes: dict[str, str]) -> Iterator[Record]:
    for number, value in enumerate(values):
        if isinstance(value, dict):
            yield _read(kind, value, f"{where}.{number}", notes)
        elif getattr(kind, "VITAL", {}):
            raise _Bad(AMOUNT, f"{where}.{number}", "not an object")
        else:
            notes[f"{where}.{number}"] = _raw_text(value)


def _settle(record: Struct, raw: dict[str, Any], path: Path, notes: dict[str, str]) -> None:
    """Times in UTC (one without a zone is Brussels'), and no dates from before cars or after us."""
    for name in _dated(type(record)):
        value = getattr(record, name)
        if isinstance(value, dt.date) and value.year not in YEARS:
            notes[".".join(map(str, (*path, name)))] = _raw_text(raw.get(name))
            setattr(record, name, UNSET)
        elif isinstance(value, dt.datetime) and value.tzinfo is not dt.UTC:
            local = value if value.tzinfo else value.replace(tzinfo=BRUSSELS)
            setattr(record, name, local.astimezone(dt.UTC))
        elif isinstance(value, Struct):
            _settle(value, raw.get(name) or {}, (*path, name), notes)
        elif isinstance(value, list):
            for number, item in enumerate(value):
                _settle(item, {}, (*path, name, number), notes)


@functools.cache
def _dated(kind: type[Struct]) -> tuple[str, ...]:
    """The fields of `kind` in which, or somewhere in which, a date or a time may stand."""
    return tuple(
        field.name for field in msgspec.structs.fields(kind) if any(map(_may_be_dated, _types(field.type)))
    )


def _types(annotation: Any) -> Iterable[Any]:
    inner = [one for part in get_args(annotation) for one in _types(part)]
    return inner or [annotation]


def _may_be_dated(kind: Any) -> bool:
    return isinstance(kind, type) and (
        issubclass(kind, dt.date) or (issubclass(kind, Struct) and bool(_dated(kind)))
    )


def _raw_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return UNSTORABLE.sub("", text)[:RAW_LENGTH]

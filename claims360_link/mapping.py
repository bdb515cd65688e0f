"""Wire record -> intake record. Pure; what the wire leaves out stays out, a null stays a null."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from operator import attrgetter
from typing import Any

import msgspec

from claims360_link import payloads, reading
from dossiers.facts import Facts
from dossiers.intake.records import Batch, MissionRecord, PhotoRecord, QuoteRecord, UnreadableRecord


class Part:
    """What an object of the wire says of a repair: fact of a dossier = field of the object."""

    def __init__(self, *same: str, **facts: str) -> None:
        facts |= dict(zip(same, same, strict=True))
        self.fields = facts
        self.facts = tuple(facts)
        self.read: Callable[[Any], tuple[Any, ...]] = attrgetter(*facts.values())


OWNER = Part(
    owner_number="customer_number",
    owner_name="name",
    owner_phone="phone",
    owner_email="email",
    owner_address="address",
    owner_language="language",
)
EXPERT = Part(expert_name="name", expert_office="office", expert_phone="phone", expert_email="email")
INSURER = Part(insurer_code="code", insurer_name="name")
CLAIM = Part(
    "policy_number",
    "occurred_on",
    "circumstances",
    "deductible",
    "vat_recoverable_pct",
    claim_number="number",
)
VEHICLE = Part(
    "plate",
    "vin",
    "make",
    "model",
    "power_kw",
    "displacement_cc",
    "fuel",
    "first_registered_on",
    "mileage",
)
ITSELF = Part("inspection_at", "damage_zones")
PLACES = {"insurer": INSURER, "expert": EXPERT, "claim": CLAIM, "owner": OWNER, "vehicle": VEHICLE}
FACT_AT = {f"{place}.{field}": fact for place, part in PLACES.items() for fact, field in part.fields.items()}
AMOUNTS = ("deductible", "vat_recoverable_pct")
DEADLY = "killed-three-times"


def batch(changes: Iterable[payloads.Change], unreadable: Iterable[payloads.Unreadable]) -> Batch:
    """The records of one page as intake takes them, sorted by kind."""
    mapped = Batch()
    for change in changes:
        if change.entity == "mission":
            mapped.missions.append(mission_record(change))
        elif change.entity == "quote":
            mapped.quotes.append(quote_record(change))
        else:
            mapped.photos.append(photo_record(change))
    mapped.unreadable.extend(unreadable_record(record) for record in unreadable)
    return mapped


def standing_batch(records: Iterable[payloads.Change | payloads.Unreadable]) -> Batch:
    """One mission as it stands, as intake takes it."""
    records = list(records)
    changes = [one for one in records if isinstance(one, payloads.Change)]
    return batch(changes, [one for one in records if isinstance(one, payloads.Unreadable)])


def mission_record(change: payloads.Change) -> MissionRecord:
    """A change of a mission; only an id for one that was deleted."""
    data = change.data
    if not isinstance(data, payloads.Mission):
        return MissionRecord(change.id, change.version, change.changed_at, deleted=True)
    return MissionRecord(
        external_id=change.id,
        version=change.version,
        changed_at=change.changed_at,
        number=data.number,
        status=data.status or "",
        task_code=data.task_code or "",
        smart_expertise=_or(data.smart_expertise, None),
        facts=facts_of(data),
        comments=None if data.comments is msgspec.UNSET else [_comment(one) for one in data.comments or []],
        notes=change.notes,
    )


def facts_of(mission: payloads.Mission) -> Facts:
    """What the wire says of a repair, by the names of `dossiers.facts`."""
    found: Facts = {}
    for nested, part in (
        (mission.insurer, INSURER),
        (mission.expert, EXPERT),
        (mission.claim, CLAIM),
        (mission.owner, OWNER),
        (mission.vehicle, VEHICLE),
        (mission, ITSELF),
    ):
        found.update(_nested(nested, part))
    for name in AMOUNTS:
        if found.get(name) is not None:
            found[name] = Decimal(found[name])
    return found


def quote_record(change: payloads.Change) -> QuoteRecord:
    """A change of a quote; only its ids for one that was deleted. Amounts stay the texts that were sent."""
    data = change.data
    if not isinstance(data, payloads.Quote):
        return QuoteRecord(change.id, change.mission_id, change.version, change.changed_at, deleted=True)
    return QuoteRecord(
        external_id=change.id,
        mission_external_id=change.mission_id,
        version=change.version,
        changed_at=change.changed_at,
        number=data.number,
        supplement=data.supplement or 0,
        status=data.status or "",
        previous_status=data.previous_status or "",
        status_label=data.status_label or "",
        currency=_or(data.currency, "EUR"),
        vat_rate=data.vat_rate or "",
        lines=msgspec.to_builtins(data.lines or []),
        totals=msgspec.to_builtins(data.totals or {}),
        notes=change.notes,
    )


def photo_record(change: payloads.Change) -> PhotoRecord:
    """A change of a photo; its content is fetched apart."""
    data = change.data
    if not isinstance(data, payloads.Photo):
        return PhotoRecord(change.id, change.mission_id, change.version, change.changed_at, deleted=True)
    return PhotoRecord(
        external_id=change.id,
        mission_external_id=change.mission_id,
        version=change.version,
        changed_at=change.changed_at,
        sha256=data.sha256,
        bytes=data.bytes or 0,
        origin=data.source or "",
        category=data.category or "",
        caption=data.caption or "",
        file_name=data.file_name or "",
        sequence=_or(data.sequence, None),
        taken_at=data.captured_at or data.created_at or None,
    )


def deadly_record(change: payloads.Change) -> UnreadableRecord:
    """A change with which workers die, for keeping."""
    ids = (change.entity, change.id, change.mission_id, change.version)
    return UnreadableRecord(*ids, reason=DEADLY, detail="", raw=reading.as_sent(change.raw))


def unreadable_record(record: payloads.Unreadable) -> UnreadableRecord:
    """A record that could not be read, for keeping."""
    detail = f"{record.field}: {record.message}" if record.field else record.message
    return UnreadableRecord(
        entity=record.entity,
        external_id=record.id,
        mission_external_id=record.mission_id,
        version=record.version,
        reason=f"unreadable-{record.reason}",
        detail=detail,
        raw=record.raw,
    )


def _nested(source: Any, part: Part) -> Facts:
    """The named fields of `source` that are there; a null object says null of each of its fields."""
    if source is msgspec.UNSET:
        return {}
    if source is None:
        return dict.fromkeys(part.facts)
    found = zip(part.facts, part.read(source), strict=True)
    return {fact: value for fact, value in found if value is not msgspec.UNSET}


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is msgspec.UNSET or value is None else value


def _comment(comment: payloads.Comment) -> dict[str, str]:
    return {
        "author": comment.author or "",
        "at": comment.at.isoformat() if comment.at else "",
        "text": comment.text or "",
    }

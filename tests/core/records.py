"""Records as intake takes them, and a batch of them received."""

import datetime as dt
from typing import Any

from constance import config
from django.utils import timezone

from dossiers.intake.receive import receive
from dossiers.intake.records import Batch, MissionRecord, PhotoRecord, QuoteRecord, UnreadableRecord
from dossiers.intake.tally import Tally
from dossiers.models import Mission, Quote, Source
from repairers.locking import one_writer
from repairers.models import Repairer

Record = MissionRecord | QuoteRecord | PhotoRecord | UnreadableRecord
AT = dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
FACTS = {"plate": "1-ABC-234", "make": "Audi", "owner_name": "Peeters Jan", "claim_number": "C1"}


def mission(version: int = 1, external_id: str = "m1", **more: Any) -> MissionRecord:
    known = {"number": f"2026/{external_id}", "status": "accepted", "facts": FACTS, **more}
    return MissionRecord(external_id, version, AT, **known)


def no_mission(version: int, external_id: str = "m1") -> MissionRecord:
    return MissionRecord(external_id, version, AT, deleted=True)


def quote(
    version: int = 1, external_id: str = "q1", of: str = "m1", gross: str = "121.00", **more: Any
) -> QuoteRecord:
    known = {"number": f"{of}-1", "status": "submitted", "totals": {"gross": gross}, **more}
    return QuoteRecord(external_id, of, version, AT, **known)


def no_quote(version: int, external_id: str = "q1", of: str = "m1") -> QuoteRecord:
    return QuoteRecord(external_id, of, version, AT, deleted=True)


def photo(
    version: int = 1, external_id: str = "p1", of: str = "m1", sha256: str = "a" * 64, **more: Any
) -> PhotoRecord:
    return PhotoRecord(external_id, of, version, AT, sha256=sha256, bytes=10, **more)


def unreadable(version: int | None = 1, entity: str = "quote", external_id: str = "q1") -> UnreadableRecord:
    raw = {"id": external_id, "version": version}
    return UnreadableRecord(entity, external_id, "m1", version, "unreadable-amount", "gross", raw)


def part(description: str, code: str = "", **more: Any) -> dict[str, Any]:
    line = {"kind": "part", "description": description, "amount": "10.00", "quantity": "1.00"}
    return {**line, **({"code": code} if code else {}), **more}


def options(**values: Any) -> None:
    for name, value in values.items():
        setattr(config, name, value)


def take_in(repairer: Repairer, *records: Record) -> Tally:
    """Receive `records` as one page does."""
    batch = Batch()
    lists: dict[type, list[Any]] = {
        MissionRecord: batch.missions,
        QuoteRecord: batch.quotes,
        PhotoRecord: batch.photos,
        UnreadableRecord: batch.unreadable,
    }
    for record in records:
        lists[type(record)].append(record)
    with one_writer(repairer.pk):
        return receive(repairer, Source.CLAIMS360, batch, timezone.now())


def held_mission(external_id: str = "m1") -> Mission:
    return Mission.objects.select_related("dossier").get(external_id=external_id)


def held_quote(external_id: str = "q1") -> Quote:
    return Quote.objects.select_related("mission__dossier").get(external_id=external_id)

"""A document of Winformex II into intake: the same queue, rules, matching and history as Claims360's feed."""

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils import timezone
from msgspec import structs

from dossiers import facts, kept_aside
from dossiers.intake import receive as intake
from dossiers.intake.records import Batch, MissionRecord, QuoteRecord, UnreadableRecord
from dossiers.intake.take import mission_digest, quote_digest
from dossiers.intake.tally import Tally
from dossiers.models import Mission, QuoteVersion, SetAside, Source
from dossiers.normalise import key
from dossiers.staff_messages import tell_of_intake
from dossiers.winformex import mapping
from dossiers.winformex.album import Album, Open, mark_stored, nothing_beside, read_album
from dossiers.winformex.documents import ALBUM_LIST, Document, Unreadable, parse, read_document
from repairers.locking import one_writer
from repairers.models import Repairer

MAX_TEXT = 1_000_000  # characters that are kept of a document that is no JSON
OLDER = "older-document"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a document: what was counted, and what was set aside; `taken`: at least the document itself."""

    taken: bool
    tally: Tally
    aside: list[UnreadableRecord] = field(default_factory=list)


def take(repairer: Repairer, body: bytes, open_file: Open = nothing_beside) -> Outcome:
    """Take over a document for `repairer`, with its files from `open_file`; what can't be read is kept aside.

    Taken twice, it changes nothing. Raises OSError where photos can't be stored: it is to be tried again later.
    """
    try:
        raw = parse(body)
    except Unreadable as why:
        text = body[:MAX_TEXT].decode(errors="replace").replace("\x00", "")
        return _refuse(repairer, why, {"text": text})
    return _take(repairer, raw, open_file)


def try_again(set_aside_id: int) -> bool:
    """Read a document that was kept aside once more, as a newer release may read it; whether it was taken over."""
    row = SetAside.objects.select_related("repairer").get(pk=set_aside_id)
    if not isinstance(row.raw, dict) or "list_code" not in row.raw:
        return False
    if not _take(row.repairer, row.raw, nothing_beside).taken:
        return False
    SetAside.objects.filter(pk=set_aside_id).update(resolved_at=timezone.now())
    return True


def _take(repairer: Repairer, raw: Any, open_file: Open) -> Outcome:
    try:
        document, notes = read_document(raw)
        at = document.sent_at if isinstance(document.sent_at, dt.datetime) else timezone.now()
        if document.list_code == ALBUM_LIST:
            return _take_album(repairer, document, read_album(document, open_file), at)
        mission = mapping.mission_record(document, notes, at)
    except Unreadable as why:
        return _refuse(repairer, why, raw)
    return _take_mission(repairer, document, mission, raw, at)


def _take_mission(
    repairer: Repairer, document: Document, mission: MissionRecord, raw: Any, at: dt.datetime
) -> Outcome:
    quotes, aside = mapping.quote_records(document, at)
    with one_writer(repairer.pk):
        numbered = _numbered_mission(repairer, mission)
        batch = Batch(unreadable=aside)
        if numbered is None:
            batch.unreadable.append(_older("mission", mission.external_id, mission.external_id, raw))
        else:
            batch.missions.append(numbered)
        for quote in quotes:
            _number_quote(repairer, quote, batch)
        return _receive(repairer, batch)


def _take_album(repairer: Repairer, document: Document, album: Album, at: dt.datetime) -> Outcome:
    with one_writer(repairer.pk):
        batch = Batch(photos=album.photos, unreadable=album.aside)
        if _held_mission(repairer, mapping.mission_id(document)) is None:
            batch.missions.append(structs.replace(mapping.shell_record(document, at), version=1))
        outcome = _receive(repairer, batch)
        kept_aside.settle(one.raw for one in album.aside)
        outcome.tally.count("photos", "stored", mark_stored(repairer, album.photos))
        return outcome


def _refuse(repairer: Repairer, why: Unreadable, raw: Any) -> Outcome:
    """Nothing of the document can be taken over; it is kept with the reason."""
    number = raw.get("number") if isinstance(raw, dict) else None
    known = key(number)[:120] if isinstance(number, str) else ""
    aside = [mapping.aside_record("mission" if known else "document", known, known, why, raw)]
    with one_writer(repairer.pk):
        outcome = _receive(repairer, Batch(unreadable=aside))
    return replace(outcome, taken=False)


def _receive(repairer: Repairer, batch: Batch) -> Outcome:
    tally = intake.receive(repairer, Source.WINFORMEX, batch, timezone.now())
    tell_of_intake(repairer.pk, tally)
    return Outcome(True, tally, batch.unreadable)


def _held_mission(repairer: Repairer, external_id: str) -> Mission | None:
    rows = Mission.objects.filter(repairer=repairer, source=Source.WINFORMEX, external_id=external_id)
    return rows.only("version", "digest", "changed_at").first()


def _numbered_mission(repairer: Repairer, record: MissionRecord) -> MissionRecord | None:
    """`record` with the next version if it says something new; None where something newer is held."""
    held = _held_mission(repairer, record.external_id)
    if held is None:
        return structs.replace(record, version=1)
    if held.digest == mission_digest(record):
        return structs.replace(record, version=held.version)
    if held.changed_at is not None and record.changed_at < held.changed_at:
        return None
    return structs.replace(record, version=held.version + 1)


def _number_quote(repairer: Repairer, record: QuoteRecord, batch: Batch) -> None:
    """Put `record` into `batch` with its version; an older one that was never held is kept aside."""
    versions = QuoteVersion.objects.filter(
        quote__repairer=repairer, quote__source=Source.WINFORMEX, quote__external_id=record.external_id
    ).only("version", "digest", "changed_at")
    held = {version.version: version for version in versions}
    newest = held[max(held)] if held else None
    wanted = quote_digest(record)
    if newest is None or (newest.digest != wanted and record.changed_at >= newest.changed_at):
        batch.quotes.append(structs.replace(record, version=max(held, default=0) + 1))
    elif same := next((one.version for one in held.values() if one.digest == wanted), None):
        batch.quotes.append(structs.replace(record, version=same))
    else:
        raw = {name: facts.plain(getattr(record, name)) for name in record.__struct_fields__}
        batch.unreadable.append(_older("quote", record.external_id, record.mission_external_id, raw))


def _older(entity: str, external_id: str, of_mission: str, raw: Any) -> UnreadableRecord:
    """Something newer is held: kept, and at once resolved by that."""
    return UnreadableRecord(entity, external_id, of_mission, 1, OLDER, "", raw)

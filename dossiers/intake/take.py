"""Each record against what is held: newer, older, repeated or contradictory. In memory; nothing is saved here."""

import datetime as dt
from collections.abc import Mapping

from dossiers import facts
from dossiers.intake import bulk
from dossiers.intake.held import Held
from dossiers.intake.records import (
    AS_IT_STANDS,
    MissionRecord,
    PhotoRecord,
    QuoteRecord,
    UnreadableRecord,
    digest,
)
from dossiers.models import Mission, MissionState, Photo, Quote, QuoteState, QuoteVersion, SetAside, Source
from dossiers.models.photo import FetchState
from dossiers.normalise import key
from dossiers.traces import traces
from repairers.models import Repairer

DELETED = "deleted"
OTHER_CONTENT = "same-version-other-content"
OTHER_MISSION = "other-mission"
ANY_VERSION = 2**31 - 1  # a good record that covers whatever came of it before
TRANSMITTED = (
    "supplement",
    "status",
    "previous_status",
    "status_label",
    "currency",
    "vat_rate",
    "lines",
    "totals",
    "notes",
    "changed_at",
)
COPIED = ("plate", "make", "model", "owner_name", "owner_number", "insurer_name")


def take_mission(held: Held, record: MissionRecord) -> bool:
    """Take over `record`; True when it changed what is held."""
    mission = held.mission(record.external_id)
    plain = facts.to_json(record.facts)
    if record.version == AS_IT_STANDS:
        return _take_as_it_stands(held, mission, record, plain)
    content = DELETED if record.deleted else _mission_digest(record, plain)
    if not _is_news(held, "mission", record, mission.version, mission.digest, content, bool(mission.notes)):
        return False
    held.tally.count("missions", "updated" if mission.version else "new")
    mission.version, mission.digest, mission.changed_at = record.version, content, record.changed_at
    mission.updated_at = held.now
    held.touch(mission)
    if record.deleted:
        _withdraw(mission, MissionState.WITHDRAWN)
    else:
        _revive(mission, MissionState.WITHDRAWN, MissionState.INCOMPLETE)
        _fill_mission(mission, record, plain)
    return True


def take_quote(held: Held, record: QuoteRecord) -> bool:
    """Take over `record`; True when it is a version, or a deletion, that was not held yet."""
    mission = held.mission(record.mission_external_id)
    quote = held.quotes.get(record.external_id)
    if quote is not None and quote.mission.external_id != mission.external_id:
        _set_aside(held, "quote", record, OTHER_MISSION)
        return False
    if quote is None:
        quote = held.quotes[record.external_id] = _new_quote(held, mission, record)
    return _delete_quote(held, quote, record) if record.deleted else _add_version(held, quote, record)


def take_photo(held: Held, record: PhotoRecord) -> bool:
    """Take over `record`; True when it changed what is held. Its content is fetched apart."""
    photo = held.photos.get(record.external_id)
    if photo is not None and record.version == AS_IT_STANDS:
        return False  # what became of it since, its own changes tell
    if photo is not None and photo.mission and photo.mission.external_id != record.mission_external_id:
        _set_aside(held, "photo", record, OTHER_MISSION)
        return False
    if photo is None:
        photo = held.photos[record.external_id] = _new_photo(held, record)
    content = DELETED if record.deleted else record.sha256
    stored = DELETED if photo.withdrawn else photo.sha256
    is_new = record.version == AS_IT_STANDS
    if not is_new and not _is_news(held, "photo", record, photo.version, stored, content, False):
        return False
    held.tally.count("photos", "received")
    photo.version, photo.withdrawn = record.version, record.deleted
    held.touch(photo)
    if not record.deleted:
        _fill_photo(photo, record)
    return True


def take_unreadable(held: Held, record: UnreadableRecord) -> None:
    """Keep a record that could not be read; at once resolved where its version, or a later one, is held."""
    known = held.version_of(record.entity, record.external_id)
    covered = record.version is not None and 0 < record.version <= known
    held.tally.set_aside += 0 if covered else 1
    row = row_aside(held.repairer, held.source, record, held.now)
    row.resolved_at = held.now if covered else None
    held.set_aside.append(row)


def row_aside(repairer: Repairer, source: Source, record: UnreadableRecord, now: dt.datetime) -> SetAside:
    """The row, not saved yet, that keeps `record` aside."""
    return SetAside(
        repairer=repairer,
        source=source,
        entity=record.entity,
        external_id=record.external_id,
        mission_external_id=record.mission_external_id,
        version=record.version,
        reason=record.reason,
        detail=record.detail[:500],
        digest=digest(record.raw),
        raw=record.raw,
        traces=traces(record.raw),
        created_at=now,
    )


def _take_as_it_stands(held: Held, mission: Mission, record: MissionRecord, plain: facts.Facts) -> bool:
    """How a mission is now, which is as new as can be. Its version stays: the changes up to now are still to come.

    Without a digest: whatever the held version said, it is held no longer, and contradicts nothing. What was forgotten
    for data protection is brought back by news only, and not because somebody asks.
    """
    if mission.forgotten_at is not None:
        return False
    held.seen["mission", record.external_id] = ANY_VERSION
    before = _told(mission)
    was_there = bool(mission.version or mission.facts)
    _revive(mission, MissionState.WITHDRAWN, MissionState.INCOMPLETE)
    _fill_mission(mission, record, plain)
    if _told(mission) == before:
        return False
    held.tally.count("missions", "updated" if was_there else "new")
    mission.digest, mission.updated_at = "", held.now
    held.touch(mission)
    return True


def _told(mission: Mission) -> list[object]:
    names = ("state", "number", "status", "task_code", "smart_expertise", "facts", "comments", "notes")
    return [getattr(mission, name) for name in names]


def mission_digest(record: MissionRecord) -> str:
    """What a mission's version says, as its row keeps it to know the same again."""
    return _mission_digest(record, facts.to_json(record.facts))


def _mission_digest(record: MissionRecord, plain: facts.Facts) -> str:
    known = [record.number, record.status, record.task_code, record.smart_expertise, plain, record.comments]
    return digest(known)


def quote_digest(record: QuoteRecord) -> str:
    """What a quote's version says, as its row keeps it to know the same again."""
    names = ("number", "supplement", "status", "previous_status", "status_label", "currency", "vat_rate")
    return digest([*(getattr(record, name) for name in names), record.lines, record.totals])


def _is_news(
    held: Held,
    entity: str,
    record: MissionRecord | PhotoRecord,
    version: int,
    stored: str,
    content: str,
    completes: bool,
) -> bool:
    """Whether a record is newer than what is held; `completes`: the held one has fields that could not be read."""
    if entity != "photo":  # of photos only news count
        held.tally.count(f"{entity}s", "received")
    if record.version < version:
        return False
    held.seen[entity, record.external_id] = record.version
    if record.version > version:
        return True
    if stored in (content, ""):
        return False
    notes = getattr(record, "notes", None)
    if completes and not notes:
        return True
    if notes and not completes:
        return False  # a copy that was hurt on the way: it is held whole
    _set_aside(held, entity, record, OTHER_CONTENT)
    return False


def _fill_mission(mission: Mission, record: MissionRecord, plain: facts.Facts) -> None:
    mission.number = record.number or mission.number
    mission.status = record.status or mission.status
    mission.task_code = record.task_code or mission.task_code
    if record.smart_expertise is not None:
        mission.smart_expertise = record.smart_expertise
    if record.comments is not None:
        mission.comments = record.comments
    mission.facts = {**mission.facts, **plain}
    mission.notes = record.notes
    _copy_facts(mission)


def _copy_facts(mission: Mission) -> None:
    for name in COPIED:
        setattr(mission, name, mission.facts.get(name) or "")
    mission.plate_key = key(mission.plate)
    mission.number_key = key(mission.number)
    mission.claim_key = key(mission.claim_number)
    mission.vin_key = key(mission.facts.get("vin") or "")[:64]
    mission.set_words()


def _withdraw(row: Mission | Quote, withdrawn: str) -> None:
    if row.state != withdrawn:
        row.reason_args = {"was": row.state, "reason": row.reason, "args": row.reason_args}
        row.state, row.reason = withdrawn, "withdrawn"


def _revive(row: Mission | Quote, withdrawn: str, first: str) -> None:
    if row.state == withdrawn:
        was = row.reason_args
        row.state, row.reason, row.reason_args = (
            was.get("was", first),
            was.get("reason", ""),
            was.get("args", {}),
        )


def _new_quote(held: Held, mission: Mission, record: QuoteRecord) -> Quote:
    quote = bulk.blank(Quote)
    quote.repairer_id, quote.source, quote.external_id = held.repairer.pk, held.source, record.external_id
    quote.mission, quote.received_at, quote.updated_at = mission, held.now, held.now
    return quote


def _delete_quote(held: Held, quote: Quote, record: QuoteRecord) -> bool:
    held.tally.count("quotes", "received")
    if record.version < quote.version:
        return False
    held.seen["quote", record.external_id] = record.version
    if record.version in held.versions.get(record.external_id, {}):
        _set_aside(held, "quote", record, OTHER_CONTENT)
        return False
    if record.version == quote.version:
        return False
    quote.version, quote.updated_at = record.version, held.now
    _withdraw(quote, QuoteState.WITHDRAWN)
    held.touch(quote)
    held.tally.count("quotes", "updated")
    return True


def _add_version(held: Held, quote: Quote, record: QuoteRecord) -> bool:
    held.tally.count("quotes", "received")
    versions = held.versions.setdefault(record.external_id, {})
    content = quote_digest(record)
    stored = versions.get(record.version)
    if stored is not None and not (stored.notes and not record.notes):
        hurt = bool(record.notes) and not stored.notes  # a copy hurt on the way: it is held whole
        return _repeated(held, record, hurt or stored.digest == content)
    if stored is None and quote.version == record.version and quote.state == QuoteState.WITHDRAWN:
        return _repeated(held, record, False)
    held.tally.count("quotes", "updated" if versions else "new")
    versions[record.version] = _version(held, quote, record, content, stored)
    held.new_versions.append(versions[record.version])
    held.seen["quote", record.external_id] = max(record.version, quote.version)
    if record.version >= quote.version:
        _make_current(held, quote, record)
    _compare(quote, versions)
    held.touch(quote)
    return True


def _repeated(held: Held, record: QuoteRecord, same: bool) -> bool:
    if same:
        held.seen["quote", record.external_id] = record.version
    else:
        _set_aside(held, "quote", record, OTHER_CONTENT)
    return False


def _version(
    held: Held, quote: Quote, record: QuoteRecord, content: str, completes: QuoteVersion | None
) -> QuoteVersion:
    version = bulk.blank(QuoteVersion)
    version.pk, version.quote, version.version = (completes.pk if completes else None), quote, record.version
    for name in TRANSMITTED:
        setattr(version, name, getattr(record, name))
    version.digest, version.received_at = content, held.now
    return version


def _make_current(held: Held, quote: Quote, record: QuoteRecord) -> None:
    _revive(quote, QuoteState.WITHDRAWN, QuoteState.FOLLOWS)
    quote.version, quote.updated_at = record.version, held.now
    quote.number = record.number or quote.number
    quote.supplement = record.supplement
    quote.status, quote.status_label = record.status, record.status_label
    quote.currency, quote.gross = record.currency, record.gross


def _compare(quote: Quote, versions: Mapping[int, QuoteVersion]) -> None:
    earlier = [version for version in versions if version < quote.version]
    quote.previous_gross = versions[max(earlier)].gross_amount if earlier else None


def _new_photo(held: Held, record: PhotoRecord) -> Photo:
    return Photo(
        repairer=held.repairer,
        source=held.source,
        external_id=record.external_id,
        mission=held.mission(record.mission_external_id),
        fetch_state=FetchState.PENDING,
        received_at=held.now,
    )


def _fill_photo(photo: Photo, record: PhotoRecord) -> None:
    if photo.sha256 != record.sha256:
        photo.content = None
        photo.fetch_state, photo.fetch_attempts, photo.fetch_error = FetchState.PENDING, 0, ""
    photo.sha256, photo.bytes = record.sha256, record.bytes
    photo.origin, photo.category = record.origin, record.category
    photo.caption, photo.file_name = record.caption, record.file_name
    photo.sequence, photo.taken_at = record.sequence, record.taken_at


def _set_aside(
    held: Held, entity: str, record: MissionRecord | QuoteRecord | PhotoRecord, reason: str
) -> None:
    raw = {name: getattr(record, name) for name in record.__struct_fields__}
    raw = {name: facts.plain(value) for name, value in raw.items()}
    if isinstance(record, MissionRecord):
        raw["facts"] = facts.to_json(record.facts)
    held.tally.set_aside += 1
    held.set_aside.append(
        SetAside(
            repairer=held.repairer,
            source=held.source,
            entity=entity,
            external_id=record.external_id,
            mission_external_id=getattr(record, "mission_external_id", record.external_id),
            version=record.version,
            reason=reason,
            digest=digest(raw),
            raw=raw,
            traces=traces(raw),
            created_at=held.now,
        )
    )

"""What PlanManager holds of the things that a batch speaks of: read in bulk, changed in memory, saved in bulk."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Model

from dossiers.intake import bulk
from dossiers.intake.records import Batch
from dossiers.intake.tally import Tally
from dossiers.models import Dossier, Mission, MissionState, Photo, Quote, QuoteVersion, SetAside, Source
from dossiers.normalise import key
from repairers.models import Repairer

A_MISSION = "SELECT id FROM dossiers_mission WHERE"


@dataclass
class Held:
    """The rows of one repairer and source by external id; `touched` are those that must be saved."""

    repairer: Repairer
    source: Source
    now: dt.datetime
    missions: dict[str, Mission] = field(default_factory=dict)
    # what may be the twin of one of them, or follows it
    namesakes: list[Mission] = field(default_factory=list)
    quotes: dict[str, Quote] = field(default_factory=dict)
    dossiers: dict[int, Dossier] = field(default_factory=dict)
    versions: dict[str, dict[int, QuoteVersion]] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)
    touched: dict[tuple[type[Model], str], Model] = field(default_factory=dict)
    new_versions: list[QuoteVersion] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)
    # the good records: (entity, id) -> version
    seen: dict[tuple[str, str], int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)

    @property
    def has_twins(self) -> bool:
        """Whether a mission of the batch has, by now, a twin of the other source."""
        return any(one.twin_of_id is not None for one in (*self.namesakes, *self.missions.values()))

    def touch(self, row: Mission | Quote | Photo) -> None:
        self.touched[type(row), row.external_id] = row

    def mission(self, external_id: str) -> Mission:
        """The mission of that id; a placeholder where it has not come yet."""
        if external_id not in self.missions:
            self.missions[external_id] = self._placeholder(external_id)
            self.touch(self.missions[external_id])
        return self.missions[external_id]

    def one(self, dossier: Dossier) -> Dossier:
        """The one object of that dossier, so that two missions of it fill the same."""
        return self.dossiers.setdefault(dossier.pk, dossier) if dossier.pk else dossier

    def version_of(self, entity: str, external_id: str) -> int:
        """The newest version held of an entity, 0 when there is none."""
        rows: dict[str, dict[str, Mission] | dict[str, Quote] | dict[str, Photo]]
        rows = {"mission": self.missions, "quote": self.quotes, "photo": self.photos}
        row = rows.get(entity, {}).get(external_id)
        return row.version if row else 0

    def _placeholder(self, external_id: str) -> Mission:
        mission = bulk.blank(Mission)
        mission.repairer_id, mission.source, mission.external_id = self.repairer.pk, self.source, external_id
        mission.state, mission.reason = MissionState.INCOMPLETE, "placeholder"
        mission.received_at = mission.updated_at = self.now
        return mission


def hold(repairer: Repairer, source: Source, batch: Batch, now: dt.datetime) -> Held:
    """What is held of the things in `batch`, in four statements whatever its size."""
    held = Held(repairer, source, now)
    unreadable = {record.external_id for record in batch.unreadable}
    _hold_missions(held, batch, unreadable)
    _hold_quotes(held, unreadable | {record.external_id for record in batch.quotes})
    _hold_photos(held, unreadable | {record.external_id for record in batch.photos})
    return held


def _hold_missions(held: Held, batch: Batch, unreadable: set[str]) -> None:
    ids = unreadable | {record.external_id for record in batch.missions}
    ids |= {record.mission_external_id for record in batch.quotes}
    ids |= {record.mission_external_id for record in batch.photos}
    found = _missions(held, ids, {key(record.number) for record in batch.missions})
    dossiers = {mission.dossier_id for mission in found} - {None}
    held.dossiers = Dossier.objects.in_bulk(dossiers) if dossiers else {}
    for mission in found:
        if mission.dossier_id is not None:
            mission.dossier = held.dossiers[mission.dossier_id]
        if mission.source == held.source and mission.external_id in ids:
            held.missions[mission.external_id] = mission
    held.namesakes = found


def _missions(held: Held, ids: set[str], numbers: set[str]) -> list[Mission]:
    """Those with one of the `ids`, their namesakes by what is held and by what comes, and those that follow them.

    Each is looked up by an index of its own: an OR, or the repairer as well, would look at all missions of his.
    """
    by_id, known = _mine(held, ids)
    by_number, wanted = bulk.among("number_key", numbers - {""})
    theirs = f"FROM dossiers_mission WHERE {by_id}"
    parts = [
        f"SELECT id {theirs}",
        f"{A_MISSION} {by_number}",
        f"{A_MISSION} twin_of_id IN (SELECT id {theirs})",
    ]
    params = [*known, *wanted, *known]
    if "" in numbers:  # such a record changes what is held under its number of before
        parts.append(f"{A_MISSION} number_key IN (SELECT number_key {theirs} AND number_key <> '')")
        params += known
    found = bulk.rows(Mission, f"id IN ({' UNION '.join(parts)}) ORDER BY id", params)
    return [mission for mission in found if mission.repairer_id == held.repairer.pk]


def _hold_quotes(held: Held, ids: set[str]) -> None:
    by_id, params = _mine(held, ids)
    of_them, missions = bulk.among("mission_id", [mission.pk for mission in held.missions.values()])
    go_along = f"state IN ('follows', 'waiting', 'excluded') AND repairer_id = %s AND {of_them}"
    condition = f"{by_id} OR id IN (SELECT id FROM dossiers_quote WHERE {go_along}) ORDER BY id"  # noqa: S608 (our own names)
    found = bulk.rows(Quote, condition, [*params, held.repairer.pk, *missions])
    by_pk = {quote.pk: quote for quote in found}
    held.quotes = {quote.external_id: quote for quote in found}
    _share_missions(held, found)
    if not found:
        return
    for version in QuoteVersion.objects.filter(quote__in=by_pk).defer("lines"):
        held.versions.setdefault(by_pk[version.quote_id].external_id, {})[version.version] = version


def _hold_photos(held: Held, ids: set[str]) -> None:
    if ids:
        held.photos = {photo.external_id: photo for photo in bulk.rows(Photo, *_mine(held, ids))}
        _share_missions(held, held.photos.values())


def _mine(held: Held, ids: set[str]) -> bulk.Sql:
    by_id, params = bulk.among("external_id", ids)
    return f"repairer_id = %s AND source = %s AND {by_id}", [held.repairer.pk, held.source, *params]


def _share_missions(held: Held, rows: Iterable[Quote | Photo]) -> None:
    """Rows of one mission point to one object, so that what happens to it in memory is seen by all."""
    missions = {mission.pk: mission for mission in held.missions.values()}
    for row in rows:
        if row.mission_id in missions:
            row.mission = missions[row.mission_id]

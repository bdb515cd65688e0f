"""Which dossier a mission belongs to (design, "Matching"): certain, or for a person to choose."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dossiers.intake import bulk
from dossiers.models import Dossier, Mission, MissionState
from dossiers.models.dossier import DossierStatus
from dossiers.models.transmission import SendState

# Each condition by an index of its own: an OR would look at every dossier of the repairer.
OPEN_DOSSIERS = """
SELECT {columns}, opening.mission_external_id, opening.state, mission.external_id, mission.state
FROM dossiers_dossier
LEFT JOIN dossiers_opening opening ON opening.dossier_id = dossiers_dossier.id
LEFT JOIN dossiers_mission mission ON mission.dossier_id = dossiers_dossier.id
WHERE dossiers_dossier.id IN (SELECT dossier_id FROM dossiers_opening WHERE {by_id}
                     UNION SELECT id FROM dossiers_dossier WHERE {mine} AND {by_claim}
                     UNION SELECT id FROM dossiers_dossier WHERE {mine} AND {by_plate})
  AND dossiers_dossier.status <> %s
ORDER BY dossiers_dossier.id"""
Beside = tuple[str | None, str | None, str | None, str | None]  # of its opening and of one of its missions


@dataclass(frozen=True, slots=True)
class Known:
    """What matching looks at of one open dossier."""

    dossier: Dossier
    opened_id: str = ""  # the external id that the "i" left on it
    opening_unanswered: bool = False
    mission_ids: frozenset[str] = frozenset()  # external ids of the missions it has

    @property
    def shared(self) -> tuple[tuple[str, str], ...]:
        """What a mission may have in common with it, by kind."""
        return ("id", self.opened_id), ("claim", self.dossier.claim_key), ("plate", self.dossier.plate_key)


@dataclass(frozen=True, slots=True)
class Match:
    """`dossier` where exactly one is certain; `doubt`, a sentence code, where a person must choose."""

    dossier: Dossier | None = None
    doubt: str = ""
    possible: list[Dossier] = field(default_factory=list)
    opened_by_us: bool = False


class Book:
    """The open dossiers of one repairer, found by what a mission may share with them; a page of missions asks it."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._known: dict[int, Known] = {}
        self._found: dict[tuple[str, str], dict[int, None]] = {}
        for one in known:
            self._enter(one)

    def _enter(self, one: Known) -> None:
        self._known[id(one.dossier)] = one
        for pair in one.shared:
            self._found.setdefault(pair, {})[id(one.dossier)] = None

    @property
    def is_empty(self) -> bool:
        return not self._known

    def with_same(self, kind: str, value: str) -> list[Known]:
        """Those whose "id" (left by the "i"), "claim" or "plate" is `value`; none for an empty one."""
        found = [self._known[key] for key in self._found.get((kind, value), ())]
        return [one for one in found if value and (kind, value) in one.shared]

    def note(self, dossier: Dossier, mission: Mission) -> None:
        """`dossier` has `mission` by now: what the next mission of the same batch is matched against."""
        one = self._known.get(id(dossier)) or Known(dossier)
        self._enter(replace(one, mission_ids=one.mission_ids | {mission.external_id}))


def match(mission: Mission, book: Book) -> Match:
    """The dossier of `mission` among the open dossiers of its repairer.

    By the external id that the "i" left, else by claim number, else by plate; taken only if exactly one fits and no
    step contradicts another.
    """
    if book.is_empty:
        return Match()
    by_id = book.with_same("id", mission.external_id)
    by_claim = book.with_same("claim", mission.claim_key)
    same_plate = book.with_same("plate", mission.plate_key)
    if any(one.opening_unanswered for one in same_plate) and not by_id:
        return Match(doubt="opening-unanswered", possible=_dossiers(same_plate))
    by_plate = [one for one in same_plate if not _has_other_business(one, mission)]
    possible = _dossiers(by_id + by_claim + same_plate)
    for step in (by_id, by_claim, by_plate):
        if step:
            others = by_plate if step is by_claim else []
            return _certain(step, mission, possible, by_id, others)
    # A dossier of the same car with other business is shown to choose from, but does not hold the mission up.
    return Match(possible=possible)


def _certain(
    step: list[Known], mission: Mission, possible: list[Dossier], by_id: list[Known], others: list[Known]
) -> Match:
    if len(step) > 1:
        return Match(doubt="several-dossiers", possible=possible)
    one = step[0]
    if step is not by_id and (_contradicts(one, mission) or any(other is not one for other in others)):
        return Match(doubt="contradiction", possible=possible)
    return Match(dossier=one.dossier, possible=possible, opened_by_us=step is by_id)


def _contradicts(one: Known, mission: Mission) -> bool:
    dossier = one.dossier
    other_plate = bool(dossier.plate_key and mission.plate_key and dossier.plate_key != mission.plate_key)
    other_claim = bool(dossier.claim_key and mission.claim_key and dossier.claim_key != mission.claim_key)
    other_file = bool(one.opened_id and one.opened_id != mission.external_id)
    return other_plate or other_claim or other_file


def _has_other_business(one: Known, mission: Mission) -> bool:
    other_claim = bool(one.dossier.claim_key) and one.dossier.claim_key != mission.claim_key
    return other_claim or bool(one.mission_ids - {mission.external_id})


def _dossiers(known: Iterable[Known]) -> list[Dossier]:
    return list({one.dossier.pk: one.dossier for one in known}.values())


def books(missions: Iterable[Mission]) -> dict[int, Book]:
    """By repairer id, the open dossiers that could belong to any of `missions`, in one statement."""
    missions = list(missions)
    found: dict[int, tuple[Dossier, list[Beside]]] = {}
    for dossier, beside in _open_dossiers(missions):  # a dossier comes once for each mission that it has
        found.setdefault(dossier.pk, (dossier, []))[1].append(beside)
    known = [_known(dossier, beside) for dossier, beside in found.values()]
    repairers = {mission.repairer_id for mission in missions}
    return {pk: Book(one for one in known if one.dossier.repairer_id == pk) for pk in repairers}


def _open_dossiers(missions: list[Mission]) -> list[tuple[Dossier, Any]]:
    mine, repairers = bulk.among("repairer_id", {mission.repairer_id for mission in missions})
    by_id, ids = bulk.among("mission_external_id", {mission.external_id for mission in missions})
    by_claim, claims = bulk.among("claim_key", {mission.claim_key for mission in missions} - {""})
    by_plate, plates = bulk.among("plate_key", {mission.plate_key for mission in missions} - {""})
    conditions = {"mine": mine, "by_id": by_id, "by_claim": by_claim, "by_plate": by_plate}
    params = [*ids, *repairers, *claims, *repairers, *plates, DossierStatus.CLOSED]
    return bulk.rows_beside(
        Dossier, OPEN_DOSSIERS.format(columns=bulk.columns(Dossier), **conditions), params
    )


def _known(dossier: Dossier, beside: list[Beside]) -> Known:
    opened_id, opening_state = beside[0][:2]
    unanswered = opened_id == "" and opening_state != SendState.CANCELLED
    linked = {external_id for *_, external_id, state in beside if state == MissionState.DOSSIER}
    return Known(dossier, opened_id or "", unanswered, frozenset(filter(None, linked)))


def possible_dossiers(missions: Iterable[Mission]) -> dict[int, list[Dossier]]:
    """By mission pk, the open dossiers that it may belong to; one statement."""
    missions = list(missions)
    known = books(missions)
    return {mission.pk: match(mission, known[mission.repairer_id]).possible for mission in missions}


def candidates(mission: Mission) -> list[Dossier]:
    """The open dossiers that `mission` may belong to, the likeliest first."""
    return possible_dossiers([mission])[mission.pk]

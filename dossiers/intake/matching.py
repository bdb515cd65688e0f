"""Which dossier a mission belongs to (design, "Matching"): certain, or for a person to choose."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Q

from dossiers.models import Dossier, Mission, MissionState, Opening
from dossiers.models.dossier import DossierStatus
from dossiers.models.transmission import SendState


@dataclass(frozen=True, slots=True)
class Known:
    """What matching looks at of one open dossier."""

    dossier: Dossier
    opened_id: str = ""  # the external id that the "i" left on it
    opening_unanswered: bool = False
    mission_ids: frozenset[str] = frozenset()  # external ids of the missions it has


@dataclass(frozen=True, slots=True)
class Match:
    """`dossier` where exactly one is certain; `doubt`, a sentence code, where a person must choose."""

    dossier: Dossier | None = None
    doubt: str = ""
    possible: list[Dossier] = field(default_factory=list)
    opened_by_us: bool = False


def match(mission: Mission, known: Iterable[Known]) -> Match:
    """The dossier of `mission` among the open dossiers `known` of its repairer.

    By the external id that the "i" left, else by claim number, else by plate; taken only if exactly one fits and no
    step contradicts another.
    """
    known = list(known)
    by_id = [one for one in known if one.opened_id and one.opened_id == mission.external_id]
    by_claim = [one for one in known if mission.claim_key and one.dossier.claim_key == mission.claim_key]
    same_plate = [one for one in known if mission.plate_key and one.dossier.plate_key == mission.plate_key]
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


def note(known: list[Known], dossier: Dossier, mission: Mission) -> None:
    """`dossier` has `mission` by now: what the next mission of the same batch is matched against."""
    at = next((index for index, one in enumerate(known) if one.dossier is dossier), None)
    if at is None:
        known.append(Known(dossier, mission_ids=frozenset({mission.external_id})))
    else:
        known[at] = replace(known[at], mission_ids=known[at].mission_ids | {mission.external_id})


def known_dossiers(missions: Iterable[Mission]) -> dict[int, list[Known]]:
    """By repairer id, the open dossiers that could belong to any of `missions`, in three statements at most."""
    missions = list(missions)
    found = _open_dossiers(missions)
    if not found:
        return {}
    openings = {opening.dossier_id: opening for opening in Opening.objects.filter(dossier__in=found)}
    linked: dict[int, set[str]] = {}
    rows = Mission.objects.filter(dossier__in=found, state=MissionState.DOSSIER)
    for dossier_id, external_id in rows.values_list("dossier_id", "external_id"):
        linked.setdefault(dossier_id, set()).add(external_id)
    known: dict[int, list[Known]] = {}
    for dossier in found:
        known.setdefault(dossier.repairer_id, []).append(_known(dossier, openings, linked))
    return known


def _open_dossiers(missions: list[Mission]) -> list[Dossier]:
    wanted = Q(opening__mission_external_id__in={mission.external_id for mission in missions})
    if claims := {mission.claim_key for mission in missions if mission.claim_key}:
        wanted |= Q(claim_key__in=claims)
    if plates := {mission.plate_key for mission in missions if mission.plate_key}:
        wanted |= Q(plate_key__in=plates)
    repairers = {mission.repairer_id for mission in missions}
    rows = Dossier.objects.filter(wanted, repairer__in=repairers).exclude(status=DossierStatus.CLOSED)
    return list(rows.order_by("pk"))


def _known(dossier: Dossier, openings: dict[int, Opening], linked: dict[int, set[str]]) -> Known:
    opening = openings.get(dossier.pk)
    return Known(
        dossier,
        opened_id=opening.mission_external_id if opening else "",
        opening_unanswered=bool(
            opening and not opening.mission_external_id and opening.state != SendState.CANCELLED
        ),
        mission_ids=frozenset(linked.get(dossier.pk, ())),
    )


def possible_dossiers(missions: Iterable[Mission]) -> dict[int, list[Dossier]]:
    """By mission pk, the open dossiers that it may belong to; a constant number of statements."""
    missions = list(missions)
    known = known_dossiers(missions)
    return {mission.pk: match(mission, known.get(mission.repairer_id, [])).possible for mission in missions}


def candidates(mission: Mission) -> list[Dossier]:
    """The open dossiers that `mission` may belong to, the likeliest first."""
    return possible_dossiers([mission])[mission.pk]

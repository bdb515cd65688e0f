"""A mission that came by two sources is one mission to the garage: its number links the two.

One leads: it has the row of the list, and is decided. The other follows: it has the leader's state, reason and dossier,
and keeps what it says for itself. In memory; nothing is saved here.
"""

import datetime as dt
from collections.abc import Iterable

from dossiers import history
from dossiers.intake import filing
from dossiers.models import Event, Mission, MissionState

RANK = {  # of two, the one that a person decided or that shows leads; else the one that came first
    MissionState.INCOMPLETE: 0,
    MissionState.ARCHIVED: 1,
    MissionState.EXCLUDED: 1,
    MissionState.WAITING: 2,
    MissionState.DENIED: 3,
    MissionState.DOSSIER: 3,
}
DECIDED = (MissionState.DOSSIER, MissionState.DENIED)


def twin_of(mission: Mission, found: Iterable[Mission]) -> Mission | None:
    """The twin of `mission` among `found`: its only namesake of the other source, where its own has no other."""
    if not mission.number_key or mission.is_apart or mission.state == MissionState.WITHDRAWN:
        return None
    same = [one for one in found if one.number_key == mission.number_key]
    others = [one for one in same if one.source != mission.source]
    own = [one for one in same if one.source == mission.source and one.external_id != mission.external_id]
    return others[0] if len(others) == 1 and not own and _may_be_one(mission, others[0]) else None


def leads(one: Mission, other: Mission, state: str) -> bool:
    """Whether `one` leads its twin `other`, which by itself would come to `state`."""
    if follows(one, other):
        return False
    return RANK[MissionState(one.state)] >= RANK[MissionState(state)]


def follows(one: Mission, other: Mission) -> bool:
    return other.pk is not None and one.twin_of_id == other.pk


def follow(mission: Mission, leader: Mission, now: dt.datetime) -> list[Event]:
    """`mission` follows `leader` from now on, and comes to where that is; a line for the history where this is new."""
    is_new = not follows(mission, leader)
    mission.twin_of, leader.twin_of = leader, None
    if leader.dossier is not None and leader.state == MissionState.DOSSIER:
        if mission.dossier_id == leader.dossier_id:
            mission.dossier = leader.dossier  # the same object: what was applied to it is still known
        filing.file_into(mission, leader.dossier, reason="", by=None, now=now)
    else:
        mission.dossier, mission.applied = None, {}
    mirror(mission, leader)
    return [_event(mission, leader)] if is_new else []


def mirror(mission: Mission, leader: Mission) -> None:
    """Give `mission` the state of `leader`, and its reason."""
    mission.state, mission.reason, mission.reason_args = leader.state, leader.reason, leader.reason_args
    mission.decided_by_id, mission.decided_at = leader.decided_by_id, leader.decided_at
    mission.rules_digest, mission.changed_since_denied = leader.rules_digest, False


def _may_be_one(one: Mission, other: Mission) -> bool:
    """Two that were decided apart stay so, unless they were decided alike."""
    if follows(one, other) or follows(other, one):
        return True
    if one.state in DECIDED and other.state in DECIDED:
        return (one.state, one.dossier_id) == (other.state, other.dossier_id)
    return True


def _event(mission: Mission, leader: Mission) -> Event:
    args = {"number": mission.number, "source": str(leader.get_source_display())}
    event = history.event("same-number", repairer_id=mission.repairer_id, args=args)
    event.mission, event.dossier = mission, mission.dossier
    return event

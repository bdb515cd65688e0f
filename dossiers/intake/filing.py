"""A mission's facts into its dossier, in memory: local edits win."""

import datetime as dt

from dossiers import facts
from dossiers.intake.merge import merge
from dossiers.models import Dossier, Mission, MissionState
from repairers.models import User


def file_into(mission: Mission, dossier: Dossier, *, reason: str, by: User | None, now: dt.datetime) -> bool:
    """Put `mission` into `dossier` and fill that; True when the dossier's facts changed."""
    if mission.dossier is not dossier:
        mission.applied = {}
    mission.dossier = dossier
    mission.state, mission.reason, mission.reason_args = MissionState.DOSSIER, reason, {}
    mission.decided_by, mission.decided_at = by, now
    return fill(mission, dossier)


def fill(mission: Mission, dossier: Dossier) -> bool:
    """Bring what `mission` knows into `dossier` where nobody edited it; True when the dossier's facts changed."""
    known = facts.from_json({name: value for name, value in mission.facts.items() if name in facts.NAMES})
    outcome = merge(dossier.facts, facts.from_json(mission.applied), known)
    for name, value in outcome.changes.items():
        setattr(dossier, name, value)
    dossier.set_keys()
    mission.applied = facts.to_json(outcome.applied)
    return bool(outcome.changes)


def new_dossier(mission: Mission, by: User | None = None) -> Dossier:
    """An empty dossier for `mission`'s repairer, not saved yet."""
    return Dossier(repairer_id=mission.repairer_id, created_by=by)

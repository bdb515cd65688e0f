"""How a mission or quote stood before a person decided: kept with the deed in the trail, so that it can be undone."""

import datetime as dt
from typing import Any

from dossiers.facts import Facts
from dossiers.models import Mission, Quote

DECIDED = ("state", "reason", "reason_args", "decided_by_id")
OF_MISSION = (*DECIDED, "rules_digest", "changed_since_denied")
OF_QUOTE = (*DECIDED, "accepted_version")
Before = dict[str, Any]


def of_mission(mission: Mission) -> Before:
    """As JSON, with the version that the person saw."""
    return {"version": mission.version, **_kept(mission, OF_MISSION)}


def of_quote(quote: Quote) -> Before:
    """As JSON, with the id of the quote."""
    return {"quote": quote.pk, **_kept(quote, OF_QUOTE)}


def put_back(row: Mission | Quote, before: Before, now: dt.datetime) -> None:
    """Let `row` stand as it did, decided `now`, for whoever asks what was decided since a moment; not saved."""
    for name in OF_MISSION if isinstance(row, Mission) else OF_QUOTE:
        setattr(row, name, before[name])
    row.decided_at = now


def filled(before: Facts, after: Facts) -> list[str]:
    """The names of the facts that a deed filled in a dossier."""
    return [name for name, value in after.items() if value != before[name]]


def _kept(row: Mission | Quote, names: tuple[str, ...]) -> Before:
    return {name: getattr(row, name) for name in names}

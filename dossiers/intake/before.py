"""How a mission or quote stood before a person decided: kept with the deed in the trail, so that it can be undone."""

import datetime as dt
from typing import Any

from dossiers.facts import Facts
from dossiers.models import Mission, Quote

DECIDED = ("state", "reason", "reason_args", "decided_by_id", "decided_at")
OF_MISSION = (*DECIDED, "rules_digest", "changed_since_denied")
OF_QUOTE = (*DECIDED, "accepted_version")
Before = dict[str, Any]


def of_mission(mission: Mission) -> Before:
    """As JSON, with the version that the person saw."""
    return {"version": mission.version, **_kept(mission, OF_MISSION)}


def of_quote(quote: Quote) -> Before:
    """As JSON, with the id of the quote."""
    return {"quote": quote.pk, **_kept(quote, OF_QUOTE)}


def put_back(row: Mission | Quote, before: Before) -> None:
    """Let `row` stand as it did; not saved."""
    for name in OF_MISSION if isinstance(row, Mission) else OF_QUOTE:
        value = before[name]
        setattr(row, name, dt.datetime.fromisoformat(value) if name == "decided_at" and value else value)


def filled(before: Facts, after: Facts) -> list[str]:
    """The names of the facts that a deed filled in a dossier."""
    return [name for name, value in after.items() if value != before[name]]


def _kept(row: Mission | Quote, names: tuple[str, ...]) -> Before:
    values = {name: getattr(row, name) for name in names}
    at = values["decided_at"]
    return {**values, "decided_at": at.isoformat() if at else None}

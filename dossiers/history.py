"""The trail: who did what to which dossier or mission. Written in the transaction of the deed itself."""

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from dossiers.models import Dossier, Event, Mission
from repairers.models import User
from repairers.whence import current_address

LONGEST_NAME = 150  # characters; first name and last name may have as many each


def event(
    verb: str,
    *,
    repairer_id: int,
    actor: User | None = None,
    dossier: Dossier | None = None,
    mission: Mission | None = None,
    args: dict[str, Any] | None = None,
) -> Event:
    """A row of the trail, not saved yet. `verb` is a code of `dossiers.sentences`; no actor: the link itself."""
    return Event(
        at=timezone.now(),
        verb=verb,
        repairer_id=repairer_id,
        actor=actor,
        address=current_address() if actor else None,
        actor_name=(actor.get_full_name() or actor.get_username())[:LONGEST_NAME] if actor else "",
        dossier=dossier,
        mission=mission,
        args=args or {},
    )


def record(verb: str, **about: Any) -> Event:
    """Save one row of the trail; takes what `event` takes."""
    row = event(verb, **about)
    row.save(force_insert=True)
    return row


def record_all(events: Iterable[Event]) -> None:
    """Save many rows of the trail in one statement."""
    Event.objects.bulk_create(list(events))

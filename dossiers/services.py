"""What staff do to a dossier: every change in one place, with its line in the history."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from dossiers import facts
from dossiers.history import record
from dossiers.models import Comment, Dossier, Event
from dossiers.models.dossier import DossierStatus
from repairers.locking import one_writer
from repairers.models import Repairer, User

CREATED, EDITED, STATUS, COMMENTED = "dossier-created", "dossier-edited", "dossier-status", "commented"


def create(repairer: Repairer, values: Mapping[str, Any], user: User) -> Dossier:
    """A new dossier of `repairer` with `values` by the names of `dossiers.facts`."""
    with one_writer(repairer.pk):
        dossier = Dossier(repairer=repairer, created_by=user, **values)
        dossier.save(force_insert=True)
        record(CREATED, repairer_id=repairer.pk, actor=user, dossier=dossier)
    return dossier


def edit(dossier: Dossier, changes: Mapping[str, Any], user: User) -> None:
    """Write `changes`, and nothing else, into the dossier as it now is; the history names the fields.

    What an import brought meanwhile into the other fields stays. ValueError for a name that is no fact.
    """
    if unknown := set(changes) - set(facts.NAMES):
        raise ValueError(f"not facts of a dossier: {sorted(unknown)}")
    with one_writer(dossier.repairer_id):
        current = Dossier.objects.get(pk=dossier.pk)
        changed = {name: value for name, value in changes.items() if getattr(current, name) != value}
        for name, value in changed.items():
            setattr(current, name, value)
        if changed:
            current.save()
            _record(EDITED, current, user, {"fields": list(changed)})


def set_status(dossier: Dossier, status: str, user: User) -> None:
    """Give the dossier `status`, one of DossierStatus (ValueError otherwise); closing notes the time."""
    wanted = DossierStatus(status)
    with one_writer(dossier.repairer_id):
        current = Dossier.objects.get(pk=dossier.pk)
        if current.status == wanted:
            return
        before, current.status = current.status, wanted
        current.closed_at = timezone.now() if wanted == DossierStatus.CLOSED else None
        current.save()
        _record(STATUS, current, user, {"from": before, "to": wanted.value})


def reopen(dossier: Dossier, user: User) -> None:
    """Give a closed dossier the status that it had before it was closed."""
    set_status(dossier, _status_before_closing(dossier), user)


def add_comment(dossier: Dossier, text: str, user: User) -> Comment:
    """Add `text`, in the name of `user`, to the dossier's comments."""
    with one_writer(dossier.repairer_id):
        comment = Comment.objects.create(dossier=dossier, author=user, text=text)
        _record(COMMENTED, dossier, user)
    return comment


def _status_before_closing(dossier: Dossier) -> str:
    closings = Event.objects.filter(dossier=dossier, verb=STATUS, args__to=DossierStatus.CLOSED.value)
    closing = closings.first()  # the newest: the trail is ordered so
    return closing.args["from"] if closing else DossierStatus.NEW.value


def _record(verb: str, dossier: Dossier, user: User, args: dict[str, Any] | None = None) -> None:
    record(verb, repairer_id=dossier.repairer_id, actor=user, dossier=dossier, args=args)

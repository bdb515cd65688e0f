"""What somebody who looks for a mission is told of it beside its state: where it is, and what can be done."""

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from claims360_link.rows import Row
from dossiers.models import MissionState


def advice(row: Row) -> str:
    """In one or two sentences."""
    return BY_STATE[MissionState(row.mission.state)](row)


def _waiting(row: Row) -> str:
    if row.must_choose:
        return _("It waits in the queue, and several dossiers may be the right one: choose.")
    return _("It waits in the queue: accept it, link it to a dossier, or deny it.")


def _dossier(row: Row) -> str:
    number = {"number": row.mission.dossier_id}
    if row.waiting_quote:
        return _("It is in dossier %(number)s. A version of its quote waits for you.") % number
    if row.unsent:
        return _("It is in dossier %(number)s. Something could not be sent from there.") % number
    return _("It is in dossier %(number)s.") % number


def _excluded(row: Row) -> str:
    return _(
        "A rule keeps it out of the queue. Reconsider brings it there; the rule itself is for the helpdesk "
        "(%(helpdesk)s) to change."
    ) % {"helpdesk": settings.HELPDESK_EMAIL}


def _denied(row: Row) -> str:
    return _("It was denied here; Claims360 was not told. Reconsider brings it back to the queue.")


def _archived(row: Row) -> str:
    return _("It waits for nobody, because it had ended already. Reconsider brings it to the queue.")


def _withdrawn(row: Row) -> str:
    if row.mission.dossier_id:
        number = {"number": row.mission.dossier_id}
        return _("It was deleted in Claims360; dossier %(number)s keeps what had come.") % number
    return _("It was deleted in Claims360. Should it be restored there, it comes back by itself.")


def _incomplete(row: Row) -> str:
    return _("Only its number has come so far. The rest follows by itself; after 24 hours it waits as it is.")


BY_STATE: dict[MissionState, Callable[[Row], str]] = {
    MissionState.WAITING: _waiting,
    MissionState.DOSSIER: _dossier,
    MissionState.EXCLUDED: _excluded,
    MissionState.DENIED: _denied,
    MissionState.ARCHIVED: _archived,
    MissionState.WITHDRAWN: _withdrawn,
    MissionState.INCOMPLETE: _incomplete,
}

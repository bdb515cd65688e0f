"""What the staff of a repairer is told of its queue and of what it sends: written with what it tells."""

from collections.abc import Collection

from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dossiers.formats import up_to_limit
from dossiers.intake.tally import Tally
from dossiers.models import Mission, Quote, Transmission
from dossiers.models.transmission import SendState
from dossiers.options import claims360_enabled
from dossiers.paging import counted
from dossiers.queue import waiting_of
from dossiers.sentences import sentence
from repairers.models import Message
from repairers.staff_messages import KINDS, Kind, count_down, recount, tell

WAITING, SENDING = "waiting", "sending"
QUEUED = ("missions", "quotes")


def register() -> None:
    """Say how these kinds read."""
    KINDS[WAITING] = Kind(_waiting, _nothing_waits, lambda message: "", _queue_url)
    KINDS[SENDING] = Kind(_to_take_up, _taken_up, _why, _dossier_url)


def brought_something(tally: Tally) -> bool:
    """Whether a mission or a quote came, or changed. No statement."""
    return any(tally.counts[kind]["new"] or tally.counts[kind]["updated"] for kind in QUEUED)


def tell_of_intake(repairer_id: int, tally: Tally) -> None:
    """Missions or quotes came, as `tally` counts; within `one_writer`. Three statements, none where nothing came."""
    if brought_something(tally):
        came = any(tally.counts[kind]["new"] and tally.counts[kind]["waiting"] for kind in QUEUED)
        tell_of_queue(repairer_id, came=came)


def tell_of_queue(repairer_id: int, *, came: bool) -> None:
    """What waits may have become more; `came`: something new did for certain. Within `one_writer`; three statements."""
    waiting = _count(repairer_id)
    if waiting:
        tell(repairer_id, WAITING, count=waiting, anew=came)
    else:
        count_down(repairer_id, WAITING, count=0)


def queue_was_worked_on(repairer_ids: Collection[int]) -> None:
    """Somebody decided something, or took it back, which is news to nobody: whoever had read it has read it.

    Within their writers' lock; three statements, however many they are.
    """
    recount(WAITING, _counts(repairer_ids))


def needs_person(row: Transmission) -> None:
    """`row` can't go on by itself. Three statements."""
    dossier = row.dossier
    tell(
        dossier.repairer_id,
        SENDING,
        str(dossier.pk),
        reason=row.error,
        count=_to_take_up_of(row),
        anew=True,
    )


def needs_nobody(row: Transmission) -> None:
    """A person saw to `row`. Two statements."""
    dossier = row.dossier
    count_down(dossier.repairer_id, SENDING, str(dossier.pk), count=_to_take_up_of(row))


def _to_take_up_of(row: Transmission) -> int:
    """How many transmissions of its dossier need a person."""
    return Transmission.objects.filter(dossier=row.dossier_id, state=SendState.NEEDS_PERSON).count()


def _count(repairer_id: int) -> int:
    return _counts([repairer_id])[repairer_id]


def _counts(repairer_ids: Collection[int]) -> dict[int, int]:
    """How much waits for each of the repairers; one statement."""
    waiting = counted({str(pk): _waiting_for(pk) for pk in repairer_ids}) if repairer_ids else {}
    return {int(pk): count for pk, count in waiting.items()}


def _waiting_for(repairer_id: int) -> Combinable:
    missions = Mission.objects.filter(repairer=repairer_id, twin_of=None)
    return waiting_of(missions, Quote.objects.filter(repairer=repairer_id))


def _waiting(message: Message) -> str:
    text = ngettext(
        "%(n)s mission or quote waits in the queue",
        "%(n)s missions or quotes wait in the queue",
        message.count,
    )
    return text % {"n": up_to_limit(message.count)}


def _nothing_waits(message: Message) -> str:
    return _("Nothing waits in the queue any more")


def _queue_url(message: Message) -> str:
    if claims360_enabled():
        return f"{reverse('claims360:list')}?state=waiting&repairer={message.repairer_id}"
    return reverse("winformex:queue")


def _to_take_up(message: Message) -> str:
    return _("Dossier %(dossier)s: a transmission needs you") % {"dossier": message.subject}


def _taken_up(message: Message) -> str:
    return _("Dossier %(dossier)s: what was sent is settled") % {"dossier": message.subject}


def _why(message: Message) -> str:
    return sentence(message.reason)


def _dossier_url(message: Message) -> str:
    return f"{reverse('dossiers:detail', args=[int(message.subject)])}#transmissions"

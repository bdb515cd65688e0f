"""What the staff of a repairer is told of how a run of its link went: written as the run ends."""

from django.urls import reverse
from django.utils.translation import gettext as _

from claims360_link.models import SyncRun, SyncState
from dossiers.intake.tally import Tally
from dossiers.sentences import sentence
from dossiers.staff_messages import brought_something, tell_of_intake
from repairers.models import Message
from repairers.staff_messages import KINDS, Kind, settle, tell

LINK = "link"
AT_ONCE = ("cannot-decrypt", "key-damaged", "keys-refused")  # no wait mends these
FAILURES = 8  # in a row, about an hour of them as they back off: then it is more than a moment's outage


def register() -> None:
    """Say how this kind reads."""
    KINDS[LINK] = Kind(_ill, _well, lambda message: sentence(message.reason), _url)


def has_news(run: SyncRun, state: SyncState) -> bool:
    """Whether `run` may leave something to tell; `state` is as it was before that is noted. No statement."""
    return bool(run.error or state.error) or brought_something(Tally(run.tally))


def tell_of(run: SyncRun, state: SyncState) -> None:
    """Tell how `run` went, in the transaction that ends it; within `one_writer`."""
    tell_of_intake(run.repairer_id, Tally(run.tally))
    if not run.error:
        settle(run.repairer_id, LINK)
    elif run.error in AT_ONCE or state.failures >= FAILURES:
        tell(run.repairer_id, LINK, reason=run.error)


def _ill(message: Message) -> str:
    return _("The link with Claims360 is ill")


def _well(message: Message) -> str:
    return _("The link with Claims360 is well again")


def _url(message: Message) -> str:
    return reverse("claims360:repairer", args=[message.repairer_id])

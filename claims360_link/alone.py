"""One record imported alone, after its page killed two workers: so the record that does it is found and set aside.

It is set aside before it is taken in hand, and no longer once it is through. A worker that dies with it leaves it
there, with the reason, and the next one passes over it: one record does not stop the feed for ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import timezone

from claims360_link import lease, mapping
from claims360_link.models import SyncState
from claims360_link.payloads import Change
from dossiers.intake.receive import keep_aside, receive
from dossiers.intake.take import row_aside
from dossiers.intake.tally import Tally
from dossiers.models import SetAside, Source
from repairers.locking import one_writer
from repairers.models import Repairer


def import_alone(repairer: Repairer, state: SyncState, change: Change) -> Tally:
    """Import `change` in a commit of its own, or pass over it where a worker died with it; gives what was counted.

    Raises LeaseLost.
    """
    row = row_aside(repairer, Source.CLAIMS360, mapping.deadly_record(change), timezone.now())
    same = SetAside.objects.filter(repairer=repairer, source=row.source, digest=row.digest)
    if same.filter(reason=mapping.DEADLY, resolved_at=None).exists():
        return Tally({"set_aside": 1})
    with _commit(state):
        keep_aside([row])
    with _commit(state):
        tally = receive(repairer, Source.CLAIMS360, mapping.batch([change], []), timezone.now())
        same.delete()
    return tally


@contextmanager
def _commit(state: SyncState) -> Iterator[None]:
    with one_writer(state.repairer_id):
        yield
        lease.extend(state)

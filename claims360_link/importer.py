"""Fetch a page, map it, receive it, advance the cursor; page after page, until the feed is quiet."""

from dataclasses import dataclass

from django.utils import timezone

from claims360_link import lease, mapping, payloads, reading, unknown
from claims360_link.alone import import_alone
from claims360_link.client import Claims360Client
from claims360_link.errors import CursorExpired, TryLater
from claims360_link.models import SyncRun, SyncState
from dossiers.intake import bulk
from dossiers.intake.receive import receive
from dossiers.intake.tally import Tally
from dossiers.models import Dossier, Mission, Quote, QuoteVersion, SetAside, Source
from dossiers.staff_messages import tell_of_intake
from repairers.locking import one_writer

LOOKED_AT_ANEW = {1, 4, 16, 64, 256}  # after so many pages of a run, see `bulk.look_at_sizes`
TRIES_AT_ONCE = 2  # of a page; the third time each of its records is imported alone


@dataclass(frozen=True, slots=True)
class Whole:
    """A page in which no record stays unreadable that a second look could read."""

    changes: list[payloads.Change]
    unreadable: list[payloads.Unreadable]
    next_cursor: str
    has_more: bool


def import_changes(run: SyncRun, state: SyncState, client: Claims360Client, page_size: int) -> Tally:
    """Import all that changed since the state's cursor; gives what was counted, also kept in `run`.

    A page and its cursor are committed together. A feed that begins anew does so once a run. Raises
    TryLater, BadCredentials, Rejected, LeaseLost, CursorExpired: what was committed stays.
    """
    tally = Tally(run.tally)
    began_anew, has_more = False, True
    while has_more:
        lease.renew(state)
        try:
            page = _next_page(state, client, page_size)
        except CursorExpired:
            if began_anew:
                raise
            # From the beginning: what is held already is recognised by its versions.
            lease.advance(state, "")
            began_anew = True
        else:
            if state.attempts > TRIES_AT_ONCE:
                page = _one_by_one(run, state, page, tally)
            _store(run, state, page, tally)
            has_more = page.has_more
    return tally


def read_whole(client: Claims360Client, cursor: str, page_size: int) -> Whole:
    """One page; asked for once more when a record of it can't be read, for it may have been hurt on the way."""
    first = client.changes(cursor or None, page_size)
    if not first.unreadable:
        return Whole(first.changes, [], first.next_cursor, first.has_more)
    second = client.changes(cursor or None, page_size)
    changes = [*first.changes, *second.changes]
    readable = {(change.entity, change.id, change.version) for change in changes}
    hopeless = [one for one in second.unreadable if (one.entity, one.id, one.version) not in readable]
    return Whole(changes, hopeless, second.next_cursor, second.has_more)


def try_again(set_aside_id: int) -> bool:
    """Read a record that was kept aside once more, as a newer release may read it; whether it was taken over."""
    row = SetAside.objects.select_related("repairer").get(pk=set_aside_id)
    record = reading.change_of(row.raw)
    if isinstance(record, payloads.Unreadable):
        return False
    with one_writer(row.repairer_id):
        tally = receive(row.repairer, Source.CLAIMS360, mapping.batch([record], []), timezone.now())
        tell_of_intake(row.repairer_id, tally)
        SetAside.objects.filter(pk=set_aside_id).update(resolved_at=timezone.now())
    return True


def _next_page(state: SyncState, client: Claims360Client, page_size: int) -> Whole:
    page = read_whole(client, state.cursor, page_size)
    if page.has_more and page.next_cursor == state.cursor:
        raise TryLater("feed-stuck")
    unknown.note([*page.changes, *page.unreadable])
    return page


def _one_by_one(run: SyncRun, state: SyncState, page: Whole, tally: Tally) -> Whole:
    """Import what killed its workers record by record; gives what is then left of the page."""
    if run.pk is None:
        run.save()
    for change in page.changes:
        tally.add(import_alone(run.repairer, state, change))
    return Whole([], page.unreadable, page.next_cursor, page.has_more)


def _store(run: SyncRun, state: SyncState, page: Whole, tally: Tally) -> None:
    run.pages += 1
    if not page.changes and not page.unreadable:
        # Written with the end of the run: nothing is lost by reading it again.
        state.cursor, state.attempts = page.next_cursor, 1
        return
    if run.pk is None:
        run.save()
    with one_writer(run.repairer_id, comes_again=True):
        batch = mapping.batch(page.changes, page.unreadable)
        tally.add(receive(run.repairer, Source.CLAIMS360, batch, timezone.now()))
        lease.advance(state, page.next_cursor)
        run.tally = tally.as_dict()
        run.save(update_fields=["pages", "tally"])
    if page.has_more and run.pages in LOOKED_AT_ANEW:
        bulk.look_at_sizes(Mission, Quote, QuoteVersion, Dossier)

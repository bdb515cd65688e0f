"""One pull for one repairer: by round, by button or by command."""

import datetime as dt
import random
import time

from django.conf import settings
from django.utils import timezone

from claims360_link import credentials, lease, staff_messages
from claims360_link.circuit import OPEN, OPEN_FOR, circuit
from claims360_link.client import Claims360Client
from claims360_link.credentials import KeyDamaged, NotConfigured, SealedKey
from claims360_link.errors import OBEYED, BadCredentials, Claims360Error, TryLater
from claims360_link.fields import CannotDecrypt
from claims360_link.figures import figures
from claims360_link.importer import import_changes
from claims360_link.models import SyncRun, SyncState
from dossiers.options import read_options
from dossiers.staff_messages import tell_of_queue
from dossiers.waiting import lies_ahead
from repairers.locking import one_writer
from repairers.models import User

ASK_REFUSED_EVERY = dt.timedelta(hours=1)
MAX_BACKOFF = 900.0  # seconds
CRASHED = "crashed"


class NotActive(Exception):
    """CLAIMS360_ENABLED is off: no round, no send, no new configuration."""


class Busy(Exception):
    """Another worker is syncing this repairer; one more pass is noted."""


class NotAsked(Exception):
    """Whoever asked was answered meanwhile: one more run would only hide what theirs brought."""


class _TooEarly(Exception):
    """Claims360 was not asked: it said when to come back, or its refusal of the keys is less than an hour old."""


def ask(repairer_id: int, user: User | None) -> None:
    """Want a sync now; the row says so, whoever picks it up. Raises NotConfigured."""
    state, _ = credentials.feed_of(repairer_id)
    SyncState.objects.filter(pk=state.pk).update(asked_at=timezone.now(), asked_by=user)


def is_asked(repairer_id: int) -> bool:
    """Whether somebody wants a sync that did not begin yet."""
    return SyncState.objects.filter(repairer=repairer_id, asked_at__isnull=False).exists()


def sync(
    repairer_id: int, trigger: str, *, user: User | None = None, wait: float = 0, if_asked: bool = False
) -> SyncRun:
    """Pull what changed for one repairer; gives the run, which says how it ended.

    `wait`: how many seconds to wait for another worker's run to end. `if_asked`: only if somebody still waits for it.
    Raises NotActive, NotConfigured, Busy, NotAsked.
    """
    if not read_options().claims360_enabled:
        raise NotActive
    state, key = _leased(repairer_id, wait, asking=trigger != SyncRun.Trigger.ROUND, if_asked=if_asked)
    run = _begin(state, trigger, user)
    ended = False
    while not ended:  # once more for whoever asked meanwhile
        try:
            _pull(run, state, key)
        finally:
            ended = _end(run, state)
    return run


def _leased(repairer_id: int, wait: float, asking: bool, if_asked: bool) -> tuple[SyncState, SealedKey]:
    deadline = time.monotonic() + wait
    while True:
        state, key = credentials.feed_of(repairer_id)
        if if_asked and state.asked_at is None:
            raise NotAsked
        held_before = state.lease_token is not None
        if lease.take(state):
            if held_before:
                _note_interrupted(state)
            return state, key
        if lease.is_held(state):
            if time.monotonic() >= deadline:
                _leave_wish(state, asking)
                raise Busy
            time.sleep(0.2)


def _note_interrupted(state: SyncState) -> None:
    """Whoever held the lease before died with it, and told nobody what it had brought."""
    left_over = SyncRun.objects.filter(repairer=state.repairer_id, outcome=SyncRun.Outcome.RUNNING)
    left_over.update(outcome=SyncRun.Outcome.FAILED, error="interrupted", ended_at=timezone.now())
    with one_writer(state.repairer_id):
        tell_of_queue(state.repairer_id, came=False)


def _leave_wish(state: SyncState, asking: bool) -> None:
    if asking:
        SyncState.objects.filter(pk=state.pk, asked_at=None).update(asked_at=timezone.now())


def _begin(state: SyncState, trigger: str, user: User | None) -> SyncRun:
    """A person sees it begin; that of a round is written down once it has something to tell, or at its end."""
    if state.asked_at is not None and trigger == SyncRun.Trigger.ROUND:
        trigger, user = SyncRun.Trigger.BUTTON, state.asked_by
    run = SyncRun(
        repairer=state.repairer,
        bodyshop_id=state.bodyshop_id,
        trigger=trigger,
        asked_by=user,
        started_at=timezone.now(),
    )
    if trigger != SyncRun.Trigger.ROUND:
        run.save()
    return run


def _pull(run: SyncRun, state: SyncState, key: SealedKey) -> None:
    run.outcome, run.ended_at = SyncRun.Outcome.RUNNING, None
    try:
        client = credentials.client(state.bodyshop_id, key.opened())
        _may_ask(run, state, client)
        run.tally = import_changes(run, state, client, settings.CLAIMS360_PAGE_SIZE).as_dict()
    except BadCredentials as error:
        circuit.note("")
        _fail(run, "keys-refused", error.code)
        state.refused_since = state.refused_since or timezone.now()
        state.not_before = timezone.now() + ASK_REFUSED_EVERY
    except Claims360Error as error:
        _put_off(run, state, error)
    except (CannotDecrypt, KeyDamaged, NotConfigured) as error:
        _fail(
            run,
            {CannotDecrypt: "cannot-decrypt", KeyDamaged: "key-damaged"}.get(type(error), "not-configured"),
        )
    except lease.LeaseLost:
        _fail(run, "lease-lost")
    except _TooEarly:
        _fail(run, state.error)
    else:
        circuit.note("")
        run.outcome = SyncRun.Outcome.PARTIAL if run.tally.get("set_aside") else SyncRun.Outcome.OK
        state.failures, state.not_before, state.refused_since = 0, None, None


def _put_off(run: SyncRun, state: SyncState, error: Claims360Error) -> None:
    """Nothing is asked for a while: as long as Claims360 wants, else by our own backing off."""
    if error.code != OPEN:
        circuit.note(error.code)
    _fail(run, error.code, str(error))
    state.failures += 1
    wanted = error.retry_after if isinstance(error, TryLater) else None
    state.not_before = timezone.now() + dt.timedelta(seconds=wanted or _backoff(state.failures))


def _may_ask(run: SyncRun, state: SyncState, client: Claims360Client) -> None:
    """Claims360 said when to come back: a round obeys, and so does a button. Raises _TooEarly.

    While Claims360 answers nobody, a round does not ask at all. Raises TryLater.

    Refused keys are tried by /whoami: once an hour by a round, at once by a button.
    """
    early = lies_ahead(state.not_before, timezone.now())
    refused = state.refused_since is not None
    if early and (run.trigger == SyncRun.Trigger.ROUND if refused else state.error in OBEYED):
        raise _TooEarly
    if run.trigger == SyncRun.Trigger.ROUND and not circuit.may_ask():
        raise TryLater(OPEN, retry_after=OPEN_FOR * random.uniform(1, 2))  # noqa: S311 (no secret)
    if refused:
        client.whoami()
        state.refused_since = state.not_before = None


def _fail(run: SyncRun, code: str, detail: str = "") -> None:
    run.outcome, run.error, run.error_detail = SyncRun.Outcome.FAILED, code, detail[:500]


def _backoff(failures: int) -> float:
    """Seconds until an outage is tried again: a minute, doubled each time, a quarter of an hour at most; jittered."""
    return min(60.0 * 2 ** (failures - 1), MAX_BACKOFF) * random.uniform(0.8, 1.2)  # noqa: S311 (no secret)


def _end(run: SyncRun, state: SyncState) -> bool:
    """Write down how it ended, and give the lease back; False where it has to go on, for somebody who asked.

    Whoever asked while it failed is answered by the next run.
    """
    run.ended_at = timezone.now()
    if run.outcome == SyncRun.Outcome.RUNNING:
        _fail(run, CRASHED)
    run.save()
    figures.add("syncs_total", outcome=run.outcome, trigger=run.trigger)
    outcome = _outcome(run, state)
    if _give_back(run, state, asked_at=None, **outcome):
        return True
    if not lease.look_again(state):
        _fail(run, "lease-lost")
        run.save()
        return True
    return run.outcome == SyncRun.Outcome.FAILED and _give_back(run, state, **outcome)


def _give_back(run: SyncRun, state: SyncState, **outcome: object) -> bool:
    """Give the lease back, and tell the staff what is new in how that went."""
    if not staff_messages.has_news(run, state):
        return lease.give_back(state, **outcome)
    with one_writer(run.repairer_id):
        given = lease.give_back(state, **outcome)
        if given:
            staff_messages.tell_of(run, state)
    return given


def _outcome(run: SyncRun, state: SyncState) -> dict[str, object]:
    """What the feed's row says of its last run; the cursor moves on only where all of it went well."""
    outcome: dict[str, object] = {
        "error": run.error,
        "attempts": state.attempts - (run.error != CRASHED),  # what ended in order was no failed try
        "last_run_at": run.ended_at,
        "failures": state.failures,
        "not_before": state.not_before,
        "refused_since": state.refused_since,
    }
    return outcome if run.error else {**outcome, "cursor": state.cursor, "last_ok_at": run.ended_at}

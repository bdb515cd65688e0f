"""What a person decides: accept, link, deny, undo, reconsider. Each deed alone, locked, and in the trail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from dossiers import facts, history
from dossiers.intake import before, filing, matching, merge, twins
from dossiers.intake.orders import leave_dossier, sync_orders
from dossiers.intake.same_quotes import Originals, digest_of, judge_same, replace
from dossiers.models import Dossier, Mission, MissionState, Opening, Quote, QuoteState
from dossiers.options import read_options
from dossiers.staff_messages import queue_was_worked_on
from repairers.locking import one_writer
from repairers.models import User

OPEN_STATES = (MissionState.WAITING, MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED)


class CannotDecide(Exception):
    """`code` is a sentence code: why it can't be done (any more)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def accept(mission_id: int, user: User, *, new: bool = False) -> Mission:
    """Take a waiting mission into the dossier that matches, else (or if `new`) into a new one.

    Its quotes that waited with it go along. Raises CannotDecide when it no longer waits, or when several dossiers
    are possible and a person must choose.
    """
    with leading(mission_id, user) as mission:
        _require(mission, MissionState.WAITING)
        match = matching.match(mission, matching.books([mission])[mission.repairer_id])
        if match.doubt and not new:
            raise CannotDecide(match.doubt)
        dossier = (
            match.dossier if match.dossier is not None and not new else filing.new_dossier(mission, user)
        )
        _file(mission, dossier, user, "accepted")
        return mission


def link(mission_id: int, dossier_id: int, user: User) -> Mission:
    """Put a mission that is in no dossier into an open dossier of the same repairer. Raises CannotDecide."""
    with leading(mission_id, user) as mission:
        _require(mission, *OPEN_STATES)
        _file(mission, _dossier_for(mission, dossier_id), user, "linked")
        return mission


def deny(mission_id: int, reason: str, user: User) -> Mission:
    """Refuse a mission, for `reason`; it stays in Claims360. A later version shows as changed since.

    Raises CannotDecide.
    """
    if not reason.strip():
        raise CannotDecide("reason-missing")
    with leading(mission_id, user) as mission:
        _require(mission, MissionState.WAITING, MissionState.EXCLUDED, MissionState.ARCHIVED)
        known = before.of_mission(mission)
        mission.state, mission.reason = MissionState.DENIED, "denied"
        mission.reason_args = {"reason": reason.strip()[:500]}
        mission.changed_since_denied = False
        _sign(mission, user)
        mission.save()
        _record("denied", mission, user, args={**mission.reason_args, "before": known})
        return mission


def reconsider(mission_id: int, user: User) -> Mission:
    """Bring an excluded, denied or archived mission back to the queue. Raises CannotDecide."""
    with leading(mission_id, user) as mission:
        _require(mission, MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED)
        _to_queue(mission, "reconsidered", user)
        _record("reconsidered", mission, user)
        return mission


def undo_link(mission_id: int, user: User) -> Mission:
    """Take a mission out of its dossier, back to the queue; the dossier keeps its facts. Raises CannotDecide."""
    with _locked(mission_id) as mission:
        _require(mission, MissionState.DOSSIER)
        _take_apart(mission)
        dossier = mission.dossier
        leave(mission)
        _to_queue(mission, "unlinked", user)
        _record("unlinked", mission, user, dossier=dossier)
        _carry_along(mission, user)
        return mission


def move_link(mission_id: int, dossier_id: int, user: User) -> Mission:
    """Move a mission from its dossier to another open one of the same repairer. Raises CannotDecide."""
    with _locked(mission_id) as mission:
        _require(mission, MissionState.DOSSIER)
        _take_apart(mission)
        left, dossier = mission.dossier, _dossier_for(mission, dossier_id)
        if left == dossier:
            raise CannotDecide("same-dossier")
        leave(mission)
        _record("moved-away", mission, user, dossier=left, args={"dossier": dossier.pk})
        _file(mission, dossier, user, "linked")
        _carry_along(mission, user)
        return mission


def take_offer(mission_id: int, name: str, user: User) -> None:
    """The dossier takes over the mission's value of the fact `name`. Raises CannotDecide."""

    def take(mission: Mission, dossier: Dossier, own: Any, theirs: Any) -> None:
        setattr(dossier, name, theirs)
        dossier.save()
        _record("offer-taken", mission, user, dossier=dossier, args={"fact": name, "own": facts.plain(own)})

    _answer_offer(mission_id, name, take)


def keep_own(mission_id: int, name: str, user: User) -> None:
    """The dossier keeps its own value of the fact `name`; the offer goes until the mission changes again."""

    def keep(mission: Mission, dossier: Dossier, own: Any, theirs: Any) -> None:
        _record(
            "offer-refused",
            mission,
            user,
            dossier=dossier,
            args={"fact": name, "theirs": facts.plain(theirs)},
        )

    _answer_offer(mission_id, name, keep)


def accept_quote(quote_id: int, user: User) -> Quote:
    """Take the newest version of a waiting, excluded or denied quote into its dossier. Raises CannotDecide."""
    with _locked_quote(quote_id) as quote:
        known = {**before.of_quote(quote), "replaced": replace(quote)}
        _take_version(quote, user)
        quote.save()
        sync_orders([quote])
        args = {"number": quote.number, "version": quote.version, "before": known}
        _record("quote-accepted", quote.mission, user, args=args)
        return quote


def deny_quote(quote_id: int, reason: str, user: User) -> Quote:
    """Keep a waiting quote version out of the dossier, for `reason`; the version before stays. Raises CannotDecide."""
    if not reason.strip():
        raise CannotDecide("reason-missing")
    with _locked_quote(quote_id) as quote:
        known = before.of_quote(quote)
        quote.state, quote.reason = QuoteState.DENIED, "denied"
        quote.reason_args = {"reason": reason.strip()[:500]}
        quote.decided_by, quote.decided_at = user, timezone.now()
        quote.save()
        args = {"number": quote.number, "version": quote.version, **quote.reason_args, "before": known}
        _record("quote-denied", quote.mission, user, args=args)
        return quote


def link_opened(opening_id: int) -> None:
    """After the receipt of an opening: the opened mission, where it is here already, goes into its own dossier."""
    opening = Opening.objects.select_related("dossier").get(pk=opening_id)
    missions = Mission.objects.filter(
        repairer=opening.dossier.repairer_id, source=opening.link, external_id=opening.mission_external_id
    )
    for mission_id in missions.filter(dossier=None).values_list("pk", flat=True):
        with leading(mission_id) as mission:
            if mission.dossier_id is None and mission.state in OPEN_STATES:
                _file(mission, opening.dossier, None, "opened-here")


@contextmanager
def _locked(mission_id: int) -> Iterator[Mission]:
    repairer_id = Mission.objects.values_list("repairer_id", flat=True).get(pk=mission_id)
    with one_writer(repairer_id):
        yield Mission.objects.select_related("dossier").get(pk=mission_id)
        queue_was_worked_on(repairer_id)


@contextmanager
def leading(mission_id: int, user: User | None = None) -> Iterator[Mission]:
    """The mission that leads its twin, itself where it has none; the twin comes along with whatever is decided."""
    with _locked(mission_id) as one:
        leader = (
            one
            if one.twin_of_id is None
            else Mission.objects.select_related("dossier").get(pk=one.twin_of_id)
        )
        yield leader
        _carry_along(leader, user)


def _carry_along(leader: Mission, user: User | None) -> None:
    """What follows `leader` comes to where that is now, its quotes too."""
    for twin in leader.twins.select_related("dossier"):
        if twin.dossier_id is not None and twin.dossier_id != leader.dossier_id:
            leave(twin)
        twins.follow(twin, leader, timezone.now())
        if leader.dossier is not None:
            leader.dossier.save()
        twin.save()
        if twin.state == MissionState.DOSSIER:
            _take_quotes(twin, user)


def _take_apart(mission: Mission) -> None:
    """A person decides on what followed its twin alone: they are two missions from now on."""
    if mission.twin_of_id is not None:
        mission.twin_of, mission.is_apart = None, True


@contextmanager
def _locked_quote(quote_id: int) -> Iterator[Quote]:
    repairer_id = Quote.objects.values_list("repairer_id", flat=True).get(pk=quote_id)
    with one_writer(repairer_id):
        quote = Quote.objects.select_related("mission__dossier").get(pk=quote_id)
        if quote.mission.state != MissionState.DOSSIER:
            raise CannotDecide("mission-not-in-dossier")
        if quote.state not in (QuoteState.WAITING, QuoteState.EXCLUDED, QuoteState.DENIED):
            raise CannotDecide("already-decided")
        yield quote
        queue_was_worked_on(repairer_id)


def _require(mission: Mission, *states: str) -> None:
    if mission.state not in states:
        raise CannotDecide("already-decided")


def _dossier_for(mission: Mission, dossier_id: int) -> Dossier:
    dossier = Dossier.objects.filter(pk=dossier_id, repairer=mission.repairer_id).first()
    if dossier is None:
        raise CannotDecide("no-such-dossier")
    if not dossier.is_open:
        raise CannotDecide("dossier-closed")
    return dossier


def _file(mission: Mission, dossier: Dossier, user: User | None, verb: str) -> None:
    known, own = {**before.of_mission(mission), "opened": dossier.pk is None}, dossier.facts
    filing.file_into(mission, dossier, reason=verb, by=user, now=timezone.now())
    dossier.save()
    known["filled"] = before.filled(own, dossier.facts)
    mission.dossier = dossier
    mission.changed_since_denied = False
    mission.save()
    _take_quotes(mission, user)
    _record(verb, mission, user, dossier=dossier, args={"before": known})


def _take_quotes(mission: Mission, user: User | None) -> None:
    quotes = list(mission.quotes.filter(state=QuoteState.FOLLOWS))
    for quote in quotes:
        quote.mission = mission
    originals = Originals(quotes)
    for quote in quotes:
        _take_or_leave(quote, originals.of(quote), user)
    Quote.objects.bulk_update(
        quotes, ["state", "reason", "reason_args", "accepted_version", "decided_by", "decided_at"]
    )
    sync_orders(quotes)


def _take_or_leave(quote: Quote, original: Quote | None, user: User | None) -> None:
    """Into the dossier, unless another quote counts for it."""
    if original is None:
        _take_version(quote, user)
    else:
        verdict = judge_same(digest_of(quote), original)
        quote.state, quote.reason, quote.reason_args = verdict.state, verdict.reason, verdict.args
        quote.decided_at = timezone.now()


def _take_version(quote: Quote, user: User | None) -> None:
    quote.state, quote.reason, quote.reason_args = QuoteState.DOSSIER, "accepted", {}
    quote.accepted_version = quote.version
    quote.decided_by, quote.decided_at = user, timezone.now()


def leave(mission: Mission) -> None:
    """Out of its dossier: its quotes follow it again."""
    quotes = Quote.objects.filter(mission=mission).exclude(state=QuoteState.WITHDRAWN)
    leave_dossier(list(quotes.values_list("pk", flat=True)), mission.dossier_id or 0)
    quotes.update(
        state=QuoteState.FOLLOWS, reason="", reason_args={}, accepted_version=None, decided_at=timezone.now()
    )
    mission.dossier, mission.applied = None, {}


def _to_queue(mission: Mission, reason: str, user: User) -> None:
    mission.state, mission.reason, mission.reason_args = MissionState.WAITING, reason, {}
    mission.rules_digest = (
        read_options().digest
    )  # a person asked for it: the rules as they are now don't undo it
    mission.changed_since_denied = False
    _sign(mission, user)
    mission.save()


def _sign(mission: Mission, user: User | None) -> None:
    mission.decided_by, mission.decided_at = user, timezone.now()


def _answer_offer(mission_id: int, name: str, answer: Callable[[Mission, Dossier, Any, Any], None]) -> None:
    with _locked(mission_id) as mission:
        _require(mission, MissionState.DOSSIER)
        assert mission.dossier is not None
        offer = offers_of(mission).get(name)
        if offer is None:
            raise CannotDecide("offer-gone")
        answer(mission, mission.dossier, *offer)
        mission.applied = {**mission.applied, name: facts.plain(offer[1])}
        mission.save(update_fields=["applied"])


def offers_of(mission: Mission) -> dict[str, tuple[Any, Any]]:
    """Where the mission and its dossier differ and a person has not chosen: fact name to (own, theirs)."""
    if mission.dossier is None:
        return {}
    return merge.offers(
        mission.dossier.facts, facts.from_json(mission.applied), facts.from_json(mission.facts)
    )


def _record(
    verb: str,
    mission: Mission,
    user: User | None,
    *,
    dossier: Dossier | None = None,
    args: dict[str, Any] | None = None,
) -> None:
    history.record(
        verb,
        repairer_id=mission.repairer_id,
        actor=user,
        dossier=dossier or mission.dossier,
        mission=mission,
        args={"number": mission.number, **(args or {})},
    )

"""What a person decides: accept, link, deny, reconsider, of one row or of many. Locked, and in the trail."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from dossiers import facts, history
from dossiers.intake import before, filing, matching, merge
from dossiers.intake.desk import CannotDecide, Desk, Outcome, missions_on_desk, quotes_on_desk
from dossiers.models import Dossier, Event, Mission, MissionState, Opening, Quote, QuoteState
from repairers.locking import one_writer
from repairers.models import User

OPEN_STATES = (MissionState.WAITING, MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED)
DENIABLE = (MissionState.WAITING, MissionState.EXCLUDED, MissionState.ARCHIVED)
NOT_TAKEN = (MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED)
OPEN_QUOTES = (QuoteState.WAITING, QuoteState.EXCLUDED, QuoteState.DENIED)
LONGEST_REASON = 500
BY_ITSELF: dict[str, str] = {  # where a mission came that nobody decided
    MissionState.ARCHIVED: "archived-meanwhile",
    MissionState.EXCLUDED: "excluded-meanwhile",
    MissionState.WITHDRAWN: "withdrawn-meanwhile",
}

MissionDeed = Callable[[Desk, Mission], Event]
OfferDeed = Callable[[Mission, Dossier, Any, Any], None]
Versions = Mapping[int, int | None]  # of quotes, by their ids: the version that the person saw


class SeenOffer(NamedTuple):
    """What a person answers: the dossier whose page it stood on, and the `offer_value` there."""

    dossier_id: int
    value: str


def accept_all(mission_ids: Collection[int], user: User, *, new: bool = False) -> Outcome:
    """Take waiting missions into the dossiers that match, else (or if `new`) into new ones.

    Their quotes that waited with them go along. One that no longer waits is refused, and one for which several dossiers
    are possible: a person must choose. A constant number of statements.
    """
    outcome = Outcome()
    with missions_on_desk(mission_ids, user) as (desk, asked):
        books = matching.books(asked.values())
        for pk, mission in asked.items():
            outcome.note(pk, partial(_accept, desk, mission, books[mission.repairer_id], new))
    return outcome


def deny_all(mission_ids: Collection[int], reason: str, user: User) -> Outcome:
    """Refuse missions, for `reason`; they stay in Claims360. A later version shows as changed since.

    Raises CannotDecide without a reason. A constant number of statements.
    """
    return _each(mission_ids, user, partial(_deny, reason=_given(reason)))


def accept_quotes(versions: Versions, user: User) -> Outcome:
    """Take the newest versions of waiting, excluded or denied quotes into their dossiers.

    One of which a newer version came than the person saw is refused. A constant number of statements.
    """
    return _each_quote(versions, user, _accept_quote)


def deny_quotes(versions: Versions, reason: str, user: User) -> Outcome:
    """Keep waiting versions of quotes out of their dossiers, for `reason`; the versions before stay.

    Raises CannotDecide without a reason. A constant number of statements.
    """
    return _each_quote(versions, user, partial(_deny_quote, reason=_given(reason)))


def accept(mission_id: int, user: User, *, new: bool = False) -> Mission:
    """As `accept_all`, of one mission. Raises CannotDecide."""
    return _mission_of(accept_all([mission_id], user, new=new))


def deny(mission_id: int, reason: str, user: User) -> Mission:
    """As `deny_all`, of one mission. Raises CannotDecide."""
    return _mission_of(deny_all([mission_id], reason, user))


def accept_quote(quote_id: int, user: User, seen: int | None = None) -> Quote:
    """As `accept_quotes`, of one quote; without `seen` of whichever version is the newest. Raises CannotDecide."""
    accept_quotes({quote_id: seen}, user).only()
    return Quote.objects.select_related("mission__dossier").get(pk=quote_id)


def deny_quote(quote_id: int, reason: str, user: User, seen: int | None = None) -> Quote:
    """As `deny_quotes`, of one quote; without `seen` of whichever version is the newest. Raises CannotDecide."""
    deny_quotes({quote_id: seen}, reason, user).only()
    return Quote.objects.select_related("mission__dossier").get(pk=quote_id)


def link(mission_id: int, dossier_id: int, user: User) -> Mission:
    """Put a mission that is in no dossier into an open dossier of the same repairer. Raises CannotDecide."""
    return _mission_of(_each([mission_id], user, partial(_link, dossier_id=dossier_id)))


def reconsider(mission_id: int, user: User) -> Mission:
    """Bring an excluded, denied or archived mission back to the queue. Raises CannotDecide."""
    return _mission_of(_each([mission_id], user, _reconsider))


def undo_link(mission_id: int, user: User) -> Mission:
    """Take a mission out of its dossier, back to the queue; the dossier keeps its facts. Raises CannotDecide."""
    return _mission_of(_each([mission_id], user, _undo_link, alone=True))


def move_link(mission_id: int, dossier_id: int, user: User) -> Mission:
    """Move a mission from its dossier to another open one of the same repairer. Raises CannotDecide.

    What was decided of its quotes stays as it is.
    """
    return _mission_of(_each([mission_id], user, partial(_move_link, dossier_id=dossier_id), alone=True))


def take_offer(mission_id: int, name: str, user: User, seen: SeenOffer | None = None) -> None:
    """The dossier takes over the mission's value of the fact `name`.

    Raises CannotDecide, also where that is not what was `seen`.
    """

    def take(mission: Mission, dossier: Dossier, own: Any, theirs: Any) -> None:
        setattr(dossier, name, theirs)
        dossier.save()
        _record("offer-taken", mission, user, fact=name, own=facts.plain(own))

    _answer_offer(mission_id, name, take, seen)


def keep_own(mission_id: int, name: str, user: User, seen: SeenOffer | None = None) -> None:
    """The dossier keeps its own value of the fact `name`; the offer goes until the mission changes again.

    Raises CannotDecide, also where that is not what was `seen`.
    """

    def keep(mission: Mission, dossier: Dossier, own: Any, theirs: Any) -> None:
        _record("offer-refused", mission, user, fact=name, theirs=facts.plain(theirs))

    _answer_offer(mission_id, name, keep, seen)


def link_opened(opening_id: int) -> None:
    """After the receipt of an opening: the opened mission, where it is here already, goes into its own dossier."""
    opening = Opening.objects.select_related("dossier").get(pk=opening_id)
    missions = Mission.objects.filter(
        repairer=opening.dossier.repairer_id, source=opening.link, external_id=opening.mission_external_id
    )
    with missions_on_desk(missions.filter(dossier=None).values_list("pk", flat=True)) as (desk, asked):
        for mission in asked.values():
            if mission.dossier is None and mission.state in OPEN_STATES:
                desk.file(mission, desk.one(opening.dossier), "opened-here")


def _each(ids: Collection[int], user: User, deed: MissionDeed, *, alone: bool = False) -> Outcome:
    outcome = Outcome()
    with missions_on_desk(ids, user, alone=alone) as (desk, asked):
        for pk, mission in asked.items():
            outcome.note(pk, partial(deed, desk, mission))
    return outcome


def _each_quote(versions: Versions, user: User, deed: Callable[[Desk, Quote], Event]) -> Outcome:
    outcome = Outcome()
    with quotes_on_desk(versions, user) as (desk, asked):
        for pk, quote in asked.items():
            outcome.note(pk, partial(_decided, deed, desk, quote, versions[pk]))
    return outcome


def _decided(deed: Callable[[Desk, Quote], Event], desk: Desk, quote: Quote, seen: int | None) -> Event:
    if seen is not None and quote.version != seen:
        raise CannotDecide("newer-version-came")
    if quote.mission.state != MissionState.DOSSIER:
        raise CannotDecide("mission-not-in-dossier")
    if quote.state not in OPEN_QUOTES:
        raise CannotDecide("already-decided")
    return deed(desk, quote)


def _mission_of(outcome: Outcome) -> Mission:
    """The mission that was decided. Raises CannotDecide."""
    mission = outcome.only().mission
    assert mission is not None
    return mission


def _accept(desk: Desk, mission: Mission, book: matching.Book, new: bool) -> Event:
    _require(mission, MissionState.WAITING)
    match = matching.match(mission, book)
    if match.doubt and not new:
        raise CannotDecide(match.doubt)
    known = None if new or match.dossier is None else desk.one(match.dossier)
    dossier = known or filing.new_dossier(mission, desk.user)
    event = desk.file(mission, dossier, "accepted")
    book.note(dossier, mission)
    return event


def _link(desk: Desk, mission: Mission, dossier_id: int) -> Event:
    _require(mission, *OPEN_STATES)
    return desk.file(mission, _dossier_for(desk, mission, dossier_id), "linked")


def _deny(desk: Desk, mission: Mission, reason: str) -> Event:
    _require(mission, *DENIABLE)
    known = before.of_mission(mission)
    mission.state, mission.reason, mission.reason_args = MissionState.DENIED, "denied", {"reason": reason}
    mission.changed_since_denied = False
    desk.sign(mission)
    desk.carry_along(mission)
    return desk.record("denied", mission, reason=reason, before=known)


def _reconsider(desk: Desk, mission: Mission) -> Event:
    _require(mission, *NOT_TAKEN)
    _to_queue(desk, mission, "reconsidered")
    return desk.record("reconsidered", mission)


def _undo_link(desk: Desk, mission: Mission) -> Event:
    _require(mission, MissionState.DOSSIER)
    _take_apart(mission)
    left = desk.dossier_of(mission)
    desk.leave(mission)
    _to_queue(desk, mission, "unlinked")
    return desk.record("unlinked", mission, left)


def _move_link(desk: Desk, mission: Mission, dossier_id: int) -> Event:
    _require(mission, MissionState.DOSSIER)
    left, dossier = desk.dossier_of(mission), _dossier_for(desk, mission, dossier_id)
    if left == dossier:
        raise CannotDecide("same-dossier")
    _take_apart(mission)
    desk.leave(mission, for_another=True)
    desk.record("moved-away", mission, left, dossier=dossier.pk)
    return desk.file(mission, dossier, "linked")


def _accept_quote(desk: Desk, quote: Quote) -> Event:
    known = before.of_quote(quote)
    known["replaced"] = desk.take(quote)
    return _record_of_quote(desk, "quote-accepted", quote, before=known)


def _deny_quote(desk: Desk, quote: Quote, reason: str) -> Event:
    known = before.of_quote(quote)
    quote.state, quote.reason, quote.reason_args = QuoteState.DENIED, "denied", {"reason": reason}
    desk.sign(quote)
    return _record_of_quote(desk, "quote-denied", quote, reason=reason, before=known)


def _record_of_quote(desk: Desk, verb: str, quote: Quote, **args: Any) -> Event:
    return desk.record(verb, quote.mission, number=quote.number, version=quote.version, **args)


def _given(reason: str) -> str:
    """Raises CannotDecide."""
    if not reason.strip():
        raise CannotDecide("reason-missing")
    return reason.strip()[:LONGEST_REASON]


def _take_apart(mission: Mission) -> None:
    """A person decides on what followed its twin alone: they are two missions from now on."""
    if mission.twin_of_id is not None:
        mission.twin_of, mission.is_apart = None, True


def _require(mission: Mission, *states: str) -> None:
    if mission.state not in states:
        raise CannotDecide(BY_ITSELF.get(mission.state, "already-decided"))


def _dossier_for(desk: Desk, mission: Mission, dossier_id: int) -> Dossier:
    dossier = Dossier.objects.filter(pk=dossier_id, repairer=mission.repairer_id).first()
    if dossier is None:
        raise CannotDecide("no-such-dossier")
    if not dossier.is_open:
        raise CannotDecide("dossier-closed")
    return desk.one(dossier)


def _to_queue(desk: Desk, mission: Mission, reason: str) -> None:
    """A person asked for it: the rules as they are now don't undo it."""
    mission.state, mission.reason, mission.reason_args = MissionState.WAITING, reason, {}
    mission.rules_digest, mission.changed_since_denied = desk.options.digest, False
    desk.sign(mission)
    desk.carry_along(mission)


def _answer_offer(mission_id: int, name: str, answer: OfferDeed, seen: SeenOffer | None) -> None:
    with one_writer(Mission.objects.values_list("repairer_id", flat=True).get(pk=mission_id)):
        mission = Mission.objects.select_related("dossier").get(pk=mission_id)
        _require(mission, MissionState.DOSSIER)
        assert mission.dossier is not None
        offer = offers_of(mission).get(name)
        if offer is None or seen not in (None, SeenOffer(mission.dossier.pk, offer_value(offer[1]))):
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


def offer_value(value: Any) -> str:
    """An offered value as text, to know on answering that it is still the one that was shown."""
    return str(facts.plain(value))


def _record(verb: str, mission: Mission, user: User, **args: Any) -> None:
    about = {"number": mission.number, **args}
    history.record(
        verb,
        repairer_id=mission.repairer_id,
        actor=user,
        dossier=mission.dossier,
        mission=mission,
        args=about,
    )

"""A decision is taken back: all is as before it, where nobody has built on it since."""

from collections.abc import Collection, Iterable
from functools import partial

from django.db.models import QuerySet

from dossiers import facts
from dossiers.intake import before
from dossiers.intake.before import Before
from dossiers.intake.desk import CannotDecide, Desk, Outcome, missions_on_desk, quotes_on_desk
from dossiers.intake.merge import same
from dossiers.models import Dossier, Event, Mission, MissionState, OrderLine, Quote, QuoteState
from dossiers.models.dossier import DossierStatus
from dossiers.models.order import OrderState
from repairers.models import User

INTO_DOSSIER = ("accepted", "linked")
OF_MISSIONS = (*INTO_DOSSIER, "denied")
OF_QUOTES = ("quote-accepted", "quote-denied")
DECISIONS = (*OF_MISSIONS, *OF_QUOTES)
MOVES = (*OF_MISSIONS, "reconsidered", "unlinked", "moved-away")


def decision_of(decided: Mission | Quote) -> Event | None:
    """What was decided last on a mission or quote, for whoever wants to take it back at once."""
    return _decisions_on(decided).order_by("-pk").first()


def standing_decision(decided: Mission | Quote) -> Event | None:
    """The same where the mission or quote is still as it was decided then, else None."""
    event = decision_of(decided)
    return event if event is not None and _stands(event, decided) else None


def undo_on(decided: Mission | Quote, event_id: int, user: User) -> None:
    """Take back a decision on this mission or quote, and on no other. Raises CannotDecide."""
    if not _decisions_on(decided).filter(pk=event_id).exists():
        raise CannotDecide("not-to-be-undone")
    undo(event_id, user)


def _decisions_on(decided: Mission | Quote) -> QuerySet[Event]:
    if isinstance(decided, Quote):
        rows = Event.objects.filter(mission=decided.mission_id, verb__in=OF_QUOTES)
        return rows.filter(args__before__quote=decided.pk)
    return Event.objects.filter(mission=decided.twin_of_id or decided.pk, verb__in=OF_MISSIONS)


def _stands(event: Event, decided: Mission | Quote) -> bool:
    """Whether the mission or quote is where this decision put it."""
    denied = event.verb in ("denied", "quote-denied")
    if isinstance(decided, Quote):
        return decided.state == (QuoteState.DENIED if denied else QuoteState.DOSSIER)
    wanted = MissionState.DENIED if denied else MissionState.DOSSIER
    return decided.state == wanted and decided.dossier_id == event.dossier_id


def undo(event_id: int, user: User) -> Mission:
    """As `undo_all`, of one decision; gives its mission. Raises CannotDecide."""
    mission = undo_all([event_id], user).only().mission
    assert mission is not None
    return mission


def undo_all(event_ids: Collection[int], user: User) -> Outcome:
    """Take back the decisions that these lines of the trail tell of, the last one first.

    A mission or quote stands as before it. What the mission filled in its dossier is taken out where nobody changed
    it, and a dossier that was opened for it is closed. One that is not the last decision any more is refused, and one
    where somebody has worked in the dossier since. A constant number of statements.
    """
    outcome = Outcome()
    events = list(Event.objects.filter(pk__in=event_ids).order_by("-pk"))
    for event in events:
        if event.verb not in DECISIONS or "before" not in event.args or event.mission_id is None:
            outcome.refused[event.pk] = "not-to-be-undone"
    left = [event for event in events if event.pk not in outcome.refused]
    # Of a mission, a quote is decided after the mission itself.
    _undo_quotes([event for event in left if event.verb in OF_QUOTES], user, outcome)
    _undo_missions([event for event in left if event.verb in OF_MISSIONS], user, outcome)
    return outcome


class Since:
    """What happened since the first of some decisions on the missions of `desk`, and in their dossiers."""

    def __init__(self, desk: Desk, events: Iterable[Event]) -> None:
        self._desk, first = desk, min(event.pk for event in events)
        self._dossiers = {one.dossier_id for one in desk.missions.values() if one.dossier_id is not None}
        rows = Event.objects.filter(pk__gt=first).order_by()
        of_both = rows.filter(mission__in=desk.missions).union(rows.filter(dossier__in=self._dossiers))
        self._events = list(of_both)
        self._undone = {one.args.get("event") for one in self._events if one.verb == "undone"}

    def is_undone(self, event: Event) -> bool:
        now = {one.args["event"] for one in self._desk.events}
        return event.pk in self._undone or event.pk in now

    def decided(self, event: Event) -> bool:
        """Whether another decision on the same mission, or the same quote, came after it and stands."""
        quote = _quote_of(event)
        since = [one for one in self._after(event) if one.mission_id == event.mission_id]
        later = [one for one in since if one.verb in MOVES or (quote and _quote_of(one) == quote)]
        return any(not self.is_undone(one) for one in later)

    def worked_on(self, event: Event, dossier: Dossier) -> bool:
        """Whether a person did something in `dossier` since; what was taken back again does not count."""
        since = [one for one in self._after(event) if one.dossier_id == dossier.pk and one.actor_name]
        return any(one.verb != "undone" and not self.is_undone(one) for one in since)

    def _after(self, event: Event) -> list[Event]:
        return [one for one in self._events if one.pk > event.pk]


class Beside:
    """The missions that are in the dossiers of those on `desk`, in one statement."""

    def __init__(self, desk: Desk) -> None:
        dossiers = {one.dossier_id for one in desk.missions.values() if one.dossier_id is not None}
        rows = Mission.objects.filter(dossier__in=dossiers).only("dossier", "twin_of", "applied")
        self._missions = [desk.missions.get(one.pk, one) for one in rows]

    def others(self, dossier: Dossier, mission: Mission) -> list[Mission]:
        """Those in `dossier` beside `mission` and what follows it."""
        found = [one for one in self._missions if one.dossier_id == dossier.pk]
        return [one for one in found if one.pk != mission.pk and one.twin_of_id != mission.pk]


def _undo_missions(events: list[Event], user: User, outcome: Outcome) -> None:
    if not events:
        return
    with missions_on_desk([event.mission_id or 0 for event in events], user) as (desk, asked):
        since, beside = Since(desk, events), Beside(desk)
        for event in events:
            mission = asked[event.mission_id or 0]
            outcome.note(event.pk, partial(_undo_mission, desk, event, mission, since, beside))


def _undo_mission(desk: Desk, event: Event, mission: Mission, since: Since, beside: Beside) -> Event:
    known, dossier = event.args["before"], desk.dossier_of(mission)
    _require_last(event, mission, known, since)
    if dossier is not None:
        others = beside.others(dossier, mission)
        if since.worked_on(event, dossier) or (known["opened"] and others):
            raise CannotDecide("dossier-worked-on")
        _take_out(desk, mission, dossier, known, others)
    _back(desk, mission, known)
    desk.carry_along(mission)
    return desk.record("undone", mission, dossier, event=event.pk)


def _require_last(event: Event, mission: Mission, known: Before, since: Since) -> None:
    if since.is_undone(event):
        raise CannotDecide("already-undone")
    if mission.state == MissionState.WITHDRAWN:
        raise CannotDecide("withdrawn-meanwhile")
    elsewhere = mission.pk != event.mission_id or not _stands(event, mission)
    if elsewhere or known["state"] == mission.state or since.decided(event):
        raise CannotDecide("decided-since")


def _quote_of(event: Event) -> int | None:
    return event.args.get("before", {}).get("quote")


def _take_out(desk: Desk, mission: Mission, dossier: Dossier, known: Before, others: list[Mission]) -> None:
    both = [mission, *desk.followers(mission)]
    names = facts.NAMES if known["opened"] else known["filled"]
    for name in set(names) & _only_theirs(dossier, both, others):
        setattr(dossier, name, facts.empty(name))
    if known["opened"]:
        dossier.status, dossier.closed_at = DossierStatus.CLOSED, desk.now
    desk.changed(dossier)
    desk.leave(mission)


def _only_theirs(dossier: Dossier, both: Iterable[Mission], others: Iterable[Mission]) -> set[str]:
    """The facts of `dossier` that `both` put there, that nobody changed and no other mission says, too."""
    own, theirs = dossier.facts, [facts.from_json(one.applied) for one in both]
    put = {name for applied in theirs for name, value in applied.items() if same(own[name], value)}
    return put - {name for other in others for name in other.applied}


def _back(desk: Desk, mission: Mission, known: Before) -> None:
    """As before; what changed meanwhile goes to a person, whatever the options said of it then."""
    before.put_back(mission, known, desk.now)
    desk.changed(mission)
    if mission.version != known["version"]:
        mission.state, mission.reason, mission.reason_args = MissionState.WAITING, "undone", {}
        desk.sign(mission)


def _undo_quotes(events: list[Event], user: User, outcome: Outcome) -> None:
    if not events:
        return
    with quotes_on_desk([event.args["before"]["quote"] for event in events], user) as (desk, asked):
        since, ordered = Since(desk, events), _ordered(asked)
        for event in events:
            quote = asked[event.args["before"]["quote"]]
            outcome.note(event.pk, partial(_undo_quote, desk, event, quote, since, ordered))


def _ordered(quotes: Collection[int]) -> list[OrderLine]:
    """What was ordered of these quotes."""
    return list(OrderLine.objects.filter(quote__in=quotes).exclude(state=OrderState.TO_ORDER))


def _undo_quote(desk: Desk, event: Event, quote: Quote, since: Since, ordered: list[OrderLine]) -> Event:
    _require_same_version(event, quote, since)
    times = [line.state_changed_at for line in ordered if line.quote_id == quote.pk]
    if event.verb == "quote-accepted" and any(at is not None and at >= event.at for at in times):
        raise CannotDecide("parts-ordered")
    before.put_back(quote, event.args["before"], desk.now)
    desk.changed(quote)
    if event.verb == "quote-accepted":
        desk.orders_leave(quote)
    return desk.record("undone", quote.mission, event=event.pk)


def _require_same_version(event: Event, quote: Quote, since: Since) -> None:
    if since.is_undone(event):
        raise CannotDecide("already-undone")
    if quote.mission.state == MissionState.WITHDRAWN:
        raise CannotDecide("withdrawn-meanwhile")
    if quote.version != event.args["version"]:
        raise CannotDecide("newer-version-came")
    if not _stands(event, quote) or since.decided(event):
        raise CannotDecide("decided-since")
    if event.args["before"].get("replaced"):
        raise CannotDecide("quote-replaced")

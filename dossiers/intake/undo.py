"""A decision is taken back: all is as before it, where nobody has built on it since."""

from collections.abc import Iterable

from django.utils import timezone

from dossiers import facts, history
from dossiers.intake import before
from dossiers.intake.before import Before
from dossiers.intake.decide import CannotDecide, leading, leave
from dossiers.intake.merge import same
from dossiers.intake.orders import leave_dossier, sync_orders
from dossiers.models import Dossier, Event, Mission, MissionState, OrderLine, Quote, QuoteState
from dossiers.models.dossier import DossierStatus
from dossiers.models.order import OrderState
from dossiers.staff_messages import tell_of_queue
from repairers.locking import one_writer
from repairers.models import User

INTO_DOSSIER = ("accepted", "linked")
OF_MISSIONS = (*INTO_DOSSIER, "denied")
OF_QUOTES = ("quote-accepted", "quote-denied")
DECISIONS = (*OF_MISSIONS, *OF_QUOTES)
MOVES = (*OF_MISSIONS, "reconsidered", "unlinked", "moved-away")


def decision_of(decided: Mission | Quote) -> Event | None:
    """What was decided last on a mission or quote, for whoever wants to take it back at once."""
    mission_id = decided.mission_id if isinstance(decided, Quote) else decided.pk
    rows = Event.objects.filter(mission=mission_id, verb__in=OF_MISSIONS)
    if isinstance(decided, Quote):
        rows = Event.objects.filter(mission=mission_id, verb__in=OF_QUOTES, args__before__quote=decided.pk)
    return rows.order_by("-pk").first()


def undo(event_id: int, user: User) -> Mission:
    """Take back the decision that the line `event_id` of the trail tells of; gives its mission.

    A mission or quote stands as before it. What the mission filled in its dossier is taken out where nobody changed
    it, and a dossier that was opened for it is closed. Raises CannotDecide where it is not the last decision any
    more, or where somebody has worked in the dossier since.
    """
    event = Event.objects.get(pk=event_id)
    if event.verb not in DECISIONS or "before" not in event.args or event.mission_id is None:
        raise CannotDecide("not-to-be-undone")
    return _undo_quote(event, user) if event.verb in OF_QUOTES else _undo_mission(event, user)


def _undo_mission(event: Event, user: User) -> Mission:
    known = event.args["before"]
    with leading(event.mission_id or 0, user) as mission:
        dossier = mission.dossier
        _require_last(event, mission, known)
        if dossier is not None:
            _require_untouched(event, dossier, mission, known)
            _take_out(mission, dossier, known, user)
        _back(mission, known, user)
        _record(event, mission, dossier, user)
        tell_of_queue(mission.repairer_id, came=False)
        return mission


def _require_last(event: Event, mission: Mission, known: Before) -> None:
    wanted = MissionState.DENIED if event.verb == "denied" else MissionState.DOSSIER
    stands = mission.state == wanted and mission.dossier_id == event.dossier_id
    if mission.pk != event.mission_id or not stands or known["state"] == wanted or _decided_since(event):
        raise CannotDecide("already-decided")


def _decided_since(event: Event) -> bool:
    """Whether the decision was taken back, or another one on the same mission, or the same quote, came after it."""
    since = list(Event.objects.filter(mission=event.mission_id, pk__gt=event.pk))
    undone = {one.args.get("event") for one in since if one.verb == "undone"}
    quote = event.args["before"].get("quote")
    later = [one for one in since if one.verb in MOVES or (quote and _quote_of(one) == quote)]
    return event.pk in undone or any(one.pk not in undone for one in later)


def _quote_of(event: Event) -> int | None:
    return event.args.get("before", {}).get("quote")


def _require_untouched(event: Event, dossier: Dossier, mission: Mission, known: Before) -> None:
    others = Mission.objects.filter(dossier=dossier).exclude(pk=mission.pk).exclude(twin_of=mission)
    if _worked_on(event, dossier) or (known["opened"] and others.exists()):
        raise CannotDecide("dossier-worked-on")


def _worked_on(event: Event, dossier: Dossier) -> bool:
    """Whether a person did something in `dossier` since; what was taken back again does not count."""
    since = list(Event.objects.filter(dossier=dossier, pk__gt=event.pk).exclude(actor_name=""))
    undone = {one.args.get("event") for one in since if one.verb == "undone"}
    return any(one.verb != "undone" and one.pk not in undone for one in since)


def _take_out(mission: Mission, dossier: Dossier, known: Before, user: User) -> None:
    both = [mission, *mission.twins.all()]
    names = facts.NAMES if known["opened"] else known["filled"]
    for name in set(names) & _only_theirs(dossier, both):
        setattr(dossier, name, facts.empty(name))
    if known["opened"]:
        dossier.status, dossier.closed_at = DossierStatus.CLOSED, timezone.now()
    dossier.save()
    leave(mission)


def _only_theirs(dossier: Dossier, both: Iterable[Mission]) -> set[str]:
    """The facts of `dossier` that these missions put there, that nobody changed and no other mission says, too."""
    pks = [one.pk for one in both]
    own, theirs = dossier.facts, [facts.from_json(one.applied) for one in both]
    said = Mission.objects.filter(dossier=dossier).exclude(pk__in=pks).values_list("applied", flat=True)
    others = {name for applied in said for name in applied}
    put = {name for applied in theirs for name, value in applied.items() if same(own[name], value)}
    return put - others


def _back(mission: Mission, known: Before, user: User) -> None:
    """As before; what changed meanwhile goes to a person, whatever the options said of it then."""
    before.put_back(mission, known)
    if mission.version != known["version"]:
        mission.state, mission.reason, mission.reason_args = MissionState.WAITING, "undone", {}
        mission.decided_by, mission.decided_at = user, timezone.now()
    mission.save()


def _undo_quote(event: Event, user: User) -> Mission:
    known = event.args["before"]
    with one_writer(event.repairer_id):
        quote = Quote.objects.select_related("mission").get(pk=known["quote"])
        _require_same_version(event, quote)
        before.put_back(quote, known)
        quote.save()
        if event.verb == "quote-accepted":
            leave_dossier([quote.pk], quote.mission.dossier_id or 0)
            sync_orders([quote])
        _record(event, quote.mission, quote.mission.dossier, user)
        tell_of_queue(event.repairer_id, came=False)
    return quote.mission


def _require_same_version(event: Event, quote: Quote) -> None:
    wanted = QuoteState.DENIED if event.verb == "quote-denied" else QuoteState.DOSSIER
    if quote.version != event.args["version"]:
        raise CannotDecide("newer-version-came")
    if quote.state != wanted or _decided_since(event):
        raise CannotDecide("already-decided")
    if event.args["before"].get("replaced"):
        raise CannotDecide("not-to-be-undone")
    if event.verb == "quote-accepted" and _was_ordered(event, quote):
        raise CannotDecide("parts-ordered")


def _was_ordered(event: Event, quote: Quote) -> bool:
    rows = OrderLine.objects.filter(quote=quote, state_changed_at__gte=event.at)
    return rows.exclude(state=OrderState.TO_ORDER).exists()


def _record(event: Event, mission: Mission, dossier: Dossier | None, user: User) -> None:
    """The line that tells of it, beside the one that it takes back."""
    args = {"event": event.pk, "number": mission.number}
    history.record(
        "undone", repairer_id=event.repairer_id, actor=user, dossier=dossier, mission=mission, args=args
    )

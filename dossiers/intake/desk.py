"""What people decide on, however many at once: read together under the lock, changed in memory, saved together.

The statements are a constant number, whatever the number of missions or quotes.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils import timezone

from dossiers import history
from dossiers.intake import before, bulk, filing, twins
from dossiers.intake.judge import Verdict, follows, rule_against, stands
from dossiers.intake.orders import leave_dossier, sync_orders
from dossiers.intake.same_quotes import Originals, hand_over_orders, replaced_by
from dossiers.models import Dossier, Event, Mission, MissionState, Quote, QuoteState
from dossiers.options import Options, read_options
from dossiers.staff_messages import queue_was_worked_on
from repairers.locking import writers
from repairers.models import User


class CannotDecide(Exception):
    """`code` is a sentence code: why it can't be done (any more)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Outcome:
    """What became of each row, by its id: the line of the trail that tells of it, or why it was not possible."""

    done: dict[int, Event] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    def note(self, pk: int, deed: Callable[[], Event]) -> None:
        """Do `deed` on the row `pk`; where it is refused, nothing of it is done."""
        try:
            self.done[pk] = deed()
        except CannotDecide as refusal:
            self.refused[pk] = refusal.code

    def only(self) -> Event:
        """Of a single row. Raises CannotDecide."""
        for code in self.refused.values():
            raise CannotDecide(code)
        [event] = self.done.values()
        return event


class Desk:
    """Missions, each with what follows it, and their quotes. A deed checks first and changes then, or not at all."""

    def __init__(self, user: User | None, missions: dict[int, Mission], quotes: Iterable[Quote]) -> None:
        self.user, self.missions, self.now = user, missions, timezone.now()
        self.quotes = list(quotes)
        self.events: list[Event] = []
        self._dossiers: dict[int, Dossier] = {}
        self._changed: dict[int, Model] = {}  # by their identity: a new dossier has no key yet
        self._leaving: list[Quote] = []  # their orders leave the dossier that they were in
        self._replaced: dict[int, int] = {}  # the quote whose orders go on by another one

    @cached_property
    def options(self) -> Options:
        return read_options()

    @cached_property
    def originals(self) -> Originals:
        return Originals({one.pk: one.twin_of_id for one in self.missions.values()}, self.quotes)

    def followers(self, leader: Mission) -> list[Mission]:
        return [one for one in self.missions.values() if one.twin_of_id == leader.pk]

    def quotes_of(self, mission: Mission) -> list[Quote]:
        return [quote for quote in self.quotes if quote.mission is mission]

    def one(self, dossier: Dossier) -> Dossier:
        """The one object of `dossier`, however many missions have it."""
        return dossier if dossier.pk is None else self._dossiers.setdefault(dossier.pk, dossier)

    def dossier_of(self, mission: Mission) -> Dossier | None:
        """Where `mission` is, as the object that is changed."""
        if mission.dossier is not None:
            mission.dossier = self.one(mission.dossier)
        return mission.dossier

    def changed(self, *rows: Model) -> None:
        """`rows` are to be saved."""
        self._changed.update((id(row), row) for row in rows)

    def sign(self, row: Mission | Quote) -> None:
        """The user has decided on `row`, which is to be saved."""
        row.decided_by, row.decided_at = self.user, self.now
        self.changed(row)

    def record(self, verb: str, mission: Mission, dossier: Dossier | None = None, /, **args: Any) -> Event:
        """A line of the trail, of `dossier` or of where the mission is; it is saved with the rest."""
        about = {"number": mission.number, **args}
        event = history.event(verb, repairer_id=mission.repairer_id, actor=self.user, args=about)
        event.mission, event.dossier = mission, dossier or mission.dossier
        self.events.append(event)
        return event

    def file(self, mission: Mission, dossier: Dossier, verb: str) -> Event:
        """Put `mission` into `dossier`, with its quotes and with what follows it."""
        known, own = before.of_mission(mission), dossier.facts
        known["opened"] = dossier.pk is None and id(dossier) not in self._changed
        filing.file_into(mission, dossier, reason=verb, by=self.user, now=self.now)
        known["filled"] = before.filled(own, dossier.facts)
        mission.changed_since_denied = False
        self.changed(dossier, mission)
        self._take_quotes(mission)
        self.carry_along(mission)
        return self.record(verb, mission, before=known)

    def carry_along(self, leader: Mission) -> None:
        """What follows `leader` comes to where that is now, its quotes too."""
        for twin in self.followers(leader):
            if twin.dossier is not None and self.dossier_of(twin) is not self.dossier_of(leader):
                self.leave(twin, for_another=leader.dossier is not None)
            twins.follow(twin, leader, self.now)
            self.changed(twin, *filter(None, [twin.dossier]))
            if twin.state == MissionState.DOSSIER:
                self._take_quotes(twin)

    def leave(self, mission: Mission, *, for_another: bool = False) -> None:
        """Out of its dossier; its quotes follow it again, unless it only goes to another one."""
        for quote in self.quotes_of(mission):
            if quote.state != QuoteState.WITHDRAWN:
                self.orders_leave(quote)
                if not for_another:
                    self._put(quote, follows(quote))
                    quote.accepted_version = None
        mission.dossier, mission.applied = None, {}
        self.changed(mission)

    def orders_leave(self, quote: Quote) -> None:
        """What `quote` ordered leaves its dossier, but for what its accepted version says once all is saved."""
        self._leaving.append(quote)
        self.changed(quote)

    def take(self, quote: Quote) -> bool:
        """The newest version of `quote` into the dossier; gives whether it counts instead of its original by now."""
        original = self.originals.of(quote)
        if original is not None:
            self._replaced[original.pk] = quote.pk
            self._put(original, replaced_by(quote))
            original.accepted_version = None
        self._take(quote)
        return original is not None

    def _take(self, quote: Quote) -> None:
        quote.state, quote.reason, quote.reason_args = QuoteState.DOSSIER, "accepted", {}
        quote.accepted_version = quote.version
        self.sign(quote)

    def _take_quotes(self, mission: Mission) -> None:
        """Those that follow `mission` come along, but for what a rule or a person kept out, or another counts for."""
        for quote in self.quotes_of(mission):
            if quote.state == QuoteState.FOLLOWS:
                verdict = self._kept_out(quote)
                if verdict is None:
                    self._take(quote)
                else:
                    self._put(quote, verdict)

    def _kept_out(self, quote: Quote) -> Verdict | None:
        original = self.originals.of(quote)
        if original is not None:
            return self.originals.judge(quote, original)
        rule = rule_against(quote, self.options.excludes, quote.mission.repairer.name)
        if rule is not None:
            return Verdict(QuoteState.EXCLUDED, "excluded-by-rule", {"rule": rule.text})
        denied = stands(quote) == QuoteState.DENIED
        return Verdict(QuoteState.DENIED, quote.reason, quote.reason_args) if denied else None

    def _put(self, quote: Quote, verdict: Verdict) -> None:
        quote.state, quote.reason, quote.reason_args = verdict.state, verdict.reason, verdict.args
        quote.decided_at = self.now
        self.changed(quote)

    def save(self) -> None:
        """Parents before children, each kind in one statement; orders follow the quotes."""
        leave_dossier(quote.pk for quote in self._leaving)
        hand_over_orders(self._replaced)
        rows: dict[type[Model], list[Any]] = {Dossier: [], Mission: [], Quote: [], Event: self.events}
        for row in self._changed.values():
            rows[type(row)].append(row)
        for dossier in rows[Dossier]:
            dossier.set_keys()
        bulk.number({Dossier: rows[Dossier], Event: self.events})
        for model, many in rows.items():
            bulk.point_anew(many)
            if many:
                bulk.upsert(model, many)
        sync_orders(quote for quote in rows[Quote] if quote.accepted_version is not None)


@contextmanager
def missions_on_desk(
    asked: Collection[int], user: User | None = None, *, alone: bool = False
) -> Iterator[tuple[Desk, dict[int, Mission]]]:
    """The missions `asked` for, by their ids: for each the one that leads it, unless it is decided `alone`.

    What follows it comes along. Nobody else changes anything of their repairers meanwhile.
    """
    repairers = set(Mission.objects.filter(pk__in=asked).values_list("repairer_id", flat=True))
    with writers(repairers):
        missions = _with_twins(asked, alone)
        desk = Desk(user, missions, _quotes_of(missions))
        found = [missions[pk] for pk in dict.fromkeys(asked) if pk in missions]
        yield desk, {one.pk: one if alone else missions[one.twin_of_id or one.pk] for one in found}
        desk.save()
        queue_was_worked_on(repairers)


@contextmanager
def quotes_on_desk(asked: Collection[int], user: User) -> Iterator[tuple[Desk, dict[int, Quote]]]:
    """The quotes `asked` for, by their ids; those of the same missions and of their twins lie beside them."""
    owners = dict(Quote.objects.filter(pk__in=asked).values_list("mission_id", "repairer_id"))
    with writers(set(owners.values())):
        missions = _with_twins(owners, alone=False)
        desk = Desk(user, missions, _quotes_of(missions))
        found = {quote.pk: quote for quote in desk.quotes}
        yield desk, {pk: found[pk] for pk in dict.fromkeys(asked) if pk in found}
        desk.save()
        queue_was_worked_on(set(owners.values()))


def _with_twins(asked: Collection[int], alone: bool) -> dict[int, Mission]:
    """By id, the missions `asked` for, what leads them (where they are not decided `alone`), and what follows them."""
    rows = Mission.objects.select_related("dossier", "repairer")
    missions = rows.in_bulk(list(asked))
    leaders = {one.twin_of_id for one in missions.values() if one.twin_of_id} - set(missions)
    if leaders and not alone:
        missions |= rows.in_bulk(list(leaders))
    return missions | {one.pk: one for one in rows.filter(twin_of__in=missions) if one.pk not in missions}


def _quotes_of(missions: dict[int, Mission]) -> list[Quote]:
    quotes = list(Quote.objects.filter(mission__in=missions))
    for quote in quotes:
        quote.mission = missions[quote.mission_id]
    return quotes

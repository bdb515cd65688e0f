"""The missions of a batch and their twins of the other source, changed in memory."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from dossiers.intake import twins
from dossiers.models import Event, Mission, MissionState, Quote, QuoteState


class Pairs:
    """`touched` are the twins that must be saved; those that changed by themselves are saved anyway."""

    def __init__(self, found: Iterable[Mission]) -> None:
        self.touched: list[Mission] = []
        self._by_number: dict[str, list[Mission]] = defaultdict(list)
        self._followers: dict[int, list[Mission]] = defaultdict(list)
        for one in found:
            self._enter(one)
            if one.twin_of_id is not None and one.state != MissionState.WITHDRAWN:
                self._followers[one.twin_of_id].append(one)

    def _enter(self, one: Mission) -> None:
        same = self._by_number[one.number_key]
        if (
            not one.is_apart
            and one.state != MissionState.WITHDRAWN
            and all(one is not other for other in same)
        ):
            same.append(one)

    def twin_of(self, mission: Mission) -> Mission | None:
        """The twin of `mission` as it now stands; whatever is its twin no longer goes on alone, where it is.

        `mission` counts from now on among those of its number, as if the next one came in a later batch.
        """
        twin = twins.twin_of(mission, self._by_number[mission.number_key])
        self._enter(mission)
        if mission.twin_of_id is not None and (twin is None or not twins.follows(mission, twin)):
            mission.twin_of = None
        for one in self._followers.get(mission.pk, []):
            if one is not twin:
                one.twin_of = None
                self.touch(one)
        return twin

    def touch(self, twin: Mission) -> None:
        if all(twin is not one for one in self.touched):
            self.touched.append(twin)

    def lead(self, mission: Mission, leader: Mission, now: dt.datetime) -> list[Event]:
        """`mission`, which changed, follows `leader`; where that was denied, it shows as changed since."""
        changed_since = leader.state == MissionState.DENIED and twins.follows(mission, leader)
        if changed_since or leader.twin_of_id is not None:
            leader.changed_since_denied |= changed_since
            self.touch(leader)
        return twins.follow(mission, leader, now)

    def take_along(self, twin: Mission, leader: Mission, now: dt.datetime) -> list[Event]:
        """`twin` follows `leader`, which changed."""
        self.touch(twin)
        return twins.follow(twin, leader, now)

    def quotes(self) -> list[Quote]:
        """The quotes that came to a dossier with their twin, and are to be decided now."""
        filed = {one.pk: one for one in self.touched if one.state == MissionState.DOSSIER}
        found = list(Quote.objects.filter(mission__in=filed, state=QuoteState.FOLLOWS)) if filed else []
        for quote in found:
            quote.mission = filed[quote.mission_id]
        return found

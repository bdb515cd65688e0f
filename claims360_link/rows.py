"""The rows of the list: each mission with its newest quote, its photos, and what can be done. Constant statements."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count

from dossiers.intake.matching import possible_dossiers
from dossiers.intake.same_quotes import SAME
from dossiers.models import Dossier, Mission, MissionState, Photo, Quote, QuoteState, Source, Transmission
from dossiers.models.transmission import SendState

KINDS = {
    MissionState.WAITING: "wait",
    MissionState.DOSSIER: "ok",
    MissionState.INCOMPLETE: "info",
    MissionState.WITHDRAWN: "bad",
}


@dataclass(frozen=True, slots=True)
class Row:
    mission: Mission
    quote: Quote | None  # the one that waits, else the newest
    waiting_quote: Quote | None  # its newest version waits, though its mission has a dossier
    photos: int
    possible: list[Dossier]
    twin: Mission | None = None  # the same mission, as it came by the other way
    unsent: str = ""  # the code of why a transmission of its dossier goes to a person

    @property
    def kind(self) -> str:
        """Of the chip: wait, ok, off, bad or info."""
        in_dossier = self.mission.state == MissionState.DOSSIER
        if in_dossier and (self.unsent or self.mission.status == "cancelled"):
            return "bad"
        return "wait" if self.waiting_quote else KINDS.get(MissionState(self.mission.state), "off")

    @property
    def sources(self) -> str:
        """By which way it came, where that is not Claims360 alone."""
        if self.twin is not None:
            return " + ".join(sorted((self.mission.get_source_display(), self.twin.get_source_display())))
        return "" if self.mission.source == Source.CLAIMS360 else self.mission.get_source_display()

    @property
    def power_kw(self) -> int | None:
        return self.mission.facts.get("power_kw")

    @property
    def difference(self) -> Decimal | None:
        """By how much the newest quote differs from its version before, in EUR."""
        quote = self.quote
        if quote is None or quote.gross is None or quote.previous_gross is None:
            return None
        return quote.gross - quote.previous_gross

    @property
    def must_choose(self) -> bool:
        """Whether accepting needs a person to say which dossier."""
        return self.mission.state == MissionState.WAITING and len(self.possible) > 1


def rows_of(missions: Iterable[Mission]) -> list[Row]:
    """The rows of one page of missions."""
    missions = list(missions)
    twins = _twins(missions)
    leaders = {mission.pk: mission.pk for mission in missions} | {twin.pk: pk for pk, twin in twins.items()}
    quotes, photos, unsent = _quotes(leaders), _photos(leaders), _unsent(missions)
    possible = possible_dossiers(mission for mission in missions if mission.state == MissionState.WAITING)
    return [
        _row(
            mission,
            quotes.get(mission.pk, []),
            photos=photos[mission.pk],
            possible=possible.get(mission.pk, []),
            twin=twins.get(mission.pk),
            unsent=unsent.get(mission.dossier_id or 0, ""),
        )
        for mission in missions
    ]


def _row(mission: Mission, quotes: list[Quote], **more: Any) -> Row:
    in_dossier = mission.state == MissionState.DOSSIER
    waiting = [quote for quote in quotes if quote.state == QuoteState.WAITING] if in_dossier else []
    shown = waiting or quotes
    return Row(mission, shown[-1] if shown else None, waiting[-1] if waiting else None, **more)


def _twins(missions: list[Mission]) -> dict[int, Mission]:
    """By mission pk, the same mission as it came by the other way."""
    found = Mission.objects.filter(twin_of__in=missions).only("pk", "source", "twin_of")
    return {twin.twin_of_id: twin for twin in found if twin.twin_of_id is not None}


def _quotes(leaders: dict[int, int]) -> dict[int, list[Quote]]:
    """By the mission that has the row, its quotes and its twin's, the newest last; one that came twice counts once."""
    rows = Quote.objects.filter(mission__in=leaders).exclude(state=QuoteState.WITHDRAWN)
    quotes: dict[int, list[Quote]] = {}
    for quote in rows.exclude(reason=SAME).order_by("updated_at", "pk"):
        quotes.setdefault(leaders[quote.mission_id], []).append(quote)
    return quotes


def _photos(leaders: dict[int, int]) -> Counter[int]:
    """By the mission that has the row, how many photos came, by whichever way."""
    rows = Photo.objects.filter(mission__in=leaders, withdrawn=False).order_by()
    counts: Counter[int] = Counter()
    for mission_id, number in rows.values_list("mission").annotate(number=Count("pk")):
        counts[leaders[mission_id]] += number
    return counts


def _unsent(missions: list[Mission]) -> dict[int, str]:
    """By dossier pk, why its newest transmission that needs a person could not be delivered."""
    dossiers = {mission.dossier_id for mission in missions if mission.dossier_id}
    rows = Transmission.objects.filter(dossier__in=dossiers, state=SendState.NEEDS_PERSON).order_by("pk")
    return dict(rows.values_list("dossier_id", "error"))

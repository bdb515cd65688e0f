"""The rows of the list: each mission with its newest quote, its photos, and what can be done. Constant statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count

from dossiers.intake.matching import possible_dossiers
from dossiers.models import Dossier, Mission, MissionState, Photo, Quote, QuoteState

KINDS = {
    MissionState.WAITING: "wait",
    MissionState.DOSSIER: "ok",
    MissionState.INCOMPLETE: "info",
    MissionState.WITHDRAWN: "bad",
}


@dataclass(frozen=True, slots=True)
class Row:
    mission: Mission
    quote: Quote | None  # the newest
    waiting_quote: Quote | None  # its newest version waits, though its mission has a dossier
    photos: int
    possible: list[Dossier]

    @property
    def kind(self) -> str:
        """Of the chip: wait, ok, off, bad or info."""
        if self.mission.status == "cancelled" and self.mission.state == MissionState.DOSSIER:
            return "bad"
        return "wait" if self.waiting_quote else KINDS.get(MissionState(self.mission.state), "off")

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
    quotes: dict[int, list[Quote]] = {}
    for quote in Quote.objects.filter(mission__in=missions).exclude(state=QuoteState.WITHDRAWN).order_by("updated_at"):
        quotes.setdefault(quote.mission_id, []).append(quote)
    photos = dict(
        Photo.objects.filter(mission__in=missions, withdrawn=False)
        .order_by()
        .values_list("mission")
        .annotate(number=Count("pk"))
    )
    waiting = [mission for mission in missions if mission.state == MissionState.WAITING]
    possible = possible_dossiers(waiting)
    return [
        _row(mission, quotes.get(mission.pk, []), photos.get(mission.pk, 0), possible.get(mission.pk, []))
        for mission in missions
    ]


def _row(mission: Mission, quotes: list[Quote], photos: int, possible: list[Dossier]) -> Row:
    in_dossier = mission.state == MissionState.DOSSIER
    waiting = [quote for quote in quotes if quote.state == QuoteState.WAITING] if in_dossier else []
    return Row(mission, quotes[-1] if quotes else None, waiting[-1] if waiting else None, photos, possible)

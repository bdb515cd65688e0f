"""The rows of the list: each mission with its newest quote, its photos, and what can be done. Constant statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count

from dossiers.intake.matching import possible_dossiers
from dossiers.models import Dossier, Mission, MissionState, Photo, Quote, QuoteState, Transmission
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
    unsent: str = ""  # the code of why a transmission of its dossier goes to a person

    @property
    def kind(self) -> str:
        """Of the chip: wait, ok, off, bad or info."""
        in_dossier = self.mission.state == MissionState.DOSSIER
        if in_dossier and (self.unsent or self.mission.status == "cancelled"):
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
    quotes, photos, unsent = _quotes(missions), _photos(missions), _unsent(missions)
    possible = possible_dossiers(mission for mission in missions if mission.state == MissionState.WAITING)
    return [
        _row(
            mission,
            quotes.get(mission.pk, []),
            photos=photos.get(mission.pk, 0),
            possible=possible.get(mission.pk, []),
            unsent=unsent.get(mission.dossier_id or 0, ""),
        )
        for mission in missions
    ]


def _row(mission: Mission, quotes: list[Quote], **more: Any) -> Row:
    in_dossier = mission.state == MissionState.DOSSIER
    waiting = [quote for quote in quotes if quote.state == QuoteState.WAITING] if in_dossier else []
    shown = waiting or quotes
    return Row(mission, shown[-1] if shown else None, waiting[-1] if waiting else None, **more)


def _quotes(missions: list[Mission]) -> dict[int, list[Quote]]:
    """By mission pk, its quotes, the newest last."""
    rows = Quote.objects.filter(mission__in=missions).exclude(state=QuoteState.WITHDRAWN)
    quotes: dict[int, list[Quote]] = {}
    for quote in rows.order_by("updated_at", "pk"):
        quotes.setdefault(quote.mission_id, []).append(quote)
    return quotes


def _photos(missions: list[Mission]) -> dict[int, int]:
    """By mission pk, how many photos it has."""
    rows = Photo.objects.filter(mission__in=missions, withdrawn=False).order_by()
    return dict(rows.values_list("mission").annotate(number=Count("pk")))


def _unsent(missions: list[Mission]) -> dict[int, str]:
    """By dossier pk, why its newest transmission that needs a person could not be delivered."""
    dossiers = {mission.dossier_id for mission in missions if mission.dossier_id}
    rows = Transmission.objects.filter(dossier__in=dossiers, state=SendState.NEEDS_PERSON).order_by("pk")
    return dict(rows.values_list("dossier_id", "error"))

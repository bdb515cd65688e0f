"""The rows of the list: each mission with its newest quote, its photos, and what can be done. Constant statements."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Exists, FilteredRelation, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.expressions import Combinable

from dossiers.intake.matching import possible_dossiers
from dossiers.intake.same_quotes import SAME
from dossiers.models import (
    Dossier,
    Mission,
    MissionState,
    Photo,
    Quote,
    QuoteState,
    SetAside,
    Source,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.paging import Counted

KINDS = {
    MissionState.WAITING: "wait",
    MissionState.DOSSIER: "ok",
    MissionState.INCOMPLETE: "info",
    MissionState.WITHDRAWN: "bad",
}
ON_ITS_WAY = (SendState.PENDING, SendState.IN_FLIGHT)
RELATIONS = ("repairer", "dossier", "decided_by", "twin", "shown_quote")


@dataclass(frozen=True, slots=True)
class Progress:
    """So many photos are there, of so many; where it is about none, it only says that something is under way."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Row:
    mission: Mission
    quote: Quote | None  # the one that waits, else the newest
    waiting_quote: Quote | None  # its newest version waits, though its mission has a dossier
    photos: int
    possible: list[Dossier]
    twin: Mission | None = None  # the same mission, as it came by the other way
    unsent: str = ""  # the code of why a transmission of its dossier goes to a person
    aside: int = 0  # records of it that could not be taken over
    fetching: Progress | None = None  # its photos come in
    sending: Progress | None = None  # something of its dossier is being sent

    @property
    def chosen_as(self) -> str:
        """How a form names what waits in it, a mission or a quote's version; "" where nothing does."""
        if self.waiting_quote:
            return f"q{self.waiting_quote.pk}.{self.waiting_quote.version}"
        return f"m{self.mission.pk}" if self.mission.state == MissionState.WAITING else ""

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
    def denied_by(self) -> str:
        """Who denied it, "" where it is not denied."""
        by = self.mission.decided_by if self.mission.state == MissionState.DENIED else None
        return (by.get_full_name() or by.get_username()) if by else ""

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


def dressed() -> QuerySet[Mission]:
    """Missions with all that a row shows of them, in one statement; cut it to one page before it is read."""
    twins = Mission.objects.filter(twin_of=OuterRef("pk")).order_by("pk").values("pk")[:1]
    quote = Q(repairer__quotes__id=Subquery(_shown_quote().values("pk")[:1]))
    return (
        Mission.objects.annotate(
            twin=FilteredRelation("twins", condition=Q(twins__id=Subquery(twins))),
            shown_quote=FilteredRelation("repairer__quotes", condition=quote),
            photos_count=Counted(Photo.objects.filter(mission__in=_both(), withdrawn=False)),
            unsent=Subquery(_unsent()),
            aside=Counted(_aside()),
            **_on_their_way(),
        )
        .select_related(*RELATIONS)
        .defer("comments", "notes", "applied")
    )


def rows_of(missions: Iterable[Any]) -> list[Row]:
    """The rows of one page of `dressed` missions; one statement more, and none where no mission waits."""
    missions = list(missions)
    possible = possible_dossiers(mission for mission in missions if mission.state == MissionState.WAITING)
    return [_row(mission, possible.get(mission.pk, [])) for mission in missions]


def rows_in_order(missions: Iterable[Mission]) -> list[Row]:
    """The rows of missions that are not dressed, as they stand; two statements."""
    pks = [mission.pk for mission in missions]
    known = dressed().in_bulk(pks)
    return rows_of(known[pk] for pk in pks if pk in known)


def _row(mission: Any, possible: list[Dossier]) -> Row:
    quote: Quote | None = getattr(mission, "shown_quote", None)
    in_dossier = mission.state == MissionState.DOSSIER
    waits = in_dossier and quote is not None and quote.state == QuoteState.WAITING
    here = mission.photos_count - mission.photos_coming
    return Row(
        mission,
        quote,
        quote if waits else None,
        photos=mission.photos_count,
        possible=possible,
        twin=getattr(mission, "twin", None),
        unsent=mission.unsent or "",
        aside=mission.aside,
        fetching=Progress(here, mission.photos_count) if mission.photos_coming else None,
        sending=Progress(mission.photos_sent, mission.photos_to_send) if mission.is_sending else None,
    )


def _both() -> QuerySet[Any]:
    """Of a mission: itself, and the same as it came by the other way."""
    itself = OuterRef(OuterRef("pk"))
    return Mission.objects.filter(Q(pk=itself) | Q(twin_of=itself)).order_by().values("pk")


def _on_their_way() -> dict[str, Combinable]:
    """Of a mission: its photos that are still to come, and how far its dossier's transmissions are."""
    coming = Photo.objects.filter(mission__in=_both(), withdrawn=False, fetch_state=FetchState.PENDING)
    sending = Transmission.objects.filter(dossier=OuterRef("dossier"), state__in=ON_ITS_WAY)
    photos = TransmissionPhoto.objects.filter(
        transmission__dossier=OuterRef("dossier"), transmission__state__in=ON_ITS_WAY
    )
    return {
        "photos_coming": Counted(coming),
        "is_sending": Exists(sending),
        "photos_to_send": Counted(photos),
        "photos_sent": Counted(photos.filter(state=SendState.DELIVERED)),
    }


def _shown_quote() -> QuerySet[Quote]:
    """Of a mission: the newest quote that waits for a person, else the newest; one that came twice counts once."""
    rows = Quote.objects.filter(mission__in=_both()).exclude(state=QuoteState.WITHDRAWN).exclude(reason=SAME)
    return rows.order_by(Case(When(state=QuoteState.WAITING, then=0), default=1), "-updated_at", "-pk")


def _unsent() -> QuerySet[Any]:
    """Of a mission: why the newest transmission of its dossier that needs a person could not be delivered."""
    rows = Transmission.objects.filter(dossier=OuterRef("dossier"), state=SendState.NEEDS_PERSON)
    return rows.order_by("-pk").values("error")[:1]


def _aside() -> QuerySet[SetAside]:
    """Of a mission: what of it was kept aside and still is."""
    same = {name: OuterRef(name) for name in ("repairer", "source")}
    return SetAside.objects.filter(mission_external_id=OuterRef("external_id"), resolved_at=None, **same)

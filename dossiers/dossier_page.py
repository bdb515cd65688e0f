"""What the page of a dossier shows, read in a constant number of statements."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dossiers import event_text, formats, quote_diff, words
from dossiers.forms import SECTIONS, TITLES
from dossiers.intake.decide import offer_value, offers_of
from dossiers.models import (
    Comment,
    Dossier,
    Event,
    Mission,
    MissionState,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    QuoteVersion,
    Source,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.waiting import GIVEN_UP, UNANSWERED

MAX_EVENTS = 200
MOVING = (SendState.PENDING, SendState.IN_FLIGHT)


@dataclass(frozen=True, slots=True)
class Offer:
    """Another value of a fact that a linked mission has; `value` says which one the user saw."""

    mission: Mission
    fact: str
    text: str
    value: str


@dataclass(frozen=True, slots=True)
class FactRow:
    label: str
    text: str
    offers: list[Offer]
    is_long: bool


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    title: Any
    rows: list[FactRow]

    @property
    def is_wide(self) -> bool:
        """Whether it has a row of the page to itself: many short facts, or one, beside which a card stays empty."""
        return self.name in ("vehicle", "damage_zones")

    @property
    def told(self) -> list[FactRow]:
        """Those that say something, or that a mission offers something for."""
        return [row for row in self.rows if row.text != formats.NOTHING or row.offers]

    @property
    def untold(self) -> list[str]:
        """The labels of the others."""
        return [row.label for row in self.rows if row not in self.told]


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version and what it changed against the one before (`before` is None for the first)."""

    version: QuoteVersion
    before: QuoteVersion | None
    lines: list[quote_diff.Change]
    is_accepted: bool
    is_newest: bool

    @property
    def changed(self) -> int:
        """How many lines came, went or changed; 0 for the first version."""
        return sum(1 for line in self.lines if line.kind is not quote_diff.Kind.SAME) if self.before else 0

    @property
    def difference(self) -> Decimal | None:
        """By how much the total with VAT differs from the version before, in EUR."""
        old = quote_diff.decimal_of(self.before.gross) if self.before else None
        new = quote_diff.decimal_of(self.version.gross)
        return new - old if old is not None and new is not None else None

    @property
    def totals(self) -> list[tuple[str, str]]:
        """The totals that were sent, in their order."""
        return [(name, self.version.totals[name]) for name in words.TOTAL if self.version.totals.get(name)]


@dataclass(frozen=True, slots=True)
class QuoteView:
    quote: Quote
    versions: list[VersionView]  # newest first

    @property
    def is_waiting(self) -> bool:
        return self.quote.state == QuoteState.WAITING


@dataclass(frozen=True, slots=True)
class PhotoView:
    photo: Photo
    is_sent: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """The photos of one time of the repair; `title` is empty for those that tell of none."""

    title: str
    photos: list[PhotoView]


@dataclass(frozen=True, slots=True)
class Fetching:
    """How far the photos of a dossier's missions have come in; `error`: why some were put off, while none comes."""

    done: int
    total: int
    error: str
    taken_up_at: dt.datetime | None  # when another worker goes on with what stands still


@dataclass(frozen=True, slots=True)
class CommentView:
    """A comment of staff, or one that came with a mission."""

    at: dt.datetime
    author: str
    text: str
    kind: str  # of the dot before it


@dataclass(slots=True)
class DossierPage:
    """Everything that the template shows of `dossier`."""

    dossier: Dossier
    missions: list[Mission] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    quotes: list[QuoteView] = field(default_factory=list)
    photos: list[PhotoView] = field(default_factory=list)
    orders: list[OrderLine] = field(default_factory=list)
    comments: list[CommentView] = field(default_factory=list)
    transmissions: list[Transmission] = field(default_factory=list)
    events: list[tuple[Event, str, str]] = field(default_factory=list)  # with its sentence and its author

    @property
    def is_sending(self) -> bool:
        """Whether something is on its way: the page then looks again by itself."""
        return any(row.state in MOVING for row in self.transmissions)

    @property
    def unattended(self) -> Transmission | None:
        """What a worker should have taken in hand by now, and nothing says why none did."""
        first = self.first_moving
        if first is None or first.state != SendState.PENDING or first.error or first.attempts:
            return None
        return first if timezone.now() - first.created_at > UNANSWERED else None

    @property
    def first_moving(self) -> Transmission | None:
        """What is on its way, or is next: the others wait for it."""
        moving = [row for row in self.transmissions if row.state in MOVING]
        return moving[-1] if moving else None

    @property
    def taken_up_at(self) -> dt.datetime | None:
        """When another worker goes on with what is on its way and stands still; None while it moves."""
        first = self.first_moving
        since = first.in_flight_since if first is not None and first.state == SendState.IN_FLIGHT else None
        return _taken_up_at(since)

    @property
    def stages(self) -> list[Stage]:
        """The photos before, during and after the repair, and at the end all others."""
        titles = {**words.REPAIR_STAGE, "": ""}
        by_stage: dict[str, list[PhotoView]] = {code: [] for code in titles}
        for view in self.photos:
            category = view.photo.category
            by_stage[category if category in titles else ""].append(view)
        return [Stage(str(titles[code]), views) for code, views in by_stage.items()]

    @property
    def fetching(self) -> Fetching | None:
        """How far the import of the photos is; None when it is over."""
        wanted = [view.photo for view in self.photos if view.photo.external_id and not view.photo.withdrawn]
        pending = [photo for photo in wanted if photo.fetch_state == FetchState.PENDING]
        if not pending:
            return None
        since = max((photo.fetch_since for photo in pending if photo.fetch_since), default=None)
        why = "" if since else next((photo.fetch_error for photo in pending if photo.fetch_not_before), "")
        return Fetching(len(wanted) - len(pending), len(wanted), why, _taken_up_at(since))

    @property
    def waiting_quotes(self) -> list[QuoteView]:
        return [view for view in self.quotes if view.is_waiting]

    @property
    def offer_count(self) -> int:
        return sum(len(row.offers) for section in self.sections for row in section.rows)

    @property
    def winformex(self) -> list[Mission]:
        return [mission for mission in self.missions if mission.source == Source.WINFORMEX]


def _taken_up_at(since: dt.datetime | None) -> dt.datetime | None:
    """When another worker goes on with what one took in hand at `since`; None while that one may still be at it."""
    return since + GIVEN_UP if since and timezone.now() - since > UNANSWERED else None


def read(dossier: Dossier) -> DossierPage:
    """All of `dossier`'s page."""
    missions = list(_missions(dossier))
    for mission in missions:
        mission.dossier = dossier  # the same object: an offer compares with the dossier of the page
    return DossierPage(
        dossier,
        missions=missions,
        sections=sections_of(dossier, missions),
        quotes=[view_of(quote) for mission in missions for quote in mission.quotes.all()],
        photos=photos_of(dossier),
        orders=list(dossier.order_lines.order_by("quote_id", "supplement", "pk")),
        comments=comments_of(dossier, missions),
        transmissions=list(_transmissions(dossier)),
        events=[(event, event_text.text(event), event_text.who(event)) for event in _events(dossier)],
    )


def sections_of(dossier: Dossier, missions: Iterable[Mission]) -> list[Section]:
    """The facts of `dossier` by section, each with what its missions offer instead."""
    offers = _offers(missions)
    own = dossier.facts
    return [
        Section(name, TITLES[name], [row_of(fact, own[fact], offers[fact]) for fact in names])
        for name, names in SECTIONS.items()
    ]


def view_of(quote: Quote) -> QuoteView:
    """`quote` with its versions, newest first, each compared with the one before it."""
    versions = sorted(quote.versions.all(), key=lambda row: row.version)
    views = [_compared(quote, new, old) for old, new in zip([None, *versions], versions, strict=False)]
    return QuoteView(quote, views[::-1])


def photos_of(dossier: Dossier) -> list[PhotoView]:
    """The photos of `dossier`, local and imported, each once: our own come back, and some came by both ways."""
    photos = list(_photos(dossier))
    own = {
        sha for photo in photos if not photo.external_id for sha in (photo.sha256, photo.prepared_id) if sha
    }
    shown = [photo for photo in photos if not photo.external_id or photo.sha256 not in own]
    shown = _each_once(shown)
    sent = TransmissionPhoto.objects.filter(photo__in=shown, state=SendState.DELIVERED)
    sent_ids = set(sent.values_list("photo_id", flat=True))
    return [PhotoView(photo, photo.pk in sent_ids) for photo in shown]


def _each_once(photos: list[Photo]) -> list[Photo]:
    """Of photos that came by two ways the first; two of one way are two."""
    first: dict[str, str] = {}  # hash: by which way it came first
    return [
        photo
        for photo in photos
        if first.setdefault(photo.sha256 or f"{photo.pk}", photo.source) == photo.source
    ]


def comments_of(dossier: Dossier, missions: Iterable[Mission]) -> list[CommentView]:
    """What staff wrote and what came with the missions, the oldest first."""
    own = [_own_comment(row) for row in dossier.comments.select_related("author")]
    theirs = [view for mission in missions for view in comments_with(mission)]
    return sorted([*own, *theirs], key=_at)


def comments_with(mission: Mission) -> list[CommentView]:
    """What came with one mission, the oldest first."""
    return sorted((_their_comment(mission, comment) for comment in mission.comments), key=_at)


def _missions(dossier: Dossier) -> QuerySet[Mission]:
    quotes = Quote.objects.prefetch_related("versions").order_by("number", "pk")
    return dossier.missions.prefetch_related(Prefetch("quotes", quotes)).order_by("received_at", "pk")


def _at(view: CommentView) -> dt.datetime:
    return view.at


def _own_comment(row: Comment) -> CommentView:
    author = (row.author.get_full_name() or row.author.get_username()) if row.author else ""
    return CommentView(row.created_at, author, row.text, "info")


def _their_comment(mission: Mission, comment: dict[str, str]) -> CommentView:
    """Comments come as they were sent: one without a readable time stands where its mission came in."""
    at = _moment(comment.get("at") or "") or mission.received_at
    author = f"{comment.get('author') or formats.NOTHING} ({mission.get_source_display()})"
    return CommentView(at, author, comment.get("text") or "", "off")


def _moment(text: str) -> dt.datetime | None:
    """The time that `text` is, in Brussels; None where it is none, or one that was never meant: in the year 1."""
    try:
        at = parse_datetime(text)
        return at and timezone.localtime(timezone.make_aware(at) if timezone.is_naive(at) else at)
    except (ValueError, OverflowError):
        return None


def _offers(missions: Iterable[Mission]) -> dict[str, list[Offer]]:
    found: dict[str, list[Offer]] = defaultdict(list)
    for mission in missions:
        if mission.state == MissionState.DOSSIER:
            for name, (_, theirs) in offers_of(mission).items():
                text = formats.fact(name, theirs)
                found[name].append(Offer(mission, name, text, offer_value(theirs)))
    return found


def row_of(name: str, value: Any, offers: list[Offer]) -> FactRow:
    """The fact `name` as a page shows it."""
    return FactRow(event_text.fact_label(name), formats.fact(name, value), offers, name == "circumstances")


def _compared(quote: Quote, new: QuoteVersion, old: QuoteVersion | None) -> VersionView:
    lines = quote_diff.compare(old.lines if old else new.lines, new.lines)
    return VersionView(
        new,
        old,
        lines,
        is_accepted=new.version == quote.accepted_version,
        is_newest=new.version == quote.version,
    )


def _photos(dossier: Dossier) -> QuerySet[Photo]:
    rows = Photo.objects.filter(Q(dossier=dossier) | Q(mission__dossier=dossier))
    return rows.select_related("mission").order_by("mission__received_at", "sequence", "pk")


def _transmissions(dossier: Dossier) -> QuerySet[Transmission]:
    photos = Prefetch("photos", TransmissionPhoto.objects.select_related("photo"))
    return (
        dossier.transmissions.select_related("created_by", "mission").prefetch_related(photos).order_by("-pk")
    )


def _events(dossier: Dossier) -> QuerySet[Event]:
    """Its own, and those of its missions from before they had a dossier."""
    return Event.objects.filter(Q(dossier=dossier) | Q(mission__dossier=dossier, dossier=None))[:MAX_EVENTS]

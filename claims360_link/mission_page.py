"""What the page of a mission shows, read in a constant number of statements."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from claims360_link import one_mission
from claims360_link.information import Telling, asked
from claims360_link.mapping import FACT_AT
from claims360_link.one_mission import can_be_asked_for
from claims360_link.rows import Row, dressed, rows_of
from claims360_link.timeline import Moment, timeline
from dossiers import event_text, facts, formats
from dossiers.dossier_page import (
    CommentView,
    FactRow,
    PhotoView,
    QuoteView,
    Section,
    comments_with,
    row_of,
    view_of,
)
from dossiers.forms import SECTIONS, TITLES
from dossiers.intake.decide import OPEN_STATES
from dossiers.models import Dossier, Mission, Photo, Quote
from dossiers.normalise import key

COMPARED = ("plate", "claim_number", "make", "model", "vin", "owner_name", "insurer_name")


@dataclass(frozen=True, slots=True)
class Fit:
    """A fact of a candidate dossier beside the mission's; neither fits nor differs where only one of them has it."""

    text: str
    fits: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A fact of the mission, and the same of each candidate."""

    label: str
    text: str
    fits: list[Fit]

    @property
    def texts(self) -> list[str]:
        return [self.text, *(fit.text for fit in self.fits)]


class MissionPage:
    """All of `mission`'s page; a part of it reads only what it shows."""

    def __init__(self, mission: Mission) -> None:
        self.mission = mission

    @cached_property
    def row(self) -> Row:
        [row] = rows_of(dressed().filter(pk=self.mission.pk))
        return row

    @cached_property
    def both(self) -> list[Mission]:
        """The mission, and the same as it came by the other way."""
        return [self.mission, self.row.twin] if self.row.twin else [self.mission]

    @cached_property
    def known(self) -> facts.Facts:
        return facts.from_json(self.mission.facts)

    @property
    def sections(self) -> list[Section]:
        return [
            Section(name, TITLES[name], [_fact(fact, self.known) for fact in names])
            for name, names in SECTIONS.items()
        ]

    @cached_property
    def quotes(self) -> list[QuoteView]:
        quotes = Quote.objects.filter(mission__in=self.both).prefetch_related("versions")
        return [view_of(quote) for quote in quotes.order_by("number", "pk")]

    @cached_property
    def photos(self) -> list[PhotoView]:
        photos = Photo.objects.filter(mission__in=self.both).order_by("sequence", "pk")
        return [PhotoView(photo, is_sent=False) for photo in photos]

    @property
    def candidates(self) -> list[Dossier]:
        """The open dossiers that it may belong to."""
        return self.row.possible

    @property
    def can_link(self) -> bool:
        """Whether it can be put into one of them by hand."""
        return self.mission.state in OPEN_STATES

    @cached_property
    def compared(self) -> list[Compared]:
        """Fact by fact: what fits in each of the candidates, and what differs."""
        rows = [self._compare(name) for name in COMPARED]
        return [row for row in rows if any(text != formats.NOTHING for text in row.texts)]

    def _compare(self, name: str) -> Compared:
        theirs = self.known.get(name)
        fits = [_fit(name, dossier.facts[name], theirs) for dossier in self.candidates]
        return Compared(event_text.fact_label(name), formats.fact(name, theirs), fits)

    @property
    def comments(self) -> list[CommentView]:
        return comments_with(self.mission)

    @cached_property
    def timeline(self) -> list[Moment]:
        return timeline(self.both)

    @property
    def can_ask(self) -> bool:
        """Whether Claims360 can be asked for it anew."""
        return can_be_asked_for(self.mission)

    @property
    def asked(self) -> Telling | None:
        """How far Claims360 is with that, if it was asked."""
        about = self.mission.repairer_id, self.mission.external_id
        inquiry = one_mission.newest([about[0]], [about[1]]).get(about)
        return asked(inquiry) if inquiry else None

    @property
    def notes(self) -> list[tuple[str, str]]:
        """The fields that could not be read, as the page calls them, with their raw text."""
        notes = {place.removeprefix("data."): raw for place, raw in sorted(self.mission.notes.items())}
        return [(event_text.fact_label(FACT_AT.get(place, place)), raw) for place, raw in notes.items()]


def _fact(name: str, known: facts.Facts) -> FactRow:
    return row_of(name, known.get(name), [])


def _fit(name: str, own: Any, theirs: Any) -> Fit:
    """Compared as plates and numbers are: case, accents and punctuation do not count."""
    texts = formats.fact(name, own), formats.fact(name, theirs)
    both = not (facts.is_empty(own) or facts.is_empty(theirs))
    same = key(texts[0]) == key(texts[1])
    return Fit(texts[0], fits=both and same, differs=both and not same)

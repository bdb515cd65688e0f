"""What the page of a mission shows, read in a constant number of statements."""

from dataclasses import dataclass
from typing import Any

from django.utils.text import capfirst

from claims360_link.rows import Row, dressed, rows_of
from dossiers import event_text, facts, formats
from dossiers.dossier_page import CommentView, PhotoView, QuoteView, comments_with, view_of
from dossiers.forms import SECTIONS, TITLES
from dossiers.models import Dossier, Event, Mission, Photo, Quote
from dossiers.normalise import key

COMPARED = ("plate", "claim_number", "make", "model", "vin", "owner_name", "insurer_name")


@dataclass(frozen=True, slots=True)
class Fit:
    """A fact of a candidate dossier beside the mission's; neither fits nor differs where only one of them has it."""

    label: str
    own: str
    theirs: str
    fits: bool
    differs: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    dossier: Dossier
    fits: list[Fit]


@dataclass(frozen=True, slots=True)
class MissionPage:
    mission: Mission
    row: Row
    sections: list[tuple[Any, list[tuple[str, str]]]]
    quotes: list[QuoteView]
    photos: list[PhotoView]
    candidates: list[Candidate]
    comments: list[CommentView]
    events: list[tuple[Event, str, str]]
    notes: list[tuple[str, str]]


def read(mission: Mission) -> MissionPage:
    """All of `mission`'s page."""
    [row] = rows_of(dressed().filter(pk=mission.pk))
    known = facts.from_json(mission.facts)
    both = [mission, row.twin] if row.twin else [mission]
    quotes = Quote.objects.filter(mission__in=both).prefetch_related("versions").order_by("number", "pk")
    photos = Photo.objects.filter(mission__in=both).order_by("sequence", "pk")
    events = Event.objects.filter(mission__in=both).select_related("actor").order_by("-at", "-pk")
    return MissionPage(
        mission=mission,
        row=row,
        sections=[(TITLES[name], [_fact(fact, known) for fact in names]) for name, names in SECTIONS.items()],
        quotes=[view_of(quote) for quote in quotes],
        photos=[PhotoView(photo, is_sent=False) for photo in photos],
        candidates=[Candidate(dossier, _fits(dossier, known)) for dossier in row.possible],
        comments=comments_with(mission),
        events=[(event, event_text.text(event), event_text.who(event)) for event in events],
        notes=sorted(mission.notes.items()),
    )


def _fact(name: str, known: facts.Facts) -> tuple[str, str]:
    return capfirst(event_text.fact_label(name)), formats.fact(name, known.get(name))


def _fits(dossier: Dossier, known: facts.Facts) -> list[Fit]:
    """What either knows, compared as plates and numbers are: case, accents and punctuation do not count."""
    own = dossier.facts
    return [
        _fit(name, own[name], known.get(name))
        for name in COMPARED
        if not (facts.is_empty(own[name]) and facts.is_empty(known.get(name)))
    ]


def _fit(name: str, own: Any, theirs: Any) -> Fit:
    texts = formats.fact(name, own), formats.fact(name, theirs)
    both = not (facts.is_empty(own) or facts.is_empty(theirs))
    same = key(texts[0]) == key(texts[1])
    return Fit(event_text.fact_label(name), *texts, fits=both and same, differs=both and not same)

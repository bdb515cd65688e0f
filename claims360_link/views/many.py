"""Many rows at once: accepted, denied or taken back in one go; what could not be done is told with its reason."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from claims360_link.views.gate import only_when_active
from claims360_link.views.missions import done
from dossiers.forms import ReasonForm
from dossiers.intake import decide
from dossiers.intake.decide import CannotDecide
from dossiers.intake.undo import decision_of, undo
from dossiers.models import DenyReason, Event, Mission, Quote
from dossiers.sentences import sentence
from dossiers.views.access import user_of
from repairers.access import visible
from repairers.models import User

MOST = 100  # rows at once: a page of the list has fewer
ROW = re.compile(r"(?P<kind>[mq])(?P<pk>\d{1,18})(?:\.(?P<version>\d{1,9}))?")

Deed = Callable[[Mission | Quote, User], object]


class Outcome:
    """What was done, as lines of the trail that can be undone, and which rows could not be, by the reason."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.refused: dict[str, list[str]] = defaultdict(list)

    @contextmanager
    def saying_why_not(self, name: str) -> Iterator[None]:
        try:
            yield
        except CannotDecide as refusal:
            self.refused[refusal.code].append(name)

    def tell(self, request: HttpRequest, text: str) -> None:
        """`text` says how much was done."""
        if self.done:
            messages.success(request, text, extra_tags=",".join(map(str, self.done)))
        self.tell_refused(request)

    def tell_refused(self, request: HttpRequest) -> None:
        for code, names in self.refused.items():
            told = {"rows": ", ".join(names), "why": sentence(code)}
            messages.error(request, _("Not done for %(rows)s: %(why)s") % told)


@require_POST
@only_when_active
def accept(request: HttpRequest) -> HttpResponse:
    """Each chosen mission into the dossier that fits or a new one, each chosen version into its dossier."""
    outcome = _each(request, _accept)
    n = len(outcome.done)
    outcome.tell(request, ngettext("%(n)d row is accepted.", "%(n)d rows are accepted.", n) % {"n": n})
    return done(request)


@require_POST
@only_when_active
def deny(request: HttpRequest) -> HttpResponse:
    """Asks for one reason, then denies each chosen row for it."""
    asked = {kind for kind, _pk, _version in _wanted(request)}
    kind = DenyReason.Kind.QUOTE if asked == {"q"} else DenyReason.Kind.MISSION
    form = ReasonForm(request.POST if "confirmed" in request.POST else None, kind=kind)
    if asked and not form.is_valid():
        context = {"form": form, "rows": request.POST.getlist("row")[:MOST]}
        return render(request, "claims360/deny_many.html", context, status=422 if form.is_bound else 200)
    reason = form.cleaned_data["reason"] if asked else ""
    outcome = _each(request, lambda row, user: _deny(row, reason, user))
    n = len(outcome.done)
    outcome.tell(request, ngettext("%(n)d row is denied.", "%(n)d rows are denied.", n) % {"n": n})
    return done(request)


@require_POST
@only_when_active
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo decisions, the last one first: each by the line of the trail that tells of it."""
    outcome, undone = Outcome(), []
    for event in _events(request):
        with outcome.saying_why_not(str(event.mission or "")):
            undone.append(undo(event.pk, user_of(request)))
    if len(undone) == 1:
        text = _("The decision on mission %(number)s is taken back.") % {"number": undone[0]}
        messages.success(request, text)
    elif undone:
        messages.success(request, _("%(n)d decisions are taken back.") % {"n": len(undone)})
    outcome.tell_refused(request)
    return done(request)


def _events(request: HttpRequest) -> Iterable[Event]:
    pks = request.POST.get("events", "").split(",")[:MOST]
    known = [int(pk) for pk in pks if pk.isdecimal() and len(pk) < 19]
    rows = Event.objects.filter(pk__in=known).select_related("mission")
    return visible(rows, request.user).order_by("-pk")


def _each(request: HttpRequest, deed: Deed) -> Outcome:
    """Do `deed` on each row that was chosen and that the user may see; each alone, so that one holds up no other."""
    outcome, rows = Outcome(), _chosen(request)
    for row, version in rows:
        with outcome.saying_why_not(str(row)):
            if isinstance(row, Quote) and str(row.version) != version:
                raise CannotDecide("newer-version-came")
            deed(row, user_of(request))
            event = decision_of(row)
            outcome.done += [event.pk] if event else []
    if not rows:
        messages.warning(request, _("Choose rows first."))
    return outcome


def _chosen(request: HttpRequest) -> list[tuple[Mission | Quote, str]]:
    """The chosen rows, with the version that the user saw; two statements."""
    wanted = _wanted(request)
    found: dict[tuple[str, int], Mission | Quote] = {}
    missions = visible(Mission.objects.all(), request.user).in_bulk(_pks(wanted, "m"))
    quotes = visible(Quote.objects.all(), request.user).in_bulk(_pks(wanted, "q"))
    found |= {("m", pk): row for pk, row in missions.items()}
    found |= {("q", pk): row for pk, row in quotes.items()}
    return [(found[kind, pk], version) for kind, pk, version in wanted if (kind, pk) in found]


def _wanted(request: HttpRequest) -> list[tuple[str, int, str]]:
    matches = map(ROW.fullmatch, dict.fromkeys(request.POST.getlist("row")[:MOST]))
    return [(match["kind"], int(match["pk"]), match["version"] or "") for match in matches if match]


def _pks(wanted: Iterable[tuple[str, int, str]], kind: str) -> list[int]:
    return [pk for one, pk, _version in wanted if one == kind]


def _accept(row: Mission | Quote, user: User) -> None:
    if isinstance(row, Quote):
        decide.accept_quote(row.pk, user)
    else:
        decide.accept(row.pk, user)


def _deny(row: Mission | Quote, reason: str, user: User) -> None:
    if isinstance(row, Quote):
        decide.deny_quote(row.pk, reason, user)
    else:
        decide.deny(row.pk, reason, user)

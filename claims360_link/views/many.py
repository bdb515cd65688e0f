"""Many rows at once: accepted or denied in one go; what could not be done is told with its reason."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from claims360_link.views.gate import only_when_active
from dossiers.forms import ReasonForm
from dossiers.intake import decide
from dossiers.intake.desk import Outcome
from dossiers.models import DenyReason, Mission, Quote
from dossiers.views.access import user_of
from dossiers.views.answers import done, say_done, say_refused
from repairers.access import visible

MOST = 100  # rows at once: a page of the list has fewer
ROW = re.compile(r"(?P<kind>[mq])(?P<pk>\d{1,18})(?:\.(?P<version>\d{1,9}))?")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The rows that somebody chose and may see, by their ids; of quotes with the version that they saw."""

    missions: dict[int, Mission]
    quotes: dict[int, Quote]
    versions: dict[int, int]

    def __bool__(self) -> bool:
        return bool(self.missions or self.quotes)

    def decided(
        self,
        on_missions: Callable[[Collection[int]], Outcome],
        on_quotes: Callable[[Mapping[int, int | None]], Outcome],
    ) -> "Decided":
        """What became of all of them."""
        decided = Decided()
        if self.missions:
            decided.add(on_missions(self.missions), self.missions)
        if self.quotes:
            decided.add(on_quotes({pk: self.versions[pk] for pk in self.quotes}), self.quotes)
        return decided


class Decided:
    """What was done, as lines of the trail that can be undone, and which rows could not be, by the reason."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.refused: dict[str, list[str]] = defaultdict(list)

    def add(self, outcome: Outcome, rows: Mapping[int, Mission | Quote]) -> None:
        self.events += [event.pk for event in outcome.done.values()]
        for pk, code in outcome.refused.items():
            self.refused[code].append(str(rows[pk]))

    def tell(self, request: HttpRequest, text: str) -> None:
        """`text` says how much was done."""
        if self.events:
            say_done(request, text, self.events)
        elif not self.refused:
            messages.warning(request, _("Choose rows first."))
        say_refused(request, self.refused)


@require_POST
@only_when_active
def accept(request: HttpRequest) -> HttpResponse:
    """Each chosen mission into the dossier that fits or a new one, each chosen version into its dossier."""
    chosen, user = _chosen(request), user_of(request)
    decided = chosen.decided(
        lambda missions: decide.accept_all(missions, user),
        lambda versions: decide.accept_quotes(versions, user),
    )
    n = len(decided.events)
    decided.tell(request, ngettext("%(n)d row is accepted.", "%(n)d rows are accepted.", n) % {"n": n})
    return done(request)


@require_POST
@only_when_active
def deny(request: HttpRequest) -> HttpResponse:
    """Asks for one reason, then denies each chosen row for it."""
    chosen, user = _chosen(request), user_of(request)
    kind = DenyReason.Kind.MISSION if chosen.missions else DenyReason.Kind.QUOTE
    form = ReasonForm(request.POST if "confirmed" in request.POST else None, kind=kind)
    if chosen and not form.is_valid():
        context = {"form": form, "rows": request.POST.getlist("row")[:MOST]}
        return render(request, "claims360/deny_many.html", context, status=422 if form.is_bound else 200)
    reason = form.cleaned_data["reason"] if chosen else ""
    decided = chosen.decided(
        lambda missions: decide.deny_all(missions, reason, user),
        lambda versions: decide.deny_quotes(versions, reason, user),
    )
    n = len(decided.events)
    decided.tell(request, ngettext("%(n)d row is denied.", "%(n)d rows are denied.", n) % {"n": n})
    return done(request)


def _chosen(request: HttpRequest) -> Chosen:
    """What was chosen of what the user may see; two statements."""
    asked = map(ROW.fullmatch, dict.fromkeys(request.POST.getlist("row")[:MOST]))
    found = [match for match in asked if match]
    versions = {int(one["pk"]): int(one["version"] or 0) for one in found if one["kind"] == "q"}
    missions = [int(one["pk"]) for one in found if one["kind"] == "m"]
    return Chosen(
        visible(Mission.objects.all(), request.user).in_bulk(missions),
        visible(Quote.objects.all(), request.user).in_bulk(list(versions)),
        versions,
    )

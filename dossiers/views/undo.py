"""Decisions are taken back, from wherever they were taken: each by the line of the trail that tells of it."""

from collections import defaultdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers.intake.undo import OF_QUOTES, undo_all
from dossiers.models import Event
from dossiers.sentences import sentence
from dossiers.views.access import user_of
from dossiers.views.answers import done, say_refused
from repairers.access import visible

MOST = 100  # decisions at once: as many as are taken at once


@require_POST
def take_back(request: HttpRequest) -> HttpResponse:
    """Undo those of the decisions `events` that the user may see, the last one first."""
    events = _events(request)
    outcome = undo_all(events, user_of(request))
    undone = [events[pk] for pk in outcome.done]
    if undone:
        messages.success(request, _told(undone))
    refused: dict[str, list[str]] = defaultdict(list)
    for pk, code in outcome.refused.items():
        refused[code].append(_name(events[pk]))
    say_refused(request, refused)
    if not events:
        messages.error(request, sentence("not-to-be-undone"))
    return done(request)


def _told(undone: list[Event]) -> str:
    if len(undone) > 1:
        return _("%(n)d decisions are taken back.") % {"n": len(undone)}
    text = _("The decision on mission %(number)s is taken back.")
    if undone[0].verb in OF_QUOTES:
        text = _("The decision on quote %(number)s is taken back.")
    return text % {"number": _name(undone[0])}


def _name(event: Event) -> str:
    """The number of what was decided."""
    return str(event.args.get("number") or event.mission or "")


def _events(request: HttpRequest) -> dict[int, Event]:
    pks = request.POST.get("events", "").split(",")[:MOST]
    known = [int(pk) for pk in pks if pk.isdecimal() and len(pk) < 19]
    return visible(Event.objects.select_related("mission"), request.user).in_bulk(known)

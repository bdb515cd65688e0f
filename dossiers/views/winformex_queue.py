"""What came from Winformex II and waits, while Claims360 is off: its tab has the queue of both once it is on."""

import functools
from collections.abc import Callable

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dossiers.filters import number_of
from dossiers.intake import decide
from dossiers.intake.matching import possible_dossiers
from dossiers.models import Mission, MissionState, Source
from dossiers.options import enabled_for
from dossiers.paging import page_of
from dossiers.views.access import own_row, user_of
from dossiers.views.answers import say_decided, saying_why_not
from repairers.access import visible
from repairers.models import User

DEEDS: dict[str, Callable[[Mission, User, str], Mission]] = {
    "accept": lambda mission, user, _said: decide.accept(mission.pk, user),
    "new": lambda mission, user, _said: decide.accept(mission.pk, user, new=True),
    "link": lambda mission, user, said: decide.link(mission.pk, number_of(said), user),
    "deny": lambda mission, user, said: decide.deny(mission.pk, said, user),
}


def only_before_activation(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 once Claims360 is active."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, **kwargs: int) -> HttpResponse:
        if enabled_for(request):
            raise Http404
        return view(request, **kwargs)

    return guarded


@require_safe
@only_before_activation
def page(request: HttpRequest) -> HttpResponse:
    """The missions that wait, each with the dossiers that it may belong to."""
    dressed = Mission.objects.select_related("repairer")
    shown = page_of(dressed, waiting(request), ("-updated_at", "-pk"), request.GET.get("page"))
    possible = possible_dossiers(shown)
    found = [(mission, possible[mission.pk]) for mission in shown]
    return render(request, "dossiers/winformex_queue.html", {"page": shown, "rows": found})


@require_POST
@only_before_activation
def decide_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, take into a new dossier, link or deny the mission `pk`, as `deed` says; `said`: dossier or reason."""
    mission, deed = own_row(waiting(request), pk), DEEDS.get(request.POST.get("deed", ""))
    if deed is None:
        raise Http404
    with saying_why_not(request):
        decided = deed(mission, user_of(request), request.POST.get("said", ""))
        say_decided(request, _told(decided), decided)
    return redirect("winformex:queue")


def waiting(request: HttpRequest) -> QuerySet[Mission]:
    """What waits of those that the user may see."""
    rows = Mission.objects.filter(source=Source.WINFORMEX, state=MissionState.WAITING, twin_of=None)
    return visible(rows, request.user)


def _told(mission: Mission) -> str:
    if mission.state == MissionState.DENIED:
        return _("Mission %(number)s is denied.") % {"number": mission}
    said = _("Mission %(number)s is in dossier %(dossier)s.")
    return said % {"number": mission, "dossier": mission.dossier_id}

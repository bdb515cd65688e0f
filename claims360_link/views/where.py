""" "Where is my mission?", and the button that asks Claims360 for one mission anew."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import trigger_client_event

from claims360_link import information, one_mission
from claims360_link.nudges import ASK
from claims360_link.views.back import back
from claims360_link.views.chosen import chosen_of, own_with_chosen
from claims360_link.views.gate import only_when_active, own_mission
from claims360_link.where import Where
from dossiers.models import SetAside, Source
from dossiers.nudges import nudge
from dossiers.views.access import user_of
from repairers.access import own_row, visible

LONGEST = 100  # characters that are looked for


@require_safe
@only_when_active
def page(request: HttpRequest) -> HttpResponse:
    """What goes by `q`, and why what is not there is not."""
    text = request.GET.get("q", "")[:LONGEST]
    where = Where(own_with_chosen(request), text, chosen_of(request))
    return render(request, "claims360/where.html", {"where": where})


@require_http_methods(["GET", "HEAD", "POST"])
@only_when_active
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the mission `pk` anew; GET gives how far that is."""
    mission = own_mission(request, pk)
    if not one_mission.can_be_asked_for(mission):
        raise Http404
    return _asked(request, mission.repairer_id, mission.external_id)


@require_http_methods(["GET", "HEAD", "POST"])
@only_when_active
def ask_for_record(request: HttpRequest, pk: int) -> HttpResponse:
    """The same for the mission of the record kept aside `pk`."""
    rows = SetAside.objects.filter(source=Source.CLAIMS360).exclude(mission_external_id="").defer("raw")
    record = own_row(visible(rows, request.user), pk)
    return _asked(request, record.repairer_id, record.mission_external_id)


def _asked(request: HttpRequest, repairer_id: int, external_id: str) -> HttpResponse:
    if request.method == "POST":
        inquiry = one_mission.ask(repairer_id, external_id, user_of(request))
        nudge(ASK, inquiry.pk)
    if not request.htmx:  # type: ignore[attr-defined]
        return back(request)
    newest = one_mission.newest([repairer_id], [external_id]).get((repairer_id, external_id))
    context = {"url": request.path, "telling": information.asked(newest) if newest else None}
    answer = render(request, "claims360/_asked.html", context)
    return _with_its_news(request, answer) if newest and newest.is_new else answer


def _with_its_news(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """What stands around it is old by now: the list fetches itself anew, another page is loaded anew."""
    shown: str = request.htmx.current_url_abs_path or ""  # type: ignore[attr-defined]
    if shown.partition("?")[0] == reverse("claims360:list"):
        return trigger_client_event(answer, "list-changed")
    answer["HX-Refresh"] = "true"
    return answer

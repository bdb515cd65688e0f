"""A mission: its page, and the deeds on it. Each deed answers on the list, in a dialog or on a page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from claims360_link.forms import LinkForm
from claims360_link.mission_page import read
from claims360_link.views.gate import only_when_active, own_mission
from dossiers.forms import ReasonForm
from dossiers.intake import decide
from dossiers.models import Mission
from dossiers.views.access import user_of
from dossiers.views.answers import posted, saying_why_not

FORM = ["GET", "HEAD", "POST"]


@require_safe
@only_when_active
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """All that came of one mission, and what can be done with it."""
    return render(request, "claims360/mission.html", {"page": read(own_mission(request, pk))})


@require_POST
@only_when_active
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Into the dossier that matches, else into a new one."""
    mission = own_mission(request, pk)
    with saying_why_not(request):
        taken = decide.accept(mission.pk, user_of(request))
        _say_where(request, taken)
    return done(request)


@require_POST
@only_when_active
def new_dossier(request: HttpRequest, pk: int) -> HttpResponse:
    """Into a new dossier, whatever matches."""
    mission = own_mission(request, pk)
    with saying_why_not(request):
        taken = decide.accept(mission.pk, user_of(request), new=True)
        _say_where(request, taken)
    return done(request)


@require_http_methods(FORM)
@only_when_active
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks which dossier, then puts the mission into it."""
    mission = own_mission(request, pk)
    form = LinkForm(posted(request), mission=mission)
    if not form.is_valid():
        return _form(request, "claims360/link.html", mission, form)
    with saying_why_not(request):
        taken = decide.link(mission.pk, form.cleaned_data["dossier"].pk, user_of(request))
        _say_where(request, taken)
    return done(request)


@require_http_methods(FORM)
@only_when_active
def deny(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason, then refuses the mission; it stays in Claims360."""
    mission = own_mission(request, pk)
    form = ReasonForm(posted(request))
    if not form.is_valid():
        return _form(request, "claims360/deny.html", mission, form)
    with saying_why_not(request):
        decide.deny(mission.pk, form.cleaned_data["reason"], user_of(request))
        messages.success(request, _("Mission %(number)s is denied.") % {"number": mission})
    return done(request)


@require_POST
@only_when_active
def reconsider(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to the queue."""
    mission = own_mission(request, pk)
    with saying_why_not(request):
        decide.reconsider(mission.pk, user_of(request))
        messages.success(request, _("Mission %(number)s waits in the queue again.") % {"number": mission})
    return done(request)


def done(request: HttpRequest) -> HttpResponse:
    """After a deed: the list refreshes itself; any other page is shown anew."""
    htmx = request.htmx  # type: ignore[attr-defined]
    tab = reverse("claims360:list")
    if not htmx:
        return redirect(_back(request, tab))
    if htmx.current_url_abs_path and htmx.current_url_abs_path.partition("?")[0] != tab:
        return HttpResponseClientRedirect(htmx.current_url_abs_path)
    answer = render(request, "claims360/_done.html")
    answer["HX-Reswap"] = "none"
    trigger_client_event(answer, "close-dialog")
    return trigger_client_event(answer, "list-changed")


def _back(request: HttpRequest, otherwise: str) -> str:
    """The page of ours that the form stood on."""
    own = request.build_absolute_uri("/")
    referer = request.headers.get("Referer", "")
    on_page = referer.startswith(own) and "/link/" not in referer and "/deny/" not in referer
    return referer if on_page else otherwise


def _say_where(request: HttpRequest, mission: Mission) -> None:
    texts = {"number": mission, "dossier": mission.dossier_id}
    messages.success(request, _("Mission %(number)s is in dossier %(dossier)s.") % texts)


def _form(request: HttpRequest, template: str, mission: Mission, form: Any) -> HttpResponse:
    context = {"mission": mission, "form": form}
    return render(request, template, context, status=422 if form.is_bound else 200)

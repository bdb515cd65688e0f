"""A mission: its page, and the deeds on it. Each deed answers on the list, in a dialog or on a page."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from claims360_link.mission_page import MissionPage
from claims360_link.views.gate import only_when_active, own_mission
from dossiers.dossier_choice import ChoiceForm, wanted_of
from dossiers.forms import ReasonForm
from dossiers.fragments import render_page
from dossiers.intake import decide
from dossiers.models import DenyReason, Mission
from dossiers.models.mission import Source
from dossiers.normalise import key
from dossiers.views.access import user_of
from dossiers.views.answers import done, posted, say_decided, saying_why_not
from repairers.access import visible

FORM = ["GET", "HEAD", "POST"]


@require_safe
@only_when_active
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """All that came of one mission, and what can be done with it; the list opens a part of it in its row."""
    context = {"page": MissionPage(own_mission(request, pk))}
    return render_page(request, "claims360/mission.html", context, {f"opened-{pk}": "claims360/_opened.html"})


@require_safe
@only_when_active
def by_number(request: HttpRequest, number: str) -> HttpResponse:
    """Where a link of another program leads: to the mission, to the list where several have this number, else 404."""
    found = visible(Mission.objects.filter(number_key=key(number)).exclude(number_key=""), request.user)
    if found.count() > 1:
        return _led(request, reverse("claims360:list"), state="all", number=number)
    return _led(request, reverse("claims360:mission", args=[get_object_or_404(found).pk]))


@require_safe
@only_when_active
def by_id(request: HttpRequest, external_id: str) -> HttpResponse:
    """The same, by the id that the mission has in Claims360."""
    if "\0" in external_id:  # PostgreSQL has no text with it
        raise Http404
    missions = Mission.objects.filter(source=Source.CLAIMS360, external_id=external_id)
    mission = get_object_or_404(visible(missions, request.user).order_by("pk")[:1])
    return _led(request, reverse("claims360:mission", args=[mission.pk]))


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
    wanted = wanted_of(request)
    form = ChoiceForm(posted(request), mission=mission, wanted=wanted)
    if not form.is_valid():
        context = {"mission": mission, "form": form, "wanted": wanted}
        fragments = {"choices": "dossiers/_choices.html"}
        return render_page(request, "claims360/link.html", context, fragments, 422 if form.is_bound else 200)
    with saying_why_not(request):
        taken = decide.link(mission.pk, form.cleaned_data["dossier"].pk, user_of(request))
        _say_where(request, taken)
    return done(request)


@require_http_methods(FORM)
@only_when_active
def deny(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason, then refuses the mission; it stays in Claims360."""
    mission = own_mission(request, pk)
    form = ReasonForm(posted(request), kind=DenyReason.Kind.MISSION)
    if not form.is_valid():
        return _form(request, "claims360/deny.html", mission, form)
    with saying_why_not(request):
        decide.deny(mission.pk, form.cleaned_data["reason"], user_of(request))
        say_decided(request, _("Mission %(number)s is denied.") % {"number": mission}, mission)
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


def _led(request: HttpRequest, url: str, **more: str) -> HttpResponse:
    """On to `url` with what the link said itself (embed=1), and `more`."""
    query = urlencode({**request.GET.dict(), **more})
    return redirect(f"{url}?{query}" if query else url)


def _say_where(request: HttpRequest, mission: Mission) -> None:
    texts = {"number": mission, "dossier": mission.dossier_id}
    say_decided(request, _("Mission %(number)s is in dossier %(dossier)s.") % texts, mission)


def _form(request: HttpRequest, template: str, mission: Mission, form: Any) -> HttpResponse:
    context = {"mission": mission, "form": form}
    return render(request, template, context, status=422 if form.is_bound else 200)

"""A mission's link to a dossier: undo it, move it, answer what it offers."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers.dossier_choice import ChoiceForm, wanted_of
from dossiers.fragments import render_page
from dossiers.intake import decide
from dossiers.intake.decide import SeenOffer
from dossiers.intake.desk import CannotDecide
from dossiers.sentences import sentence
from dossiers.views.access import own_mission, user_of
from dossiers.views.answers import go_to, posted, saying_why_not
from dossiers.views.dossier import back_to

ANSWERS = {"take": decide.take_offer, "keep": decide.keep_own}
dialog = require_http_methods(["GET", "HEAD", "POST"])


@dialog
def undo(request: HttpRequest, pk: int, mission_pk: int) -> HttpResponse:
    """Asks first, then takes the mission out of the dossier, back to the queue."""
    mission = own_mission(request, pk, mission_pk)
    if request.method != "POST":
        return render(request, "dossiers/undo_link.html", {"mission": mission})
    with saying_why_not(request):
        decide.undo_link(mission.pk, user_of(request))
        messages.success(request, _("Mission %(number)s waits in the queue again.") % {"number": mission})
    return go_to(request, reverse("dossiers:detail", args=[pk]))


@dialog
def move(request: HttpRequest, pk: int, mission_pk: int) -> HttpResponse:
    """Asks which dossier, then moves the mission there."""
    mission = own_mission(request, pk, mission_pk)
    wanted = wanted_of(request)
    form = ChoiceForm(posted(request), mission=mission, wanted=wanted)
    if form.is_valid():
        to = form.cleaned_data["dossier"].pk
        try:
            decide.move_link(mission.pk, to, user_of(request))
        except CannotDecide as refusal:
            form.add_error("dossier", sentence(refusal.code, {}))
        else:
            messages.success(request, _("Mission %(number)s is in this dossier now.") % {"number": mission})
            return go_to(request, reverse("dossiers:detail", args=[to]))
    context = {"mission": mission, "form": form, "wanted": wanted}
    fragments = {"choices": "dossiers/_choices.html"}
    return render_page(request, "dossiers/move_link.html", context, fragments, 422 if form.is_bound else 200)


@require_POST
def offer(request: HttpRequest, pk: int, mission_pk: int, fact: str) -> HttpResponse:
    """Take over the mission's value of a fact, or keep the dossier's own; only what the user saw."""
    mission = own_mission(request, pk, mission_pk)
    answer = ANSWERS.get(request.POST.get("answer", ""))
    seen = SeenOffer(pk, request.POST.get("value", ""))
    with saying_why_not(request):
        if answer is None:
            raise CannotDecide("offer-gone")
        answer(mission.pk, fact, user_of(request), seen)
        return back_to(pk, "facts")
    return back_to(pk)

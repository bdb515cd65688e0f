"""The Winformex tab of a dossier: plate, mileage and the chosen photos, and nothing else, while Claims360 is off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dossiers import outbox, services
from dossiers.models import Dossier, Source
from dossiers.outbox import WINFORMEX_OVER, CannotSend
from dossiers.send_form import SendForm, chosen_photos, send_form
from dossiers.sentences import sentence
from dossiers.views.access import own_dossier, user_of
from dossiers.views.answers import go_to
from dossiers.winformex import sending

GONE = 410  # once Claims360 is active


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows what would leave, then writes the transmission; says why not where nothing can be sent."""
    dossier = own_dossier(request, pk)
    obstacle = sending.obstacle(dossier)
    missions = list(outbox.targets(dossier, Source.WINFORMEX))
    form = send_form(request, dossier, missions)
    photos, sent = outbox.sendable(dossier), outbox.sent_photo_ids(dossier, Source.WINFORMEX)
    chosen = chosen_photos(request, photos, sent)
    if not obstacle and form.is_valid() and _asked(request, dossier, form, chosen):
        messages.success(
            request, _("It is being sent to Winformex II; its state shows under “Transmissions”.")
        )
        return go_to(request, reverse("dossiers:detail", args=[dossier.pk]))
    context = {
        "dossier": dossier,
        "obstacle": sentence(obstacle),
        "missions": missions,
        "form": form,
        "photos": photos,
        "chosen": chosen,
        "sent": sent,
    }
    return render(request, "dossiers/winformex_send.html", context, status=_status(form, obstacle))


def _status(form: SendForm, obstacle: str) -> int:
    if obstacle == WINFORMEX_OVER:
        return GONE
    return 422 if form.is_bound else 200


def _asked(request: HttpRequest, dossier: Dossier, form: SendForm, photo_ids: set[int]) -> bool:
    """Write the transmission; False, with the sentence in the form, where that can't be."""
    plate, mileage = form.cleaned_data["plate"], form.cleaned_data["mileage"]
    mission, user = form.cleaned_data.get("mission"), user_of(request)
    try:
        sending.ask(
            dossier,
            user,
            plate=plate,
            mileage=mileage,
            photo_ids=photo_ids,
            mission_id=mission.pk if mission else None,
        )
    except CannotSend as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, sentence(refusal.code))
        return False
    services.edit(dossier, {"plate": plate, "mileage": mileage}, user)
    return True

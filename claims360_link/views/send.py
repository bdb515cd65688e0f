"""The "i" of a dossier: plate, mileage and the chosen photos, and nothing else."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from claims360_link.credentials import configuration_of
from claims360_link.models import Configuration
from claims360_link.nudges import DELIVER
from claims360_link.views.gate import only_when_active
from dossiers import outbox, services
from dossiers.models import Dossier, Mission, Opening, Source
from dossiers.nudges import nudge
from dossiers.outbox import CannotSend
from dossiers.send_form import SendForm, chosen_photos, send_form
from dossiers.sentences import sentence
from dossiers.views.access import own_dossier, user_of
from dossiers.views.answers import go_to


@require_http_methods(["GET", "HEAD", "POST"])
@only_when_active
def page(request: HttpRequest, dossier_pk: int) -> HttpResponse:
    """Shows what would leave, then writes the transmission; a worker delivers it."""
    dossier = own_dossier(request, dossier_pk)
    configuration = configuration_of(dossier.repairer_id)
    missions = list(outbox.targets(dossier, Source.CLAIMS360))
    form = send_form(request, dossier, missions)
    photos, sent = outbox.sendable(dossier), outbox.sent_photo_ids(dossier, Source.CLAIMS360)
    chosen = chosen_photos(request, photos, sent)
    if (
        configuration is not None
        and form.is_valid()
        and _asked(request, dossier, configuration, form, chosen)
    ):
        messages.success(request, _("It is being sent to Claims360; its state shows under “Transmissions”."))
        return go_to(request, reverse("dossiers:detail", args=[dossier.pk]))
    context = {
        **_context(dossier, configuration, missions, form),
        "photos": photos,
        "chosen": chosen,
        "sent": sent,
    }
    return render(request, "claims360/send.html", context, status=422 if form.is_bound else 200)


def _asked(
    request: HttpRequest, dossier: Dossier, configuration: Configuration, form: SendForm, photo_ids: set[int]
) -> bool:
    """Write the transmission; False, with the sentence in the form, where that can't be."""
    plate, mileage = form.cleaned_data["plate"], form.cleaned_data["mileage"]
    mission: Mission | None = form.cleaned_data.get("mission")
    user = user_of(request)
    try:
        row = outbox.ask(
            dossier,
            user,
            plate=plate,
            mileage=mileage,
            photo_ids=photo_ids,
            link=Source.CLAIMS360,
            mailbox=configuration.bodyshop_id,
            mission_id=mission.pk if mission else None,
        )
    except CannotSend as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, sentence(refusal.code))
        return False
    services.edit(dossier, {"plate": plate, "mileage": mileage}, user)
    nudge(DELIVER, row.pk)
    return True


def _context(
    dossier: Dossier,
    configuration: Configuration | None,
    missions: list[Mission],
    form: SendForm,
) -> dict[str, Any]:
    return {
        "dossier": dossier,
        "configuration": configuration,
        "missions": missions,
        "opens": not missions and not Opening.objects.filter(dossier=dossier).exists(),
        "form": form,
    }

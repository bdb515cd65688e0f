"""What is asked before something of a dossier leaves: plate, mileage, to which mission, and which photos."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Mission, Photo
from dossiers.outbox import MAX_MILEAGE, MAX_PLATE

UNSENT = "unsent"


class SendForm(forms.Form):
    """Plate and mileage (km) as they are sent; the photos are chosen by thumbnail beside it."""

    plate = forms.CharField(label=_("plate"), max_length=MAX_PLATE, strip=True)
    mileage = forms.IntegerField(
        label=_("mileage (km)"),
        min_value=0,
        max_value=MAX_MILEAGE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        localize=False,
    )
    mission = forms.ModelChoiceField(label=_("mission"), queryset=Mission.objects.none(), empty_label=None)

    def __init__(self, *args: Any, missions: list[Mission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)
        if len(missions) > 1:
            choices = Mission.objects.filter(pk__in=[mission.pk for mission in missions])
            cast(forms.ModelChoiceField, self.fields["mission"]).queryset = choices
        else:
            del self.fields["mission"]


def send_form(request: HttpRequest, dossier: Dossier, missions: list[Mission]) -> SendForm:
    """The form as it opens or as it was sent; where photos are only being chosen, with what was typed so far."""
    initial = {"plate": dossier.plate, "mileage": dossier.mileage}
    if _only_chooses(request):
        typed = {name: request.POST[name] for name in SendForm.base_fields if name in request.POST}
        return SendForm(initial={**initial, **typed}, missions=missions)
    data = request.POST if request.method == "POST" else None
    return SendForm(data, initial=initial, missions=missions)


def chosen_photos(request: HttpRequest, photos: Iterable[Photo], sent: set[int]) -> set[int]:
    """The ids of the photos that were ticked, what is no id is not chosen; or of all that are not in `sent`, where
    that is what was asked for.
    """
    if _only_chooses(request):
        return {photo.pk for photo in photos if photo.pk not in sent}
    ticked = request.POST.getlist("photos")
    return {int(text) for text in ticked if text.isdecimal() and len(text) < 19}


def _only_chooses(request: HttpRequest) -> bool:
    """Without JavaScript, ticking all photos that were not sent yet takes a way to the server and back."""
    return request.POST.get("choose") == UNSENT

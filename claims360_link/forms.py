"""The forms of the link: the configuration, the "i", and the deeds on a mission."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.intake.matching import candidates
from dossiers.models import Dossier, Mission
from dossiers.models.dossier import DossierStatus
from dossiers.outbox import MAX_MILEAGE, MAX_PLATE

KEY = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"})


class ConfigurationForm(forms.Form):
    """What is written once; the rules are those of `credentials.configure`, for the command too."""

    bodyshop_id = forms.CharField(
        label=_("Bodyshop id"),
        help_text=_("Your Informex mailbox number"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bodyshop_key = forms.CharField(
        label=_("Bodyshop API key"),
        help_text=_("Claims360 › your name › My organisation › API keys"),
        required=False,
        widget=KEY,
    )
    planmanager_key = forms.CharField(
        label=_("PlanManager API key"),
        help_text=_("On the same page, “Claims360 API (Plan Manager)”"),
        required=False,
        widget=KEY,
    )


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
        if len(missions) > 1:
            choices = Mission.objects.filter(pk__in=[mission.pk for mission in missions])
            self.fields["mission"].queryset = choices  # type: ignore[attr-defined]
        else:
            del self.fields["mission"]


class DossierChoice(forms.ModelChoiceField):
    def label_from_instance(self, dossier: Dossier) -> str:  # type: ignore[override]
        known = (dossier.plate, f"{dossier.make} {dossier.model}".strip(), dossier.owner_name, dossier.claim_number)
        return " · ".join([f"{dossier.pk}", *(text for text in known if text)])


class LinkForm(forms.Form):
    """Which open dossier of the same repairer: one that seems to fit, or any by its number."""

    candidate = DossierChoice(
        label=_("Dossiers that may fit"),
        queryset=Dossier.objects.none(),
        required=False,
        widget=forms.RadioSelect,
        empty_label=_("another dossier"),
    )
    number = forms.IntegerField(
        label=_("Number of another dossier"), required=False, min_value=1, max_value=2**63 - 1, localize=False
    )

    def __init__(self, *args: Any, mission: Mission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open = Dossier.objects.filter(repairer=mission.repairer_id).exclude(status=DossierStatus.CLOSED)
        possible = [dossier.pk for dossier in candidates(mission)]
        if possible:
            self.fields["candidate"].queryset = self.open.filter(pk__in=possible)  # type: ignore[attr-defined]
        else:
            del self.fields["candidate"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number = cleaned.get("number")
        chosen = self.open.filter(pk=number).first() if number else cleaned.get("candidate")
        if chosen is None and not self.errors:
            missing = _("There is no open dossier with that number for this repairer.")
            self.add_error("number", missing if number else _("Choose a dossier, or give its number."))
        return {**cleaned, "dossier": chosen}

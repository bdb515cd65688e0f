"""The forms of the link: the configuration, and the deeds on a mission."""

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from dossiers.filters import number_of
from dossiers.intake.matching import candidates
from dossiers.models import Dossier, Mission
from dossiers.models.dossier import DossierStatus
from dossiers.normalise import key

FOUND = 20  # dossiers that a search offers at most

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


class DossierChoice(forms.ModelChoiceField):
    def label_from_instance(self, dossier: Dossier) -> str:
        known = (
            dossier.plate,
            f"{dossier.make} {dossier.model}".strip(),
            dossier.owner_name,
            dossier.claim_number,
        )
        return " · ".join([f"{dossier.pk}", *(text for text in known if text)])


class LinkForm(forms.Form):
    """Which open dossier of the same repairer: those that may fit, then those that a search found."""

    dossier = DossierChoice(
        label=_("Dossier"),
        queryset=Dossier.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": _("Choose a dossier."),
            "invalid_choice": _("This dossier is not open any more."),
        },
    )

    def __init__(self, *args: Any, mission: Mission, wanted: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Dossier.objects.filter(repairer=mission.repairer_id).exclude(status=DossierStatus.CLOSED)
        offered = {dossier.pk: dossier for dossier in (*candidates(mission), *found(rows, wanted))}
        choice = cast(DossierChoice, self.fields["dossier"])
        choice.queryset = rows  # whatever is open can be chosen, whatever was searched for meanwhile
        choice.widget.choices = [(pk, choice.label_from_instance(row)) for pk, row in offered.items()]


def found(rows: QuerySet[Dossier], wanted: str) -> QuerySet[Dossier]:
    """The newest of `rows` whose number, plate, claim number or owner is like `wanted`; none for nothing."""
    if not key(wanted):
        return rows.none()
    like = Q(plate_key__contains=key(wanted)) | Q(claim_key__contains=key(wanted))
    like |= Q(owner_name__icontains=wanted.strip()) | Q(pk=number_of(wanted))
    return rows.filter(like).order_by("-pk")[:FOUND]

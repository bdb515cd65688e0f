"""Which dossier a mission goes to: chosen from those that may fit, or searched for."""

from typing import Any, cast

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dossiers.filters import number_of
from dossiers.intake.matching import candidates
from dossiers.models import Dossier, Mission
from dossiers.models.dossier import DossierStatus
from dossiers.normalise import key

FOUND = 20  # dossiers that a search offers at most


def wanted_of(request: HttpRequest) -> str:
    """What somebody searches a dossier by, as a database may be asked for it; it stays while they choose."""
    return (request.POST.get("q") or request.GET.get("q") or "")[:100].replace("\0", "")


class DossierChoice(forms.ModelChoiceField):
    def label_from_instance(self, dossier: Dossier) -> str:
        known = (
            dossier.plate,
            f"{dossier.make} {dossier.model}".strip(),
            dossier.owner_name,
            dossier.claim_number,
        )
        return " · ".join([f"{dossier.pk}", *(text for text in known if text)])


class ChoiceForm(forms.Form):
    """Which open dossier of its repairer a mission goes to: those that may fit, then those that a search found.

    The one that it is in is not offered.
    """

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
        rows = rows.exclude(pk=mission.dossier_id) if mission.dossier_id else rows
        likely = (dossier for dossier in candidates(mission) if dossier.pk != mission.dossier_id)
        offered = {dossier.pk: dossier for dossier in (*likely, *found(rows, wanted))}
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

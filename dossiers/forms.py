"""The forms of a dossier."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import BoundField
from django.http import QueryDict
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dossiers import damage_zones, formats, photo_file, words
from dossiers.models import DenyReason, Dossier
from dossiers.sentences import sentence
from repairers.access import repairers_of
from repairers.models import Repairer, User

FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2100, 12, 31)
MAX_MILEAGE = 9_999_999  # km, `VehicleReturn` of the contract
LOCAL_TIME = "%Y-%m-%dT%H:%M:%S"

SECTIONS = {
    "general": (
        "claim_number",
        "policy_number",
        "occurred_on",
        "inspection_at",
        "deductible",
        "vat_recoverable_pct",
        "circumstances",
    ),
    "parties": (
        "owner_name",
        "owner_number",
        "owner_phone",
        "owner_email",
        "owner_address",
        "owner_language",
        "insurer_name",
        "insurer_code",
        "expert_name",
        "expert_office",
        "expert_phone",
        "expert_email",
    ),
    "vehicle": (
        "plate",
        "make",
        "model",
        "vin",
        "mileage",
        "power_kw",
        "displacement_cc",
        "fuel",
        "first_registered_on",
    ),
    "damage_zones": ("damage_zones",),
}
TITLES = {
    "general": _("General"),
    "parties": _("Parties"),
    "vehicle": _("Vehicle"),
    "damage_zones": _("Damage zones"),
}


class Text(forms.CharField):
    """Several lines; browsers send CR LF where LF was shown, and that alone is no change."""

    widget = forms.Textarea(attrs={"rows": 4})

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")


class Amount(forms.DecimalField):
    """An amount or percentage, typed and shown with the decimal mark of the user's language."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=16, decimal_places=6, localize=True, required=False, **kwargs)
        self.widget.attrs["inputmode"] = "decimal"

    def prepare_value(self, value: Any) -> Any:
        """Two decimals as a rule; as many as there are where it was sent with more."""
        if not isinstance(value, Decimal):
            return value
        cents = value.quantize(Decimal("0.01"))
        return cents if cents == value else value


class Day(forms.DateField):
    widget = forms.DateInput(
        format="%Y-%m-%d", attrs={"type": "date", "min": "1900-01-01", "max": "2100-12-31"}
    )

    def __init__(self, **kwargs: Any) -> None:
        limits = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]
        super().__init__(required=False, validators=limits, **kwargs)


class Moment(forms.DateTimeField):
    """Date and time of day in Brussels; with its seconds, so that what came with seconds stays."""

    widget = forms.DateTimeInput(format=LOCAL_TIME, attrs={"type": "datetime-local", "step": "1"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment is not None and not FIRST_DAY <= moment.date() <= LAST_DAY:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return moment


class DossierForm(forms.ModelForm):
    """`changes()` is what the user changed against the form as shown, not what an import changed."""

    circumstances = Text(label=_("circumstances"), max_length=10_000, required=False)
    occurred_on = Day(label=_("date of the accident"))
    first_registered_on = Day(label=_("first registration"))
    inspection_at = Moment(label=_("inspection"))
    deductible = Amount(label=_("deductible (EUR)"), min_value=0)
    vat_recoverable_pct = Amount(label=_("recoverable VAT (%)"), min_value=0, max_value=100)
    mileage = forms.IntegerField(label=_("mileage (km)"), min_value=0, max_value=MAX_MILEAGE, required=False)
    power_kw = forms.IntegerField(label=_("power (kW)"), min_value=0, max_value=9_999, required=False)
    displacement_cc = forms.IntegerField(
        label=_("displacement (cc)"), min_value=0, max_value=99_999, required=False
    )
    damage_zones = forms.MultipleChoiceField(
        label=_("damage zones"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Dossier
        fields = [name for names in SECTIONS.values() for name in names]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = cast(forms.MultipleChoiceField, self.fields["damage_zones"])
        zones.choices = damage_zones.choices(self._zones())
        for field in self.fields.values():
            field.label = capfirst(field.label)
            field.show_hidden_initial = self.instance.pk is not None

    def sections(self) -> Iterator[tuple[str, Any, list[BoundField]]]:
        """Each section's name, its title and its fields."""
        for name, names in SECTIONS.items():
            yield name, TITLES[name], [self[field] for field in names]

    def changes(self) -> dict[str, Any]:
        """By name, the facts that the user changed; only of a valid form."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def values(self) -> dict[str, Any]:
        """By name, every fact of the form; only of a valid form."""
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}

    def _zones(self) -> list[str]:
        """The zones that the dossier has and had when the form was shown."""
        name = self.add_initial_prefix("damage_zones")
        shown = self.data.getlist(name) if isinstance(self.data, QueryDict) else []
        return list(dict.fromkeys([*self.instance.damage_zones, *shown]))


class NewDossierForm(DossierForm):
    repairer = forms.ModelChoiceField(label=_("repairer"), queryset=Repairer.objects.none())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast(forms.ModelChoiceField, self.fields["repairer"])
        mine = repairers_of(user).select_related("site").distinct()
        choice.queryset = mine
        if len(only := list(mine[:2])) == 1:
            choice.initial = only[0]


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Comment"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}), strip=True
    )


class ReasonForm(forms.Form):
    """Why something is denied: one of the helpdesk's list, words of one's own, or both; `reason` has it all."""

    listed = forms.ModelChoiceField(
        label=_("Reason"),
        queryset=DenyReason.objects.none(),
        widget=forms.RadioSelect,
        required=False,
        empty_label=_("another reason"),
    )
    reason = forms.CharField(
        label=_("In your own words"),
        max_length=350,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["listed"]).queryset = DenyReason.objects.filter(kind=kind)

    def clean(self) -> dict[str, Any]:
        listed, own = self.cleaned_data.get("listed"), self.cleaned_data.get("reason", "")
        if not listed and not own and not self.errors:
            self.add_error("reason", sentence("reason-missing"))
        return {**self.cleaned_data, "reason": ": ".join(filter(None, (str(listed or ""), own)))}


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class Files(forms.FileField):
    """One file or more, each as it came: one that is refused must not hold up the others."""

    def clean(self, data: list[UploadedFile], initial: Any = None) -> list[UploadedFile]:
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return data


def _categories() -> list[tuple[str, Any]]:
    return [
        ("", formats.NOTHING),
        *((code, capfirst(word)) for code, word in words.PHOTO_CATEGORY_HERE.items()),
    ]


class CategoryForm(forms.Form):
    category = forms.ChoiceField(label=_("Category"), choices=_categories, required=False)


class PhotosForm(CategoryForm):
    """What was chosen; whether each is a photo is for `dossiers.uploads` to say."""

    field_order = ("photos", "category", "caption")
    max_bytes = photo_file.MAX_BYTES

    photos = Files(
        label=_("Photos"),
        widget=ManyFiles(attrs={"accept": "image/jpeg,image/png,image/webp,image/heic,image/heif"}),
    )
    caption = forms.CharField(label=_("Caption"), max_length=photo_file.LONGEST_CAPTION, required=False)

"""The filter panel of the Claims360 tab, and what each cell of the information frame shows."""

from collections.abc import Mapping
from typing import cast

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from claims360_link.models import SyncRun
from dossiers.filters import OwnRows, number_of, text_box
from dossiers.models import Mission, MissionState, Quote, QuoteState, Source
from dossiers.normalise import key
from repairers.models import Repairer, Site

SET_ASIDE = "set_aside"
SHOWN = (
    ("", _("waiting and in a dossier")),
    ("waiting", _("waiting")),
    ("dossier", _("in a dossier")),
    ("excluded", _("excluded")),
    ("denied", _("denied")),
    (SET_ASIDE, _("set aside")),
    ("archived", _("archived")),
    ("withdrawn", _("withdrawn")),
    ("incomplete", _("incomplete")),
    ("all", _("everything")),
)


def quotes_in(state: str) -> Q:
    """Missions in a dossier that have a quote in `state`."""
    quotes = Quote.objects.filter(mission=OuterRef("pk"), state=state)
    return Q(Exists(quotes), state=MissionState.DOSSIER)


def shown(rows: QuerySet[Mission], state: str) -> QuerySet[Mission]:
    """The missions of one cell; a mission whose quote waits, or is excluded, shows with those that are so itself."""
    if state == "all":
        return rows
    if state == "waiting":
        return rows.filter(Q(state=MissionState.WAITING) | quotes_in(QuoteState.WAITING))
    if state == "excluded":
        return rows.filter(Q(state=MissionState.EXCLUDED) | quotes_in(QuoteState.EXCLUDED))
    if state in MissionState.values:
        return rows.filter(state=state)
    return rows.filter(state__in=(MissionState.WAITING, MissionState.DOSSIER))


class MissionFilter(OwnRows):
    least_sites = 1  # the field is known by everybody, so it is there with one site too

    state = django_filters.ChoiceFilter(
        label=_("state"), choices=SHOWN[1:], empty_label=SHOWN[0][1], method="by_state"
    )
    number = django_filters.CharFilter(method="by_number", **text_box(_("Enter a number")))
    plate = django_filters.CharFilter(method="by_plate", **text_box(_("Enter a plate")))
    name = django_filters.CharFilter(method="by_name", **text_box(_("Enter a name/number")))
    model = django_filters.CharFilter(lookup_expr="icontains", **text_box(_("Enter a model")))
    make = django_filters.CharFilter(lookup_expr="icontains", **text_box(_("Enter a make")))
    smart = django_filters.BooleanFilter(
        label=_("show only smart expertises"), method="only_smart", widget=forms.CheckboxInput()
    )
    source = django_filters.ChoiceFilter(
        label=_("received by"), choices=Source, empty_label=_("every way"), method="by_source"
    )
    site = django_filters.ModelChoiceFilter(
        label=_("site"),
        queryset=Site.objects.none(),
        field_name="repairer__site",
        empty_label=_("Select a site"),
    )
    repairer = django_filters.ModelChoiceFilter(
        label=_("repairer of the mission"), queryset=Repairer.objects.none(), empty_label=_("All repairers")
    )

    class Meta:
        model = Mission
        fields: list[str] = []

    def say_how_many(self, counts: Mapping[str, int]) -> None:
        """The select names the count of each state; one that nothing is in is left out, unless it is chosen."""
        chosen = self.data.get("state")
        choice = cast(forms.ChoiceField, self.form.fields["state"])
        choice.choices = [
            (name, f"{label} ({counts[name]})" if name in counts else label)
            for name, label in SHOWN[1:]
            if counts.get(name, 1) or name == chosen
        ]

    def filter_queryset(self, queryset: QuerySet[Mission]) -> QuerySet[Mission]:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("state") else shown(found, "")

    def by_state(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        return shown(rows, value)

    def by_number(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        """Any part of the mission's or the claim's number, or the whole dossier number."""
        wanted = key(value)
        if not wanted:
            return rows.none()
        found = Q(number_key__contains=wanted) | Q(claim_key__contains=wanted)
        return rows.filter(found | Q(dossier=number_of(value)))

    def by_plate(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        wanted = key(value)
        return rows.filter(plate_key__contains=wanted) if wanted else rows.none()

    def by_name(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        return rows.filter(Q(owner_name__icontains=value) | Q(owner_number__icontains=value))

    def by_source(self, rows: QuerySet[Mission], _name: str, value: str) -> QuerySet[Mission]:
        """What came by that way, by itself or as the twin of what came by the other."""
        twins = Mission.objects.filter(twin_of=OuterRef("pk"), source=value)
        return rows.filter(Q(source=value) | Exists(twins))

    def only_smart(self, rows: QuerySet[Mission], _name: str, value: bool) -> QuerySet[Mission]:
        return rows.filter(smart_expertise=True) if value else rows


class RunFilter(OwnRows):
    repairer = django_filters.ModelChoiceFilter(
        label=_("repairer"), queryset=Repairer.objects.none(), empty_label=_("every repairer")
    )
    site = django_filters.ModelChoiceFilter(
        label=_("site"),
        queryset=Site.objects.none(),
        field_name="repairer__site",
        empty_label=_("every site"),
    )
    outcome = django_filters.ChoiceFilter(
        label=_("outcome"), choices=SyncRun.Outcome, empty_label=_("every outcome")
    )
    trigger = django_filters.ChoiceFilter(
        label=_("started by"), choices=SyncRun.Trigger, empty_label=_("automatic and by hand")
    )

    class Meta:
        model = SyncRun
        fields: list[str] = []

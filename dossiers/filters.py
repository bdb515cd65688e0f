"""The filters of Liste dossier and Liste commandes."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Mission, OrderLine
from dossiers.models.dossier import DossierStatus
from dossiers.models.order import OrderState
from dossiers.normalise import key
from repairers.access import repairers_of
from repairers.models import Repairer, Site

MAX_ID = 2**63 - 1
NO_ID = -1


def text_box(label: Any, **attrs: str) -> dict[str, Any]:
    """Arguments of a text filter whose label is its placeholder too."""
    shown = capfirst(label)
    widget = forms.TextInput(attrs={"placeholder": shown, **attrs})
    return {"label": shown, "max_length": 255, "widget": widget}


def own_choices(user: Any) -> tuple[QuerySet[Repairer], QuerySet[Site]]:
    """The repairers that `user` may see, and their sites."""
    mine = repairers_of(user)
    return mine.order_by("name", "pk").distinct(), Site.objects.filter(
        repairers__in=mine.values("pk")
    ).distinct()


def ordered(rows: QuerySet, sort: str, sorts: Mapping[str, tuple[str, ...]], default: str) -> QuerySet:
    """`rows` in the order that `sort` names ("-" before it: descending), or in that of `default`.

    The pk comes last: two pages never show the same row twice.
    """
    name = sort if sort.removeprefix("-") in sorts else default
    columns = sorts[name.removeprefix("-")]
    sign = "-" if name.startswith("-") else ""
    return rows.order_by(*(f"{sign}{column}" for column in columns), f"{sign}pk")


class OwnRows(django_filters.FilterSet):
    """A filter that offers the repairers and sites of `request.user`, where there is a choice."""

    least_repairers = least_sites = 2

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        repairers, sites = own_choices(self.request.user)
        self._offer("repairer", repairers, least=self.least_repairers)
        self._offer("site", sites, least=self.least_sites)

    def _offer(self, name: str, choices: QuerySet, *, least: int) -> None:
        if len(choices[:2]) >= least:
            self.filters[name].queryset = choices
        else:
            del self.filters[name]

    @property
    def set_count(self) -> int:
        """How many of its fields are set."""
        return sum(1 for name in self.filters if self.data.get(name))


class DossierFilter(OwnRows):
    number = django_filters.CharFilter(method="by_number", **text_box(_("dossier, mission or claim number")))
    plate = django_filters.CharFilter(method="by_plate", **text_box(_("plate")))
    owner = django_filters.CharFilter(method="by_owner", **text_box(_("owner or customer number")))
    status = django_filters.ChoiceFilter(
        label=_("status"), choices=DossierStatus, empty_label=_("every status")
    )
    repairer = django_filters.ModelChoiceFilter(
        label=_("repairer"), queryset=Repairer.objects.none(), empty_label=_("every repairer")
    )
    site = django_filters.ModelChoiceFilter(
        label=_("site"),
        queryset=Site.objects.none(),
        field_name="repairer__site",
        empty_label=_("every site"),
    )
    open = django_filters.BooleanFilter(
        label=_("only open dossiers"), method="only_open", widget=forms.CheckboxInput()
    )

    class Meta:
        model = Dossier
        fields: list[str] = []

    def by_number(self, rows: QuerySet[Dossier], _name: str, value: str) -> QuerySet[Dossier]:
        wanted = key(value)
        if not wanted:
            return rows.none()
        missions = Mission.objects.filter(dossier=OuterRef("pk"), number_key__contains=wanted)
        return rows.filter(Q(pk=number_of(value)) | Q(claim_key__contains=wanted) | Exists(missions))

    def by_plate(self, rows: QuerySet[Dossier], _name: str, value: str) -> QuerySet[Dossier]:
        wanted = key(value)
        return rows.filter(plate_key__contains=wanted) if wanted else rows.none()

    def by_owner(self, rows: QuerySet[Dossier], _name: str, value: str) -> QuerySet[Dossier]:
        return rows.filter(Q(owner_name__icontains=value) | Q(owner_number__icontains=value))

    def only_open(self, rows: QuerySet[Dossier], _name: str, value: bool) -> QuerySet[Dossier]:
        return rows.exclude(status=DossierStatus.CLOSED) if value else rows


class OrderFilter(OwnRows):
    part = django_filters.CharFilter(method="by_part", **text_box(_("part or part code")))
    dossier = django_filters.CharFilter(method="by_dossier", **text_box(_("dossier number")))
    state = django_filters.ChoiceFilter(label=_("state"), choices=OrderState, empty_label=_("every state"))
    repairer = django_filters.ModelChoiceFilter(
        label=_("repairer"),
        queryset=Repairer.objects.none(),
        field_name="dossier__repairer",
        empty_label=_("every repairer"),
    )
    site = django_filters.ModelChoiceFilter(
        label=_("site"),
        queryset=Site.objects.none(),
        field_name="dossier__repairer__site",
        empty_label=_("every site"),
    )

    class Meta:
        model = OrderLine
        fields: list[str] = []

    def by_part(self, rows: QuerySet[OrderLine], _name: str, value: str) -> QuerySet[OrderLine]:
        found = Q(description__icontains=value) | Q(code__icontains=value)
        return rows.filter(found | Q(part_key__contains=key(value))) if key(value) else rows.filter(found)

    def by_dossier(self, rows: QuerySet[OrderLine], _name: str, value: str) -> QuerySet[OrderLine]:
        return rows.filter(dossier=number_of(value))


def number_of(text: str) -> int:
    """The dossier number that `text` is, an impossible one where it is none."""
    digits = text.strip().removeprefix("#")
    number = int(digits) if digits.isdecimal() and len(digits) < 20 else NO_ID
    return number if number <= MAX_ID else NO_ID

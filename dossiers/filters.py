"""The filters of Liste dossier and Liste commandes."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import django_filters
from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dossiers.models import Dossier, Mission, OrderLine
from dossiers.models.dossier import DossierStatus
from dossiers.models.order import OrderState
from dossiers.normalise import key
from repairers.access import own_repairers

Row = TypeVar("Row", bound=Model)
MAX_ID = 2**63 - 1
NO_ID = -1


def text_box(label: Any, **attrs: str) -> dict[str, Any]:
    """Arguments of a text filter whose label is its placeholder too."""
    shown = capfirst(label)
    widget = forms.TextInput(attrs={"placeholder": shown, **attrs})
    return {"label": shown, "max_length": 255, "widget": widget}


def order_of(sort: str, sorts: Mapping[str, tuple[str, ...]], default: str) -> list[str]:
    """The order that `sort` names ("-" before it: descending), or that of `default`, for order_by.

    The pk comes last: two pages never show the same row twice.
    """
    name = sort if sort.removeprefix("-") in sorts else default
    sign = "-" if name.startswith("-") else ""
    return [f"{sign}{column}" for column in (*sorts[name.removeprefix("-")], "pk")]


class OwnRows(django_filters.FilterSet):
    """A filter that offers the repairers and sites of `request.user`, where there is a choice.

    Where they are too many for a menu, it asks for a part of their name.
    """

    least_repairers = least_sites = 2
    to_repairer = "repairer"  # the lookup from a row

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = own_repairers(self.request)
        sites = {one.site_id: one.site for one in own.repairers}
        by_name = sorted(sites.values(), key=lambda site: site.name)
        least, many = self.least_repairers, own.are_many
        self._offer("repairer", self.to_repairer, own.repairers, least=least, many=many)
        self._offer("site", f"{self.to_repairer}__site", by_name, least=self.least_sites, many=many)

    def _offer(self, name: str, path: str, rows: Sequence[Model], *, least: int, many: bool) -> None:
        menu: django_filters.ChoiceFilter = self.filters[name]
        menu.field_name = path
        if many:
            label = menu.extra["empty_label"] if name == "site" else menu.label
            self.filters[name] = django_filters.CharFilter(f"{path}__name", "icontains", **text_box(label))
            self.filters[name].parent = self
        elif len(rows) >= least:
            menu.extra["choices"] = [(row.pk, str(row)) for row in rows]
        else:
            del self.filters[name]

    @property
    def is_of_some_repairers(self) -> bool:
        """Whether few of all rows are left by the repairer or the site."""
        chosen = any(self.form.cleaned_data.get(name) for name in ("repairer", "site"))
        return chosen or not own_repairers(self.request).are_all

    def cut(self, rows: QuerySet[Row], path: str = "repairer") -> QuerySet[Row]:
        """Other rows than its own, which lead to their repairer by `path`, by the same repairer and site."""
        self.form.is_valid()  # which cleans what was typed
        for name, to_menu in (("repairer", path), ("site", f"{path}__site")):
            if value := self.form.cleaned_data.get(name):
                is_text = isinstance(self.filters[name], django_filters.CharFilter)
                rows = rows.filter(**{f"{to_menu}__name__icontains" if is_text else to_menu: value})
        return rows

    @property
    def set_count(self) -> int:
        """How many of its fields are set."""
        return sum(1 for name in self.filters if self.data.get(name))


class DossierFilter(OwnRows):
    number = django_filters.CharFilter(method="by_number", **text_box(_("dossier, mission or claim number")))
    plate = django_filters.CharFilter(method="by_plate", **text_box(_("plate")))
    owner = django_filters.CharFilter(method="by_owner", **text_box(_("owner or customer number")))
    status = django_filters.ChoiceFilter(
        label=_("status"), choices=DossierStatus.choices, empty_label=_("every status")
    )
    repairer = django_filters.ChoiceFilter(label=_("repairer"), empty_label=_("every repairer"))
    site = django_filters.ChoiceFilter("repairer__site", label=_("site"), empty_label=_("every site"))
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
    state = django_filters.ChoiceFilter(
        label=_("state"), choices=OrderState.choices, empty_label=_("every state")
    )
    repairer = django_filters.ChoiceFilter(
        "dossier__repairer", label=_("repairer"), empty_label=_("every repairer")
    )
    site = django_filters.ChoiceFilter(
        "dossier__repairer__site", label=_("site"), empty_label=_("every site")
    )
    to_repairer = "dossier__repairer"

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

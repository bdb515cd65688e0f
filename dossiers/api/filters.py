"""What the lists of the API are filtered by, where their pages have no filter of their own."""

import datetime as dt
from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from dossiers.api.fields import MOMENTS
from dossiers.filters import DossierFilter, OrderFilter
from dossiers.models import Dossier, Photo, Quote, SetAside, Transmission
from repairers.access import MAX_ID

CAME_OR_DECIDED = ("updated_at", "decided_at")
SINCE = "Came, changed or was decided since then"


class Id(django_filters.NumberFilter):
    """A row by its id, whole and positive."""

    def __init__(self, field_name: str, **kwargs: Any) -> None:
        super().__init__(field_name, min_value=1, max_value=MAX_ID, decimal_places=0, **kwargs)


@extend_schema_field(OpenApiTypes.BOOL)
class YesNo(django_filters.TypedChoiceFilter):
    """true or false; anything else is a mistake."""

    def __init__(self, **kwargs: Any) -> None:
        choices = [(word, word) for word in ("true", "false")]
        super().__init__(choices=choices, coerce=lambda word: word == "true", **kwargs)


class ChangedSince(django_filters.IsoDateTimeFilter):
    """A moment, ISO 8601 with its offset."""

    def __init__(self, field_name: str | None = None, **kwargs: Any) -> None:
        super().__init__(field_name, lookup_expr="gte", validators=MOMENTS, **kwargs)


def ids_since(
    moment: dt.datetime, rows: QuerySet[Any], *times: str, ids: tuple[str, ...] = ("pk",)
) -> list[Any]:
    """For each of the `times` of `rows`, and each of `ids`, those since `moment`: parts of a union.

    Each part goes by the index of its time, which an OR of them would not on every engine.
    """
    since = [rows.order_by().filter(**{f"{time}__gte": moment}) for time in times]
    return [part.filter(**{f"{one}__isnull": False}).values(one) for part in since for one in ids]


def among(rows: QuerySet[Any], parts: list[Any]) -> QuerySet[Any]:
    """Those of `rows` whose id is in one of `parts`."""
    first, *others = parts
    return rows.filter(pk__in=first.union(*others) if others else first)


class DossierApiFilter(DossierFilter):
    least_sites = least_repairers = 0  # a program asks for the only one there is, too

    open = YesNo(method="only_open")
    changed_since = ChangedSince(method="by_change", help_text="Its facts or its status changed since then.")

    def by_change(self, rows: QuerySet[Dossier], _name: str, moment: dt.datetime) -> QuerySet[Dossier]:
        return among(rows, ids_since(moment, Dossier.objects.all(), "changed_at"))


class OrderApiFilter(OrderFilter):
    least_sites = least_repairers = 0


class QuoteFilter(django_filters.FilterSet):
    repairer, mission = Id("repairer"), Id("mission")
    dossier = Id("mission__dossier")
    changed_since = ChangedSince(method="by_change", help_text=f"{SINCE}.")

    class Meta:
        model = Quote
        fields = ["state"]

    def by_change(self, rows: QuerySet[Quote], _name: str, moment: dt.datetime) -> QuerySet[Quote]:
        return among(rows, ids_since(moment, Quote.objects.all(), *CAME_OR_DECIDED))


class PhotoFilter(django_filters.FilterSet):
    repairer, mission = Id("repairer"), Id("mission")
    dossier = Id("dossier", method="of_dossier", help_text="Its own, and those of its missions.")
    changed_since = ChangedSince(method="by_change", help_text="Came, changed or was fetched since then.")

    class Meta:
        model = Photo
        fields: list[str] = []

    def by_change(self, rows: QuerySet[Photo], _name: str, moment: dt.datetime) -> QuerySet[Photo]:
        return among(rows, ids_since(moment, Photo.objects.all(), "updated_at"))

    def of_dossier(self, rows: QuerySet[Photo], _name: str, value: Any) -> QuerySet[Photo]:
        return rows.filter(Q(dossier=value) | Q(mission__dossier=value))


class TransmissionFilter(django_filters.FilterSet):
    repairer, dossier = Id("dossier__repairer"), Id("dossier")

    class Meta:
        model = Transmission
        fields = ["state"]


class SetAsideFilter(django_filters.FilterSet):
    repairer = Id("repairer")

    class Meta:
        model = SetAside
        fields = ["entity"]

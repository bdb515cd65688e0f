"""The information frame by repairer: all of them at a glance, one opened, and the report of either."""

import django_filters
from django.db.models import QuerySet
from django.forms import CheckboxInput
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from claims360_link import glance, report
from claims360_link.failures import something_failed
from claims360_link.lights import LIGHTS, URGENCY, WORST_FIRST, with_urgency
from claims360_link.repairer_page import RepairerPage
from claims360_link.views.gate import only_when_active, own_repairer
from dossiers.filters import text_box
from dossiers.fragments import render_page
from dossiers.paging import page_of
from dossiers.views.access import user_of
from repairers.access import repairers_of
from repairers.models import Repairer


class RepairerFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", **text_box(_("repairer")))
    site = django_filters.CharFilter("site__name", "icontains", **text_box(_("site")))
    light = django_filters.ChoiceFilter(
        label=_("synchronisation"),
        choices=list(LIGHTS.items()),
        empty_label=_("every state"),
        method="by_light",
    )
    failed = django_filters.BooleanFilter(
        label=_("only with failures"), method="with_failures", widget=CheckboxInput()
    )

    class Meta:
        model = Repairer
        fields: list[str] = []

    @property
    def set_count(self) -> int:
        """How many of its fields are set."""
        return sum(1 for name in self.filters if self.data.get(name))

    def by_light(self, rows: QuerySet[Repairer], _name: str, value: str) -> QuerySet[Repairer]:
        return with_urgency(rows).filter(urgency=URGENCY[value])

    def with_failures(self, rows: QuerySet[Repairer], _name: str, value: bool) -> QuerySet[Repairer]:
        return rows.filter(something_failed()) if value else rows


@require_safe
@only_when_active
def every(request: HttpRequest) -> HttpResponse:
    """A line for each repairer that the user may see; those whose link is ill come first."""
    own = _own(request)
    filters = RepairerFilter(request.GET, own, request=request)
    since = user_of(request).looked_before
    wanted = request.GET.get("page")
    page = page_of(glance.dressed(since), filters.qs, WORST_FIRST, wanted, named=with_urgency)
    light, failed = request.GET.get("light", ""), "failed" in request.GET
    context = {
        "filter": filters,
        "page": page,
        "lines": glance.glances(page.rows),
        "cells": glance.cells(glance.counts(own), request.path, light, failed),
    }
    return render_page(request, "claims360/repairers.html", context, {"list": "claims360/_repairers.html"})


@require_safe
@only_when_active
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """All that the frame has to say of one repairer."""
    repairer = own_repairer(request, f"{pk}")
    page = RepairerPage(repairer, user_of(request).looked_before)
    return render(request, "claims360/repairer.html", {"page": page})


@require_safe
@only_when_active
def report_of_one(request: HttpRequest, pk: int) -> HttpResponse:
    """What to write to somebody else of one repairer, as a text."""
    repairer = own_repairer(request, f"{pk}")
    text = report.of_one(RepairerPage(repairer, None), request.build_absolute_uri)
    return render(request, "claims360/report.html", {"text": text, "repairer": repairer})


@require_safe
@only_when_active
def report_of_ill(request: HttpRequest) -> HttpResponse:
    """The same of all that are ill, among those that the user may see."""
    text = report.of_ill(_own(request), request.build_absolute_uri)
    return render(request, "claims360/report.html", {"text": text})


def _own(request: HttpRequest) -> QuerySet[Repairer]:
    """Those that the user may see, each once."""
    return Repairer.objects.filter(pk__in=repairers_of(request.user).values("pk"))

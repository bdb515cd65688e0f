"""The information frame by repairer: a line for each, and one opened."""

import django_filters
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from claims360_link import overview, status
from claims360_link.repairer_page import RepairerPage
from claims360_link.views.gate import only_when_active, own_repairer
from dossiers.filters import text_box
from dossiers.fragments import render_page
from dossiers.paging import page_of
from dossiers.views.access import user_of
from repairers.access import repairers_of
from repairers.models import Repairer

BY_NAME = ("name", "pk")


class RepairerFilter(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains", **text_box(_("repairer")))
    site = django_filters.CharFilter("site__name", "icontains", **text_box(_("site")))

    class Meta:
        model = Repairer
        fields: list[str] = []

    @property
    def set_count(self) -> int:
        """How many of its fields are set."""
        return sum(1 for name in self.filters if self.data.get(name))


@require_safe
@only_when_active
def every(request: HttpRequest) -> HttpResponse:
    """A line for each repairer that the user may see, by name."""
    filters = RepairerFilter(request.GET, repairers_of(request.user).distinct(), request=request)
    since = user_of(request).looked_before
    rows = status.linked(Repairer.objects.select_related("site"), photos_of=[])
    dressed = overview.with_counts(rows, since)
    page = page_of(dressed, filters.qs, BY_NAME, request.GET.get("page"))
    lines = [overview.line_of(row, row) for row in page]
    context = {"filter": filters, "page": page, "lines": lines, "since": since}
    return render_page(request, "claims360/repairers.html", context, {"list": "claims360/_repairers.html"})


@require_safe
@only_when_active
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """All that the frame has to say of one repairer."""
    repairer = own_repairer(request, f"{pk}")
    page = RepairerPage(repairer, user_of(request).looked_before)
    return render(request, "claims360/repairer.html", {"page": page})

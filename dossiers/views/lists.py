"""Liste dossier."""

from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dossiers.filters import DossierFilter, ordered
from dossiers.fragments import render_page
from dossiers.models import Dossier, Mission, MissionState
from repairers.access import visible

PAGE_SIZE = 50
SORTS = {
    "number": ("pk",),
    "status": ("status",),
    "plate": ("plate_key",),
    "owner": ("owner_name",),
    "repairer": ("repairer__name",),
    "changed": ("changed_at",),
}


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The dossiers that the user may see; filter, order and page number stand in the URL."""
    filters, rows = found(request)
    context = {"filter": filters, "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))}
    return render_page(request, "dossiers/list.html", context, {"list": "dossiers/_list.html"})


def found(request: HttpRequest) -> tuple[DossierFilter, QuerySet[Dossier]]:
    """The filter of the URL, and what it finds in the order of the URL."""
    filters = DossierFilter(request.GET, visible(_rows(), request.user), request=request)
    return filters, ordered(filters.qs, request.GET.get("sort", ""), SORTS, default="-number")


def _rows() -> QuerySet[Dossier]:
    linked = Mission.objects.filter(state=MissionState.DOSSIER).only("dossier_id", "number", "external_id")
    missions = Prefetch("missions", linked, to_attr="linked")
    return Dossier.objects.select_related("repairer__site").prefetch_related(missions).defer("circumstances")

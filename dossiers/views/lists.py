"""Liste dossier."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from dossiers.filters import DossierFilter, order_of
from dossiers.fragments import render_page
from dossiers.models import Dossier, Mission, MissionState
from dossiers.paging import page_of
from repairers.access import own_repairers

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
    page = page_of(_dressed(), rows, _order(request), request.GET.get("page"))
    context = {"filter": filters, "page": page}
    return render_page(request, "dossiers/list.html", context, {"list": "dossiers/_list.html"})


def found(request: HttpRequest) -> tuple[DossierFilter, QuerySet[Dossier]]:
    """The filter of the URL, and what it finds in the order of the URL."""
    filters = DossierFilter(request.GET, own_repairers(request).cut(_dressed()), request=request)
    return filters, filters.qs.order_by(*_order(request))


def _order(request: HttpRequest) -> list[str]:
    return order_of(request.GET.get("sort", ""), SORTS, default="-number")


def _dressed() -> QuerySet[Dossier]:
    linked = Mission.objects.filter(state=MissionState.DOSSIER).only("dossier_id", "number", "external_id")
    missions = Prefetch("missions", linked, to_attr="linked")
    return Dossier.objects.select_related("repairer__site").prefetch_related(missions).defer("circumstances")

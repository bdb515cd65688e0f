"""The history of the synchronisation: each run, what it brought, and what went wrong."""

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from claims360_link.filters import RunFilter
from claims360_link.information import outcome, run_kind
from claims360_link.models import SyncRun
from claims360_link.views.gate import only_when_active
from dossiers.fragments import render_page
from dossiers.paging import page_of
from repairers.access import own_repairers

NEWEST_FIRST = ("-started_at", "-pk")


@require_safe
@only_when_active
def page(request: HttpRequest) -> HttpResponse:
    """The runs of the repairers that the user may see, the newest first; filter and page stand in the URL."""
    filters = found(request)
    runs = page_of(_dressed(), filters.qs, NEWEST_FIRST, request.GET.get("page"))
    lines = [(run, run_kind(run), outcome(run)) for run in runs]
    context = {"filter": filters, "page": runs, "lines": lines}
    return render_page(request, "claims360/history.html", context, {"list": "claims360/_history.html"})


def found(request: HttpRequest) -> RunFilter:
    """The filter of the URL; its `qs` is what it finds."""
    return RunFilter(request.GET, own_repairers(request).cut(_dressed()), request=request)


def _dressed() -> QuerySet[SyncRun]:
    return SyncRun.objects.select_related("repairer__site", "asked_by").order_by(*NEWEST_FIRST)

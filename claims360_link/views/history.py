"""The history of the synchronisation: each run, what it brought, and what went wrong."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from claims360_link.filters import RunFilter
from claims360_link.information import outcome
from claims360_link.models import SyncRun
from claims360_link.views.gate import only_when_active
from dossiers.fragments import render_page
from repairers.access import visible

PAGE_SIZE = 50
KINDS = {
    SyncRun.Outcome.RUNNING: "info",
    SyncRun.Outcome.OK: "ok",
    SyncRun.Outcome.PARTIAL: "wait",
    SyncRun.Outcome.FAILED: "bad",
}


@require_safe
@only_when_active
def page(request: HttpRequest) -> HttpResponse:
    """The runs of the repairers that the user may see, the newest first; filter and page stand in the URL."""
    filters = found(request)
    runs = Paginator(filters.qs, PAGE_SIZE).get_page(request.GET.get("page"))
    lines = [(run, KINDS[SyncRun.Outcome(run.outcome)], outcome(run)) for run in runs]
    context = {"filter": filters, "page": runs, "lines": lines}
    return render_page(request, "claims360/history.html", context, {"list": "claims360/_history.html"})


def found(request: HttpRequest) -> RunFilter:
    """The filter of the URL; its `qs` is what it finds."""
    return RunFilter(request.GET, visible(_rows(), request.user), request=request)


def _rows() -> QuerySet[SyncRun]:
    return SyncRun.objects.select_related("repairer__site", "asked_by").order_by("-started_at", "-pk")

"""What a list shows, as a file: with its filter and order, through its gate, and with a line in the trail."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Count, QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.http import require_POST

from dossiers import exports, history
from dossiers.exports import Table
from dossiers.spreadsheet import Column, csv_lines, xlsx_file
from dossiers.views import lists
from dossiers.views.access import user_of

NO_FILTER = {"sort", "page"}
LONGEST_FILTER = 500  # characters, in the trail


@require_POST
def dossiers(request: HttpRequest) -> HttpResponseBase:
    """The dossiers of Liste dossier."""
    _filters, rows = lists.found(request)
    return download(request, exports.DOSSIERS, rows.defer(None))


def download(request: HttpRequest, table: Table[Any, Any], found: QuerySet) -> HttpResponseBase:
    """`found` as the posted `form` (csv, xlsx) of file; each repairer in it gets a line in the trail.

    Raises BadRequest for a form that is none.
    """
    form = request.POST.get("form", "")
    if form not in FORMS:
        raise BadRequest("form is csv or xlsx")
    _record(request, table, found, form)
    answer = FORMS[form](table.columns, table.rows(found))
    name = f"{table.name}-{timezone.localdate().isoformat()}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _csv(columns: Sequence[Column[Any]], rows: Iterable[Any]) -> StreamingHttpResponse:
    lines = _in_this_language(csv_lines(columns, rows))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")


def _xlsx(columns: Sequence[Column[Any]], rows: Iterable[Any]) -> FileResponse:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return FileResponse(xlsx_file(columns, rows), content_type=kind)


FORMS: dict[str, Callable[..., HttpResponseBase]] = {"csv": _csv, "xlsx": _xlsx}


def _in_this_language(lines: Iterable[str]) -> Iterator[str]:
    """`lines`, which are made after the middleware that set the language of the request has ended."""
    language = get_language()

    def spoken() -> Iterator[str]:
        with override(language):
            yield from lines

    return spoken()


def _record(request: HttpRequest, table: Table[Any, Any], found: QuerySet, form: str) -> None:
    """Who took which rows of a repairer away, and by which filter."""
    chosen = [f"{name}={value}" for name, value in request.GET.items() if value and name not in NO_FILTER]
    about = {"what": table.name, "form": form, "filter": ", ".join(chosen)[:LONGEST_FILTER] or "–"}
    counts = found.order_by().values_list("repairer").annotate(number=Count("pk"))
    history.record_all(
        history.event(
            "exported", repairer_id=repairer_id, actor=user_of(request), args={**about, "rows": number}
        )
        for repairer_id, number in counts
    )

"""Liste commandes: the parts of approved quotes over all dossiers."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dossiers.filters import OrderFilter, number_of
from dossiers.fragments import render_page
from dossiers.models import OrderLine
from dossiers.models.order import OrderState
from dossiers.orders import set_state
from dossiers.paging import page_of
from dossiers.views.access import user_of
from repairers.access import own_repairers, visible

ORDER = ("-dossier_id", "quote_id", "supplement", "pk")


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The order lines that the user may see, grouped by dossier; a POST sets the state of the chosen ones."""
    if request.method == "POST":
        _set(request)
        if not request.htmx:  # type: ignore[attr-defined]
            return redirect(request.get_full_path())
    mine = own_repairers(request).cut(OrderLine.objects.all(), "dossier__repairer")
    filters = OrderFilter(request.GET, mine, request=request)
    context = {
        "filter": filters,
        "page": page_of(_dressed(), filters.qs, ORDER, request.GET.get("page")),
        "states": OrderState.choices,
    }
    return render_page(request, "dossiers/orders.html", context, {"list": "dossiers/_orders.html"})


def _dressed() -> QuerySet[OrderLine]:
    return OrderLine.objects.select_related("dossier__repairer", "quote")


def _set(request: HttpRequest) -> None:
    """Set what was chosen and say how many; ids that the user may not see count as not there."""
    state = request.POST.get("state", "")
    wanted = [number_of(text) for text in request.POST.getlist("line")]
    lines = visible(OrderLine.objects.filter(pk__in=wanted), request.user, "dossier__repairer")
    ids = list(lines.values_list("pk", flat=True))
    if state not in OrderState.values:
        messages.error(request, _("Choose one of the listed states."))
    elif not ids:
        messages.warning(request, _("Choose at least one part."))
    else:
        changed = set_state(ids, state, user_of(request))
        messages.success(
            request, ngettext("%(n)d part changed.", "%(n)d parts changed.", changed) % {"n": changed}
        )

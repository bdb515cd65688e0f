"""The popup "Configurer Claims360": written once, tried first."""

from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from claims360_link import credentials, sync
from claims360_link.credentials import CannotConfigure
from claims360_link.forms import ConfigurationForm
from claims360_link.nudges import SYNC
from claims360_link.views import chosen
from claims360_link.views.gate import only_when_active, own_repairer
from dossiers.dossier_choice import FOUND, wanted_of
from dossiers.fragments import render_page
from dossiers.nudges import nudge
from dossiers.sentences import sentence
from dossiers.views.access import user_of
from dossiers.views.answers import go_to
from repairers.access import own_repairers, repairers_of
from repairers.models import Repairer, User


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@only_when_active
def page(request: HttpRequest) -> HttpResponse:
    """The three fields for a repairer that has no configuration; for one that has, what is known of it."""
    repairer = own_repairer(request, request.POST.get("repairer") or request.GET.get("repairer"))
    configuration = credentials.configuration_of(repairer.pk)
    if configuration is not None:
        return _render(request, repairer, {"configuration": configuration})
    if request.method != "POST" or "bodyshop_id" not in request.POST:
        return _render(request, repairer, {"form": _form(repairer)})
    return _save(request, repairer)


@require_POST
@only_when_active
def choose(request: HttpRequest) -> HttpResponse:
    """Say for whom to import; one that is not configured yet opens its popup."""
    repairer = own_repairer(request, request.POST.get("repairer"))
    chosen.choose(request, repairer)
    is_configured = credentials.configuration_of(repairer.pk) is not None
    if request.htmx:  # type: ignore[attr-defined]
        popup = (
            HttpResponse(status=204)
            if is_configured
            else _render(request, repairer, {"form": _form(repairer)})
        )
        return trigger_client_event(popup, "list-changed")
    configure = f"{reverse('claims360:configure')}?repairer={repairer.pk}"
    return redirect("claims360:list" if is_configured else configure)


def _form(repairer: Repairer) -> ConfigurationForm:
    return ConfigurationForm(initial={"bodyshop_id": repairer.mailbox_number})


@sensitive_variables()
def _save(request: HttpRequest, repairer: Repairer) -> HttpResponse:
    form = ConfigurationForm(request.POST)
    form.is_valid()
    user = user_of(request)
    try:
        _configure(repairer, form.cleaned_data, user, may_be_unchecked="unchecked" in request.POST)
    except CannotConfigure as refusal:
        for field, code in refusal.errors.items():
            form.add_error(field or None, sentence(code))
        context = {"form": form, "can_save_unchecked": refusal.can_save_unchecked}
        return _render(request, repairer, context, status=422)
    chosen.choose(request, repairer)
    sync.ask(repairer.pk, user)
    nudge(SYNC, repairer.pk)
    messages.success(
        request, _("%(repairer)s is configured; the first import begins.") % {"repairer": repairer}
    )
    return go_to(request, reverse("claims360:list"))


@sensitive_variables()
def _configure(repairer: Repairer, values: dict[str, str], user: User, *, may_be_unchecked: bool) -> None:
    """Save what was typed; unchecked only where that was clicked and Claims360 still can't be reached."""
    save = partial(
        credentials.configure,
        repairer.pk,
        values.get("bodyshop_id", ""),
        values.get("bodyshop_key", ""),
        values.get("planmanager_key", ""),
        user,
    )
    try:
        save()
    except CannotConfigure as refusal:
        if not (may_be_unchecked and refusal.can_save_unchecked):
            raise
        save(unchecked=True)


def _render(
    request: HttpRequest, repairer: Repairer, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    own = own_repairers(request, first=repairer.pk)
    context = {
        **context,
        "repairer": repairer,
        "repairers": own.repairers,
        "helpdesk": settings.HELPDESK_EMAIL,
    }
    if own.are_many:
        wanted = wanted_of(request)
        context |= {"are_many": True, "wanted": wanted, "found": _found(request, wanted)}
    fragments = {"other-repairers": "claims360/_other_repairers.html"}
    return render_page(request, "claims360/configure.html", context, fragments, status)


def _found(request: HttpRequest, wanted: str) -> QuerySet[Repairer]:
    """The first repairers of the user whose name has `wanted` in it; none for nothing."""
    rows = repairers_of(request.user).select_related("site").distinct()
    return rows.filter(name__icontains=wanted).order_by("name", "pk")[:FOUND] if wanted else rows.none()

"""Create and edit a dossier, set its status, comment on it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dossiers import services
from dossiers.forms import CommentForm, DossierForm, NewDossierForm
from dossiers.models.dossier import DossierStatus
from dossiers.views.access import own_dossier, user_of
from dossiers.views.answers import posted
from dossiers.views.dossier import back_to, show

REOPEN = "reopen"
form_page = require_http_methods(["GET", "HEAD", "POST"])


@form_page
def create(request: HttpRequest) -> HttpResponse:
    """A new dossier for one of the user's repairers."""
    form = NewDossierForm(posted(request), user=user_of(request))
    if not form.is_valid():
        return _form(request, form)
    dossier = services.create(form.cleaned_data["repairer"], form.values(), user_of(request))
    messages.success(request, _("Dossier %(number)s was created.") % {"number": dossier.pk})
    return back_to(dossier.pk)


@form_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The facts of a dossier; only what the user changed is written."""
    dossier = own_dossier(request, pk)
    form = DossierForm(posted(request), instance=dossier)
    if not form.is_valid():
        return _form(request, form)
    services.edit(dossier, form.changes(), user_of(request))
    messages.success(request, _("The dossier was saved."))
    return back_to(pk)


@require_POST
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Set one of the listed statuses, close, or reopen with the status from before closing."""
    dossier = own_dossier(request, pk)
    wanted = request.POST.get("status", "")
    if wanted == REOPEN:
        services.reopen(dossier, user_of(request))
    elif wanted in DossierStatus.values:
        services.set_status(dossier, wanted, user_of(request))
    else:
        messages.error(request, _("Choose one of the listed statuses."))
    return back_to(pk)


@require_POST
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    dossier = own_dossier(request, pk)
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show(request, dossier, 422, comment_form=form)
    services.add_comment(dossier, form.cleaned_data["text"], user_of(request))
    return back_to(pk, "comments")


def _form(request: HttpRequest, form: DossierForm) -> HttpResponse:
    context = {"form": form, "dossier": form.instance if form.instance.pk else None}
    return render(request, "dossiers/form.html", context, status=422 if form.is_bound else 200)

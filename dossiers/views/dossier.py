"""The page of a dossier, and the parts of it that htmx asks for again."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from dossiers import dossier_page
from dossiers.forms import CommentForm, PhotosForm
from dossiers.fragments import render_page
from dossiers.models import Dossier
from dossiers.models.dossier import DossierStatus
from dossiers.views.access import own_dossier

FRAGMENTS = {
    "photos": "dossiers/_photos.html",
    "photo-grid": "dossiers/_photo_grid.html",
    "transmissions": "dossiers/_transmissions.html",
}


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The dossier `pk`; 404 when it is another's."""
    return show(request, own_dossier(request, pk))


def show(request: HttpRequest, dossier: Dossier, status: int = 200, **forms: Any) -> HttpResponse:
    """The page of `dossier`; `forms` (comment_form, photos_form) are those that came with mistakes."""
    page = dossier_page.read(dossier)
    context = {
        "dossier": dossier,
        "page": page,
        "by_stage": request.GET.get("photos") == "stages",
        "statuses": DossierStatus.choices,
        "comment_form": CommentForm(),
        "photos_form": PhotosForm(),
        **forms,
    }
    response = render_page(request, "dossiers/dossier.html", context, FRAGMENTS, status)
    if request.htmx.target == "transmissions" and not page.is_sending:  # type: ignore[attr-defined]
        trigger_client_event(response, "photos-changed")  # what was sent is marked as such
    return response


def back_to(pk: int, anchor: str = "") -> HttpResponse:
    """After a deed: the page of the dossier, at one of its sections."""
    url = reverse("dossiers:detail", args=[pk])
    return redirect(f"{url}#{anchor}" if anchor else url)

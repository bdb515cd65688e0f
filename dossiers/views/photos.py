"""Photos: shown to those who may see their row, added to a dossier by staff."""

import logging
import textwrap
from typing import cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from dossiers import photo_page, uploads
from dossiers.contents import open_rendition
from dossiers.forms import CategoryForm, PhotosForm
from dossiers.models import Content, Dossier, Photo
from dossiers.photo_file import NotAPhoto
from dossiers.sentences import sentence
from dossiers.views.access import own_dossier, user_of
from dossiers.views.dossier import back_to, show
from repairers.access import own_row, visible

log = logging.getLogger(__name__)
FOREVER = "private, max-age=31536000, immutable"  # the URL names the content: other content, other URL


class CannotShow(Exception):
    """The photo is here, but can't be read at the moment; `code` is a sentence code."""

    code = "photo-away"


@require_safe
def page(request: HttpRequest, photo_pk: int) -> HttpResponse:
    """One photo, large, with what is known of it; the dialog shows the same over the whole screen."""
    photo = own_row(visible(_rows(), request.user), photo_pk)
    return _shown(request, photo)


def _shown(request: HttpRequest, photo: Photo) -> HttpResponse:
    if photo.content is None:
        raise Http404
    form = CategoryForm(initial={"category": photo.category}) if not photo.external_id else None
    context = {"photo": photo, "page": photo_page.read(photo), "category_form": form}
    response = render(request, "dossiers/photo.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_safe
def show_rendition(request: HttpRequest, photo_pk: int, size: str) -> HttpResponse:
    """The photo re-encoded without EXIF, `size` "thumb" or "large"; 404 until its content is here."""
    photo = own_row(visible(Photo.objects.select_related("content"), request.user), photo_pk)
    try:
        return rendition(request, photo, size)
    except CannotShow:
        return _away(request)


def _away(request: HttpRequest) -> HttpResponse:
    """A picture of the sentence that says so, for it stands where the photo would."""
    lines = textwrap.wrap(sentence(CannotShow.code), 24)
    response = render(
        request, "dossiers/photo_away.svg", {"lines": lines}, content_type="image/svg+xml", status=503
    )
    response["Cache-Control"], response["Retry-After"] = "no-store", "60"
    return response


def rendition(request: HttpRequest, photo: Photo, size: str) -> HttpResponse:
    """`photo`, which whoever asks may see, as a JPEG of `size`; 304 where it is there already.

    Raises Http404, and CannotShow where it can't be had now.
    """
    if photo.content is None:
        raise Http404
    etag = f'"{photo.content_id}-{size}"'
    unchanged = cast(HttpResponse | None, get_conditional_response(request, etag=etag))
    response = unchanged or _file(photo.content, size)
    response["ETag"] = etag
    response["Cache-Control"] = FOREVER
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
def categorise(request: HttpRequest, photo_pk: int) -> HttpResponse:
    """What a photo that was added here shows; one from outside keeps what it came with. Back to its page."""
    photo = own_row(visible(_rows().filter(external_id=""), request.user), photo_pk)
    form = CategoryForm(request.POST)
    if form.is_valid():
        photo.category = form.cleaned_data["category"]
        photo.save(update_fields=["category", "updated_at"])
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("dossiers:photo", photo.pk)
    return trigger_client_event(_shown(request, photo), "photos-changed")


def _rows() -> QuerySet[Photo]:
    return Photo.objects.select_related("content", "created_by", "dossier", "mission__dossier")


def _file(content: Content, size: str) -> HttpResponse:
    try:
        file = open_rendition(content, size)
    except NotAPhoto as reason:
        raise Http404 from reason
    except OSError as error:
        log.warning("A photo can't be shown: %s.", error.strerror or type(error).__name__)
        raise CannotShow from error
    return cast(HttpResponse, FileResponse(file, filename=f"{content.pk}.jpg", content_type="image/jpeg"))


@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the chosen files; each that is refused has its sentence at the field, the good ones are kept."""
    dossier = own_dossier(request, pk)
    form = PhotosForm(request.POST, request.FILES)
    added = _add_each(request, dossier, form) if form.is_valid() else 0
    if added:
        messages.success(request, ngettext("%(n)d photo added.", "%(n)d photos added.", added) % {"n": added})
    if not request.htmx:  # type: ignore[attr-defined]
        for told in form.errors.get("photos", ()):
            messages.error(request, str(told))  # the field is further down the page
    if form.errors or request.htmx:  # type: ignore[attr-defined]
        return show(
            request, dossier, 422 if form.errors else 200, photos_form=form if form.errors else PhotosForm()
        )
    return back_to(pk, "photos")


def _add_each(request: HttpRequest, dossier: Dossier, form: PhotosForm) -> int:
    return sum(_add_one(request, dossier, form, file) for file in form.cleaned_data["photos"])


def _told(form: PhotosForm) -> dict[str, str]:
    return {name: form.cleaned_data.get(name, "") for name in ("caption", "category")}


def _add_one(request: HttpRequest, dossier: Dossier, form: PhotosForm, file: UploadedFile) -> bool:
    try:
        uploads.add_photo(dossier, file, user_of(request), **_told(form))
    except uploads.CannotAdd as refusal:
        form.add_error(
            "photos", _("%(file)s: %(reason)s") % {"file": file.name, "reason": sentence(refusal.code, {})}
        )
        return False
    return True

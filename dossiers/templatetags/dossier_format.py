"""How dossiers, amounts and codes are written in templates."""

from typing import Any

from django import template
from django.urls import reverse

from dossiers import formats, words
from dossiers.models import Photo
from dossiers.sentences import sentence as sentence_of

register = template.Library()

register.filter("euro", formats.euro)
register.filter("number", formats.number)
register.filter("labelled", formats.labelled)
register.filter("up_to_limit", formats.up_to_limit)
register.filter("km", formats.kilometres)
register.filter("moment", formats.moment)
register.filter("when", formats.when)
register.filter("quote_status", words.quote_status)
register.filter("mission_status", words.mission_status)
register.filter("line_kind", words.line_kind)
register.filter("total_name", words.total_name)
register.filter("entity_kind", words.entity_kind)
register.filter("photo_category", words.photo_category)
register.filter("photo_origin", words.photo_origin)


@register.filter
def sentence(code: str, args: dict[str, Any] | None = None) -> str:
    """The sentence of a code of `dossiers.sentences`: {{ mission.reason|sentence:mission.reason_args }}."""
    return sentence_of(code, args or {}) if code else ""


@register.filter
def plain(value: Any) -> str:
    """A number as it is, without separators: {{ dossier.pk|plain }} for numbers, ids and form values."""
    return str(value)


@register.filter
def thumb_url(photo: Photo) -> str:
    """Where the small picture of `photo` is; other content, other URL: browsers keep it for a year."""
    return _rendition_url("dossiers:thumb", photo)


@register.filter
def large_url(photo: Photo) -> str:
    """Where the large picture of `photo` is."""
    return _rendition_url("dossiers:large", photo)


def _rendition_url(name: str, photo: Photo) -> str:
    return f"{reverse(name, args=[photo.pk])}?v={(photo.content_id or '')[:12]}"

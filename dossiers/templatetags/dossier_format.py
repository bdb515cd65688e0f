"""How dossiers, amounts and codes are written in templates."""

from typing import Any

from django import template

from dossiers import formats
from dossiers.sentences import sentence as sentence_of

register = template.Library()

register.filter("euro", formats.euro)
register.filter("number", formats.number)
register.filter("km", formats.kilometres)


@register.filter
def sentence(code: str, args: dict[str, Any] | None = None) -> str:
    """The sentence of a code of `dossiers.sentences`: {{ mission.reason|sentence:mission.reason_args }}."""
    return sentence_of(code, args or {}) if code else ""


@register.filter
def plain(value: Any) -> str:
    """A number as it is, without separators: {{ dossier.pk|plain }} for numbers, ids and form values."""
    return str(value)

"""The lists of admin on a narrow screen, where each row becomes a card."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

register = template.Library()
CELL = re.compile(r"<t[dh]")
EMPTY = re.compile(r"<t[dh][^>]*>[-–]?</t[dh]>")


@register.filter
def labelled(cells: Iterable[str], headings: Iterable[Mapping[str, Any]]) -> list[SafeString]:
    """The cells of a row, each with the heading of its column, which a card shows above it.

    A box to tick has none, and what is empty has no place in a card.
    """
    return [_labelled(cell, heading) for cell, heading in zip(cells, headings, strict=False)]


def _labelled(cell: str, heading: Mapping[str, Any]) -> SafeString:
    html = conditional_escape(cell)
    if "action-checkbox" in heading["class_attrib"]:
        return html
    label = format_html(' data-label="{}"', capfirst(heading["text"])) + " data-empty" * bool(
        EMPTY.fullmatch(html)
    )
    return mark_safe(CELL.sub(lambda begin: f"{begin[0]}{label}", html, count=1))  # noqa: S308 (escaped above)

"""CLAIMS360_ENABLED, INFORMEX_QUEING, INFORMEX_EXCLUDES: options of the whole database, edited in admin."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from constance.utils import get_values, get_values_for_keys
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from dossiers.intake.rules import Queueing, Rule, RuleError, parse_rules
from dossiers.sentences import sentence

CHOICES = [
    (Queueing.OFF.value, _("nothing waits: everything goes straight to a dossier")),
    (Queueing.MISSIONS.value, _("missions wait, quotes go straight to their dossier")),
    (Queueing.QUOTES.value, _("quotes wait, missions go straight to a dossier")),
    (Queueing.ALL.value, _("missions and quotes wait")),
]
OLD_VALUES = {"0": "off", "1": "all", "false": "off", "true": "all"}  # as Winformex II knew the option


@dataclass(frozen=True, slots=True)
class Options:
    """The options as read at one moment; `digest` names the queueing and rules of a verdict."""

    claims360_enabled: bool
    queueing: Queueing
    excludes: tuple[Rule, ...]
    digest: str


def read_options() -> Options:
    """The options as they now stand, in one statement.

    A rule that was stored past the form and can't be read excludes nothing: a mission too many in the queue does
    less harm than a link that stands still.
    """
    values = get_values()
    return options_from(
        {**values, "INFORMEX_EXCLUDES": "\n".join(_readable(str(values["INFORMEX_EXCLUDES"])))}
    )


def options_from(values: Mapping[str, Any]) -> Options:
    """Options of plain `values` by their upper-case names. Raises RuleError for a line that is no rule."""
    queueing, text = _queueing_or_default(values["INFORMEX_QUEING"]), values["INFORMEX_EXCLUDES"]
    digest = hashlib.sha256(f"{queueing.value}\n{text}".encode()).hexdigest()[:16]
    return Options(bool(values["CLAIMS360_ENABLED"]), queueing, parse_rules(text), digest)


def claims360_enabled() -> bool:
    """Whether Claims360 is active for this database; for those who need no more than that."""
    return bool(get_values_for_keys(["CLAIMS360_ENABLED"])["CLAIMS360_ENABLED"])


def enabled_for(request: HttpRequest) -> bool:
    """The same, read once a request."""
    if not hasattr(request, "claims360_enabled"):
        request.claims360_enabled = claims360_enabled()  # type: ignore[attr-defined]
    return bool(request.claims360_enabled)  # type: ignore[attr-defined]


def read_queueing(value: Any) -> Queueing:
    """The queueing of a stored or posted value; an old 0 or 1 reads as off or all. Raises ValueError."""
    text = str(value).strip().lower()
    return Queueing(OLD_VALUES.get(text, text))


def _queueing_or_default(value: Any) -> Queueing:
    try:
        return read_queueing(value)
    except ValueError:
        return Queueing.MISSIONS


def _readable(text: str) -> list[str]:
    return [line for line in text.splitlines() if _is_rule(line)]


def _is_rule(line: str) -> bool:
    try:
        parse_rules(line)
    except RuleError:
        return False
    return True


class QueueingField(forms.ChoiceField):
    """INFORMEX_QUEING, in words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=CHOICES, **kwargs)

    def prepare_value(self, value: Any) -> str:
        try:
            return read_queueing(value).value
        except ValueError:
            return str(value)

    def to_python(self, value: Any) -> str:
        return self.prepare_value(super().to_python(value))


class ExcludesField(forms.CharField):
    """INFORMEX_EXCLUDES: a wrong line is refused, with its number and why."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 10, "cols": 80, "spellcheck": "false"})
        # Not stripped: an empty line at the beginning counts in the numbers.
        super().__init__(widget=widget, strip=False, max_length=20_000, **kwargs)

    def clean(self, value: Any) -> str:
        text: str = "\n".join(super().clean(value).splitlines())
        try:
            parse_rules(text)
        except RuleError as error:
            raise ValidationError(rule_error(error), code=error.code) from None
        return text


def rule_error(error: RuleError) -> str:
    """Line and reason of a wrong rule, in the language of the moment."""
    why = sentence(error.code, {"detail": error.detail})
    return str(_("Line %(number)d: %(why)s")) % {"number": error.line_number, "why": why}

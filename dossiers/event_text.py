"""A line of the history in words, in the language of the page."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import facts, formats
from dossiers.models import Dossier, Event
from dossiers.models.dossier import DossierStatus
from dossiers.models.order import OrderState
from dossiers.sentences import verb


def text(event: Event) -> str:
    """What happened, as a sentence; the codes in the event's arguments become words."""
    return verb(event.verb, words(event.args))


def who(event: Event) -> str:
    """The name of the person, or that nobody did it by hand."""
    return event.actor_name or _("automatically")


def fact_label(name: str) -> str:
    """What the fact `name` is called on the page."""
    return str(LABELS.get(name, name))


def words(args: dict[str, Any]) -> dict[str, Any]:
    """`args` with words for the codes in it; what has none stays."""
    named = {name: WRITERS[name](value) if name in WRITERS else value for name, value in args.items()}
    for name in {"own", "theirs"} & args.keys():
        named[name] = _fact_value(args.get("fact", ""), args[name])
    return named


LABELS = {
    field.name: field.verbose_name for field in Dossier._meta.concrete_fields if field.name in facts.NAMES
}


def _fact_value(name: str, value: Any) -> str:
    return formats.fact(name, facts.from_json({name: value}).get(name, value))


def _labels(names: list[str]) -> str:
    return ", ".join(fact_label(name) for name in names)


def _status(code: str) -> str:
    return str(dict(DossierStatus.choices).get(code, code))


def _exported(name: str) -> str:
    return str(EXPORTED.get(name, name))


def _order_state(code: str) -> str:
    return str(dict(OrderState.choices).get(code, code))


EXPORTED = {
    "dossiers": gettext_lazy("dossiers"),
    "missions": gettext_lazy("missions"),
    "quotes": gettext_lazy("quotes"),
    "set-aside": gettext_lazy("records kept aside"),
    "synchronisations": gettext_lazy("synchronisations"),
}
WRITERS: dict[str, Callable[[Any], str]] = {
    "fields": _labels,
    "fact": fact_label,
    "from": _status,
    "to": _status,
    "state": _order_state,
    "parts": ", ".join,
    "what": _exported,
    "form": str.upper,
    "mileage": formats.number,
}

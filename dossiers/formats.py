"""How values are written for people, in the language of the page."""

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers import damage_zones
from dossiers.facts import is_empty
from dossiers.paging import LIMIT
from dossiers.quote_diff import decimal_of

NOTHING = "\N{EN DASH}"
CENT = Decimal("0.01")
NBSP = "\N{NO-BREAK SPACE}"
LANGUAGES = {
    "fr": gettext_lazy("French"),
    "nl": gettext_lazy("Dutch"),
    "de": gettext_lazy("German"),
    "en": gettext_lazy("English"),
}
FUELS = {  # as Claims360 sends them; what somebody typed, or another word of it, stays as it is
    "petrol": gettext_lazy("petrol"),
    "diesel": gettext_lazy("diesel"),
    "hybrid": gettext_lazy("hybrid"),
    "electric": gettext_lazy("electric"),
    "lpg": gettext_lazy("LPG"),
    "cng": gettext_lazy("CNG"),
}


def euro(amount: Decimal | str | None, currency: str = "EUR") -> str:
    """An amount as "2 202,20 €", to the cent; a text that is no number as it came, nothing as a dash."""
    value = decimal_of(amount)
    if value is None:
        return str(amount) if amount else NOTHING
    sign = "€" if currency == "EUR" else currency
    cents = value.quantize(CENT, ROUND_HALF_UP)
    return f"{number_format(cents, 2, force_grouping=True)}{NBSP}{sign}"


def number(value: Decimal | str | float | None) -> str:
    """A number without idle zeros: "1.00" gives "1"."""
    known = decimal_of(value)
    if known is None:
        return str(value) if value else NOTHING
    plain = f"{known:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return number_format(Decimal(plain), force_grouping=True)


def labelled(label: Any, said: Any) -> str:
    """ "label: said", with the space before the colon that French has."""
    return _("%(label)s: %(said)s") % {"label": label, "said": said}


def up_to_limit(count: int) -> str:
    """A count as the lists know it: "10 000+" beyond their limit."""
    return f"{number(LIMIT)}+" if count > LIMIT else number(count or "0")


def kilometres(value: int | None) -> str:
    return NOTHING if value is None else f"{number(value)}{NBSP}km"


def moment(value: dt.datetime | dt.date | None) -> str:
    """A date, with the time of day in Brussels where there is one."""
    if isinstance(value, dt.datetime):
        return date_format(timezone.localtime(value), "SHORT_DATETIME_FORMAT")
    return date_format(value, "SHORT_DATE_FORMAT") if value else NOTHING


def when(value: dt.datetime | None) -> str:
    """The time of day in Brussels alone where it is today, else with its date."""
    if value is None:
        return NOTHING
    local = timezone.localtime(value)
    return date_format(local, "TIME_FORMAT") if local.date() == timezone.localdate() else moment(local)


def fact(name: str, value: Any) -> str:
    """The fact `name` (of `dossiers.facts`) as people read it, with its unit; a dash where it is empty."""
    if is_empty(value):
        return NOTHING
    return WRITERS.get(name, str)(value)


def _unit(unit: str) -> Callable[[Any], str]:
    return lambda value: f"{number(value)}{NBSP}{unit}"


def _zones(zones: list[str]) -> str:
    return ", ".join(damage_zones.label(zone) for zone in zones)


def _language(code: str) -> str:
    return str(LANGUAGES.get(code.lower(), code))


def _fuel(code: str) -> str:
    return str(FUELS.get(code.lower(), code))


WRITERS: dict[str, Callable[[Any], str]] = {
    "deductible": euro,
    "vat_recoverable_pct": _unit("%"),
    "power_kw": _unit("kW"),
    "displacement_cc": _unit("cc"),
    "mileage": kilometres,
    "first_registered_on": moment,
    "occurred_on": moment,
    "inspection_at": moment,
    "damage_zones": _zones,
    "owner_language": _language,
    "fuel": _fuel,
}

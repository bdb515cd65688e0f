"""What a dossier and a mission both know of a repair, and how these facts are written as JSON.

Facts travel as a dict from name to value. A name that is absent says nothing; None says "known to be empty".
"""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

Facts = dict[str, Any]

TEXTS = (
    "plate",
    "make",
    "model",
    "vin",
    "fuel",
    "owner_number",
    "owner_name",
    "owner_phone",
    "owner_email",
    "owner_address",
    "owner_language",
    "insurer_code",
    "insurer_name",
    "expert_name",
    "expert_office",
    "expert_phone",
    "expert_email",
    "claim_number",
    "policy_number",
    "circumstances",
)
PARSERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXTS, str),
    "power_kw": int,
    "displacement_cc": int,
    "mileage": int,
    "first_registered_on": dt.date.fromisoformat,
    "occurred_on": dt.date.fromisoformat,
    "inspection_at": dt.datetime.fromisoformat,
    "deductible": Decimal,
    "vat_recoverable_pct": Decimal,
    "damage_zones": list,
}
NAMES = tuple(PARSERS)


def is_empty(value: Any) -> bool:
    """Whether a fact's value says nothing: None, an empty text or an empty list. 0 is a value."""
    return value is None or value in ("", [])


def to_json(facts: Mapping[str, Any]) -> Facts:
    """`facts` with dates, times and amounts as text, fit for a JSON column."""
    plain: Facts = msgspec.to_builtins(facts)
    return plain


def from_json(facts: Mapping[str, Any]) -> Facts:
    """The facts that `to_json` wrote, with their types again; names that are no facts are left out."""
    return {
        name: None if value is None else PARSERS[name](value)
        for name, value in facts.items()
        if name in PARSERS
    }


def empty(name: str) -> Any:
    """What an empty fact is in a dossier's column: "" for texts, [] for lists, None for the rest."""
    if name in TEXTS:
        return ""
    return [] if name == "damage_zones" else None


def plain(value: Any) -> Any:
    """One value as JSON holds it: dates and times in ISO form, amounts as text."""
    return msgspec.to_builtins(value)

"""An answer without what is personal: its shape, its words from lists, its sums and its times stay.

What is not named here is masked letter by letter, so that a plate stays a plate; so is all of an object that nobody
knows. Ids become new ones, the same for the same.
"""

import hashlib
import re
from typing import Any

RECORD = {
    "version", "status", "previous_status", "task_code", "smart_expertise", "supplement", "currency", "vat_rate",
    "category", "source", "sequence", "bytes", "mime", "width", "height", "damage_zones", "created_at", "captured_at",
    "inspection_at",
}  # fmt: skip
# By the name of the object in which it stands, "" being the whole answer.
KEPT: dict[str, set[str]] = {
    "": {*RECORD, "has_more", "key_scope", "code", "received_at"},
    "items": {"seq", "entity", "op", "version", "changed_at"},
    "data": RECORD,
    "claim": {"deductible", "vat_recoverable_pct"},
    "owner": {"language"},
    "vehicle": {"power_kw", "displacement_cc", "fuel"},
    "comments": {"at"},
    "lines": {
        "position", "kind", "code", "quantity", "unit_price", "hours", "hourly_rate", "discount_pct", "amount",
    },
    "totals": {"parts", "labour", "paint", "misc", "net", "vat", "gross"},
}  # fmt: skip
IDS = {"id", "mission_id", "bodyshop_id", "correlation_id"}
WORD = re.compile(r"[\w.:/+-]{0,64}")  # of a list, a sum, a time; nobody's sentence
DATE, OTHER_DATE = re.compile(r"\d{4}-\d\d-\d\d"), "2001-02-03"
LETTER, DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")


class Mask:
    """Masks answers that belong together: one id is the same in all of them."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def masked(self, value: Any, parent: str = "", name: str = "") -> Any:
        """`value`, which stands under `name` in an object of the name `parent`, without what is personal."""
        if isinstance(value, dict):
            return {key: self.masked(one, name, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.masked(one, parent, name) for one in value]
        if value is None or isinstance(value, bool):
            return value
        is_kept = name in KEPT.get(parent, set())
        if isinstance(value, str):
            return value if is_kept and WORD.fullmatch(value) else self._text(value, name)
        return value if is_kept else type(value)(0)

    def _text(self, value: str, name: str) -> str:
        if name in IDS:
            return self._ids.setdefault(value, f"id-{len(self._ids) + 1}")
        if name == "sha256":
            return hashlib.sha256(self._ids.setdefault(value, f"{len(self._ids)}").encode()).hexdigest()
        if DATE.fullmatch(value):
            return OTHER_DATE
        return LETTER.sub(_same_case, DIGIT.sub("0", value))


def _same_case(letter: re.Match[str]) -> str:
    return "X" if letter[0].isupper() else "x"

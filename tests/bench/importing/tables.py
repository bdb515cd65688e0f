"""What the bare loop writes of each change, and where: no thought but the taking apart of a record."""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = dict[str, Any]
Row = tuple[Any, ...]
DOCUMENTS = ("facts", "lines", "totals")
NOW = dt.datetime.now(dt.UTC).isoformat()


@dataclass(frozen=True)
class Table:
    """`constant`: columns that have the same value in every row."""

    name: str
    entity: str
    key: str
    own: tuple[str, ...]
    row: Callable[[Change], Row]
    constant: tuple[tuple[str, Any], ...] = ()

    @property
    def is_own(self) -> bool:
        return not self.name.startswith("dossiers_")

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.own, *(name for name, _ in self.constant))

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    @property
    def typed(self) -> str:
        return ", ".join(f"{name} {'jsonb' if name in DOCUMENTS else 'text'}" for name in self.columns)

    @property
    def or_update(self) -> str:
        changes = ", ".join(f"{name} = excluded.{name}" for name in self.own)
        return f"ON CONFLICT ({self.key}) DO UPDATE SET {changes}"

    def rows(self, items: list[Change]) -> Iterator[Row]:
        rest = tuple(value for _, value in self.constant)
        return ((*self.row(item), *rest) for item in items if item["entity"] == self.entity)


def number(key: str) -> int:
    """The number in an id of the feed, for the tables whose rows are numbered."""
    return int(key.partition("-")[2]) + 1


def _mission(item: Change) -> Row:
    data = item["data"]
    vehicle, claim = data["vehicle"], data["claim"]
    known = (vehicle["plate"], data["owner"]["name"], data["insurer"]["name"], claim["number"])
    return (item["id"], item["version"], data["number"], data["status"], *known, json.dumps(data))


def _quote(item: Change) -> Row:
    data = item["data"]
    gross = data["totals"]["gross"]
    return (item["id"], item["mission_id"], item["version"], data["number"], data["status"], gross)


def _version(item: Change) -> Row:
    data = item["data"]
    documents = json.dumps(data["lines"]), json.dumps(data["totals"])
    return (item["id"], item["version"], data["status"], *documents)


def _product_mission(item: Change) -> Row:
    data = item["data"]
    vehicle, claim, owner = data["vehicle"], data["claim"], data["owner"]
    texts = (vehicle["plate"], vehicle["make"], vehicle["model"], owner["name"], owner["customer_number"])
    keys = (vehicle["plate"], data["number"], vehicle["vin"], claim["number"])
    words = (owner["name"], vehicle["make"], vehicle["model"])
    received = (item["version"], data["number"], data["status"], data["task_code"], data["smart_expertise"])
    documents = (json.dumps(data), json.dumps(data["comments"]))
    return (
        number(item["id"]),
        item["id"],
        *received,
        *documents,
        *texts,
        data["insurer"]["name"],
        *keys,
        *words,
        item["changed_at"],
    )


def _product_quote(item: Change) -> Row:
    data = item["data"]
    said = (data["number"], item["version"], data["supplement"], data["status"], data["status_label"])
    return (
        number(item["id"]),
        item["id"],
        number(item["mission_id"]),
        *said,
        data["currency"],
        data["totals"]["gross"],
    )


def _product_version(item: Change) -> Row:
    data = item["data"]
    said = (data["supplement"], data["status"], data["previous_status"], data["status_label"])
    documents = (json.dumps(data["lines"]), json.dumps(data["totals"]))
    key = number(item["id"])
    return (
        key,
        key,
        item["version"],
        *said,
        data["currency"],
        data["vat_rate"],
        *documents,
        item["changed_at"],
    )


OWN = (
    Table(
        "missions",
        "mission",
        "external_id",
        ("external_id", "version", "number", "status", "plate", "owner", "insurer", "claim", "facts"),
        _mission,
    ),
    Table(
        "quotes",
        "quote",
        "external_id",
        ("external_id", "mission", "version", "number", "status", "gross"),
        _quote,
    ),
    Table(
        "quote_versions",
        "quote",
        "external_id, version",
        ("external_id", "version", "status", "lines", "totals"),
        _version,
    ),
)
OF_BOTH = (("repairer_id", 1), ("source", "claims360"), ("received_at", NOW), ("updated_at", NOW))
PRODUCT = (
    Table(
        "dossiers_mission",
        "mission",
        "repairer_id, source, external_id",
        (
            *("id", "external_id", "version", "number", "status", "task_code", "smart_expertise"),
            *("facts", "comments", "plate", "make", "model", "owner_name", "owner_number", "insurer_name"),
            *("plate_key", "number_key", "vin_key", "claim_key", "owner_words", "make_words", "model_words"),
            "changed_at",
        ),
        _product_mission,
        (
            *OF_BOTH,
            *(("digest", "0" * 64), ("rules_digest", "0" * 16), ("notes", "{}"), ("reason_args", "{}")),
            *(("state", "waiting"), ("reason", "queueing"), ("changed_since_denied", False)),
            *(("applied", "{}"), ("is_apart", False)),
        ),
    ),
    Table(
        "dossiers_quote",
        "quote",
        "repairer_id, source, external_id",
        (
            *("id", "external_id", "mission_id", "number", "version", "supplement", "status"),
            *("status_label", "currency", "gross"),
        ),
        _product_quote,
        (*OF_BOTH, ("state", "follows"), ("reason", ""), ("reason_args", "{}")),
    ),
    Table(
        "dossiers_quoteversion",
        "quote",
        "quote_id, version",
        (
            *("id", "quote_id", "version", "supplement", "status", "previous_status", "status_label"),
            *("currency", "vat_rate", "lines", "totals", "changed_at"),
        ),
        _product_version,
        (("notes", "{}"), ("digest", "0" * 64), ("received_at", NOW)),
    ),
)

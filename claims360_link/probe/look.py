"""What one body shop's keys get: each call that reads, once. Nothing is sent, for that may cost a fee."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from claims360_link import reading, unknown
from claims360_link.client import Answer, Claims360Client
from claims360_link.errors import Claims360Error
from claims360_link.payloads import ENTITIES, Unreadable
from claims360_link.probe.contract import differences

PAGE = 50  # items
PROBLEM = "Problem"


@dataclass(frozen=True, slots=True)
class Look:
    """One answer: `name` of the call, how it came, what is in it as JSON, and where that is not as expected."""

    name: str
    told: str
    document: Any = None
    differs: list[str] = field(default_factory=list)


def look(reader: Claims360Client, returner: Claims360Client | None = None) -> Iterator[Look]:
    """Everything that the PlanManager key (`reader`) reads, and whose the bodyshop key (`returner`) is."""
    yield _look(reader, "whoami", "/whoami", "Whoami")
    if returner is not None:
        yield _look(returner, "whoami-bodyshop", "/whoami", "Whoami")
    page = _look(reader, "changes", "/changes", "ChangesPage", {"limit": str(PAGE)})
    yield page
    items = page.document.get("items", []) if isinstance(page.document, dict) else []
    missions = [item.get("mission_id") for item in items if isinstance(item, dict)]
    if missions and isinstance(missions[-1], str):
        path = f"/missions/{quote(missions[-1], safe='')}"
        yield _look(reader, "mission", path, "Mission")
        yield _look(reader, "quotes", f"{path}/quotes", "Quote")
        yield _look(reader, "photos", f"{path}/photos", "Photo")
    yield _look(reader, "changes-unknown-cursor", "/changes", PROBLEM, {"cursor": "no-cursor-of-yours"})


def _look(
    client: Claims360Client, name: str, path: str, schema: str, params: dict[str, str] | None = None
) -> Look:
    try:
        answer = client.look(path, params)
    except Claims360Error as error:
        return Look(name, f"no answer: {error}")
    told = f"{answer.status} {answer.kind}, {len(answer.body)} bytes, {answer.seconds * 1000:.0f} ms"
    try:
        document = json.loads(answer.body)
    except ValueError:
        return Look(name, told, None, ["no JSON"])
    wanted = schema if answer.status == 200 else PROBLEM
    return Look(name, told, document, list(_differs(answer, wanted, document)))


def _differs(answer: Answer, schema: str, document: Any) -> Iterator[str]:
    for one in document if isinstance(document, list) else [document]:
        yield from differences(schema, one)
        yield from (f"unknown: {place} {word}".rstrip() for place, word in _unknown(schema, one))
    if schema == "ChangesPage" and answer.status == 200:
        yield from _unread(answer.body)


def _unknown(schema: str, document: Any) -> set[tuple[str, str]]:
    if schema == "ChangesPage" and isinstance(document, dict):
        return {found for item in document.get("items") or [] for found in unknown.unknown_in(item)}
    kind = ENTITIES.get(schema.lower())
    return set(unknown.unknown_of(kind, document, schema.lower())) if kind else set()


def _unread(body: bytes) -> Iterator[str]:
    """What our own reader makes of it: records that it would set aside, and fields that it would leave empty."""
    try:
        page = reading.read_page(body)
    except Claims360Error as error:
        yield f"not read as a page: {error}"
        return
    for record in page.unreadable:
        yield f"set aside ({record.reason}): {_place(record)}"
    for change in page.changes:
        yield from (f"left empty: {change.entity}.{name.removeprefix('data.')}" for name in change.notes)


def _place(record: Unreadable) -> str:
    return f"{record.entity or 'record'}.{record.field.removeprefix('data.')}"

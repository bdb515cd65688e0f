"""What the wire carries: read whole where it can be; what can't be read is noted, or sets its record aside."""

import datetime as dt
import json
from typing import Any

import msgspec
import pytest

from claims360_link import payloads, reading
from claims360_link.errors import UnreadableAnswer

SHA = "a" * 64
DATA: dict[str, dict[str, Any]] = {
    "mission": {"id": "m1", "number": "2026/1", "vehicle": {"plate": "1-ABC-234", "mileage": 81000}},
    "quote": {
        "id": "q1",
        "mission_id": "m1",
        "number": "2026/1-1",
        "version": 3,
        "status": "submitted",
        "lines": [{"amount": "10.00", "kind": "part"}],
        "totals": {"gross": "12.10"},
    },
    "photo": {"id": "p1", "mission_id": "m1", "sha256": SHA, "bytes": 10},
}
IDS = {"mission": "m1", "quote": "q1", "photo": "p1"}


def item(entity: str = "mission", op: str = "upsert", **more: Any) -> dict[str, Any]:
    found = {
        "seq": "1",
        "entity": entity,
        "op": op,
        "id": IDS.get(entity, "x"),
        "mission_id": "m1",
        "version": 3,
        "changed_at": "2026-03-01T08:00:00Z",
        "data": DATA.get(entity) if op == "upsert" else None,
    }
    return {**found, **more}


def with_data(entity: str, **data: Any) -> dict[str, Any]:
    return item(entity, data={**DATA[entity], **data})


def page(*items: Any) -> payloads.Page:
    return reading.read_page(json.dumps({"items": items, "next_cursor": "c", "has_more": False}).encode())


def one(raw: Any) -> payloads.Change:
    read = page(raw)
    assert read.unreadable == []
    return read.changes[0]


def hurt(raw: Any) -> payloads.Unreadable:
    read = page(raw)
    assert read.changes == []
    return read.unreadable[0]


@pytest.mark.parametrize("entity", ["mission", "quote", "photo"])
def test_reads_and_deletes(entity: str) -> None:
    read = one(item(entity))
    assert (read.entity, read.id, read.mission_id, read.version) == (entity, IDS[entity], "m1", 3)
    assert read.changed_at == dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC)
    assert (read.notes, read.data is None) == ({}, False)
    assert one(item(entity, "delete")).data is None


def test_unknown_fields_and_values_are_taken() -> None:
    read = one(with_data("mission", status="awaiting_robot", weather={"hail": True}) | {"new": [1]})
    assert isinstance(read.data, payloads.Mission)
    assert (read.data.status, read.notes) == ("awaiting_robot", {})


@pytest.mark.parametrize(
    ("raw", "reason", "field"),
    [
        ("text", "envelope", ""),
        (None, "envelope", ""),
        ([], "envelope", ""),
        (item(version="last"), "envelope", "version"),
        (item(version=True), "envelope", "version"),
        (item(version=0), "envelope", "version"),
        (item(version=2**31), "envelope", "version"),
        (item(version=1.5), "envelope", "version"),
        (item(entity="invoice"), "envelope", "entity"),
        (item(op="replace"), "envelope", "op"),
        (item(id=""), "envelope", "id"),
        (item(id=None), "envelope", "id"),
        (item(id="x" * 121), "envelope", "id"),
        (item(mission_id=7), "envelope", "mission_id"),
        (item(data="see attachment"), "data", "data"),
        (item(data=None), "data", "data"),
        (with_data("mission", id="m2"), "id", "data.id"),
        (with_data("mission", number=None), "number", "data.number"),
        (with_data("mission", number=5), "number", "data.number"),
        (with_data("quote", version=2), "envelope", "data.version"),
        (with_data("quote", mission_id="m2"), "id", "data.mission_id"),
        (with_data("quote", totals={"gross": "1.234,50"}), "amount", "data.totals.gross"),
        (with_data("quote", totals={"gross": 12.1}), "amount", "data.totals.gross"),
        (with_data("quote", totals={"net": "1e3"}), "amount", "data.totals.net"),
        (with_data("quote", lines=[{"amount": "10.00"}, {"amount": "ten"}]), "amount", "data.lines.1.amount"),
        (with_data("quote", lines=[{"kind": "part"}]), "amount", "data.lines.0.amount"),
        (with_data("quote", lines=["part"]), "amount", "data.lines.0"),
        (with_data("quote", lines="none"), "amount", "data.lines"),
        (with_data("photo", sha256="A" * 64), "hash", "data.sha256"),
        (with_data("photo", sha256=None), "hash", "data.sha256"),
    ],
)
def test_what_sets_a_record_aside(raw: Any, reason: str, field: str) -> None:
    read = hurt(raw)
    assert (read.reason, read.field, read.raw) == (reason, field, raw)


@pytest.mark.parametrize(
    ("raw", "notes"),
    [
        (
            with_data("mission", inspection_at="0000-13-45T99:00:00Z"),
            {"data.inspection_at": "0000-13-45T99:00:00Z"},
        ),
        (
            with_data("mission", inspection_at="0001-01-01T00:00:00Z"),
            {"data.inspection_at": "0001-01-01T00:00:00Z"},
        ),
        (with_data("mission", claim={"occurred_on": "31/02/2026"}), {"data.claim.occurred_on": "31/02/2026"}),
        (with_data("mission", claim={"occurred_on": "0000-01-01"}), {"data.claim.occurred_on": "0000-01-01"}),
        (with_data("mission", claim={"deductible": 250}), {"data.claim.deductible": "250"}),
        (with_data("mission", vehicle={"plate": "P" * 60}), {"data.vehicle.plate": "P" * 60}),
        (with_data("mission", vehicle={"mileage": -1}), {"data.vehicle.mileage": "-1"}),
        (with_data("mission", vehicle={"mileage": "81000"}), {"data.vehicle.mileage": '"81000"'[1:-1]}),
        (with_data("mission", owner="Jan"), {"data.owner": "Jan"}),
        (with_data("mission", owner={"name": "n" * 300}), {"data.owner.name": "n" * 200}),
        (with_data("mission", comments=["hello"]), {"data.comments.0": "hello"}),
        (with_data("mission", damage_zones="front"), {"data.damage_zones": "front"}),
        (with_data("photo", captured_at="soon"), {"data.captured_at": "soon"}),
        (item(changed_at="yesterday"), {"changed_at": "yesterday"}),
    ],
)
def test_what_is_only_noted(raw: Any, notes: dict[str, str]) -> None:
    assert one(raw).notes == notes


def test_a_bad_field_leaves_its_neighbours() -> None:
    read = one(with_data("mission", vehicle={"plate": "P" * 60, "make": "Audi", "mileage": 0}))
    assert isinstance(read.data, payloads.Mission) and isinstance(read.data.vehicle, payloads.Vehicle)
    assert (read.data.vehicle.make, read.data.vehicle.mileage) == ("Audi", 0)


def test_times_without_a_zone_are_of_brussels() -> None:
    read = one(with_data("mission", inspection_at="2026-07-01T10:00:00"))
    assert isinstance(read.data, payloads.Mission)
    assert read.data.inspection_at == dt.datetime(2026, 7, 1, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b'"text"',
        b'{"items": 5, "next_cursor": "c", "has_more": false}',
        b'{"items": [], "has_more": false}',
        b'{"items": [], "next_cursor": "c"',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_page_that_is_none(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        reading.read_page(body)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_numbers_that_are_none_hurt_their_record_only(number: str) -> None:
    raw = json.dumps(
        {"items": [item(), with_data("quote", extra="@")], "next_cursor": "c", "has_more": False}
    )
    read = reading.read_page(raw.replace('"@"', number).replace('"81000"', number).encode())
    assert [change.entity for change in read.changes] == ["mission", "quote"]
    json.dumps([msgspec.to_builtins(change.data) for change in read.changes], allow_nan=False)


def test_what_postgresql_cannot_hold_is_left_out() -> None:
    body = json.dumps(
        {"items": [with_data("mission", owner={"name": "a@b"})], "next_cursor": "c", "has_more": False}
    )
    for bad in ("\\u0000", "\\ud800"):
        read = reading.read_page(body.replace("@", bad).encode()).changes[0]
        assert isinstance(read.data, payloads.Mission) and isinstance(read.data.owner, payloads.Owner)
        assert read.data.owner.name == "ab"
        assert json.dumps(msgspec.to_builtins(read.data), ensure_ascii=False).encode()


def test_whoami_and_receipts() -> None:
    me = reading.read_whoami(b'{"bodyshop_id": "1", "name": "X", "key_scope": "bodyshop", "more": 1}')
    assert (me.bodyshop_id, me.key_scope) == ("1", "bodyshop")
    assert reading.read_receipt(b'{"mission_id": "m1"}').mission_id == "m1"
    for body in (b"{}", b'{"mission_id": ""}', b'{"mission_id": null}'):
        with pytest.raises(UnreadableAnswer):
            reading.read_receipt(body)

"""Wire record -> intake record."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from claims360_link import mapping, payloads
from tests.link.test_payloads import DATA, hurt, item, one, with_data


def mission(**data: Any) -> Any:
    return mapping.mission_record(one(with_data("mission", **data)))


def test_a_whole_mission() -> None:
    record = mission(
        task_code="EXP",
        status="accepted",
        smart_expertise=True,
        inspection_at="2026-03-02T09:00:00Z",
        insurer={"code": "ETH", "name": "Ethias"},
        expert={"name": "E", "office": "O", "phone": "P", "email": "M"},
        claim={
            "number": "C1",
            "policy_number": "PO",
            "occurred_on": "2026-02-28",
            "circumstances": "ice",
            "deductible": "250.50",
            "vat_recoverable_pct": "50",
        },
        owner={
            "customer_number": "10",
            "name": "N",
            "phone": "1",
            "email": "2",
            "address": "3",
            "language": "nl",
        },
        vehicle={
            "plate": "1-ABC-234",
            "vin": "V",
            "make": "Audi",
            "model": "A3",
            "power_kw": 85,
            "displacement_cc": 1498,
            "fuel": "diesel",
            "first_registered_on": "2020-05-06",
            "mileage": 0,
        },
        damage_zones=["front"],
        comments=[{"author": "A", "at": "2026-03-01T08:00:00Z", "text": "T"}, {"text": None}],
    )
    assert (record.external_id, record.number, record.version, record.status) == (
        "m1",
        "2026/1",
        3,
        "accepted",
    )
    assert (record.task_code, record.smart_expertise, record.deleted) == ("EXP", True, False)
    assert record.facts == {
        "inspection_at": dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
        "insurer_code": "ETH",
        "insurer_name": "Ethias",
        "expert_name": "E",
        "expert_office": "O",
        "expert_phone": "P",
        "expert_email": "M",
        "claim_number": "C1",
        "policy_number": "PO",
        "occurred_on": dt.date(2026, 2, 28),
        "circumstances": "ice",
        "deductible": Decimal("250.50"),
        "vat_recoverable_pct": Decimal("50"),
        "owner_number": "10",
        "owner_name": "N",
        "owner_phone": "1",
        "owner_email": "2",
        "owner_address": "3",
        "owner_language": "nl",
        "plate": "1-ABC-234",
        "vin": "V",
        "make": "Audi",
        "model": "A3",
        "power_kw": 85,
        "displacement_cc": 1498,
        "fuel": "diesel",
        "first_registered_on": dt.date(2020, 5, 6),
        "mileage": 0,
        "damage_zones": ["front"],
    }
    assert record.comments == [
        {"author": "A", "at": "2026-03-01T08:00:00+00:00", "text": "T"},
        {"author": "", "at": "", "text": ""},
    ]


def test_a_shell_has_no_facts() -> None:
    record = mapping.mission_record(one(item("mission", data={"id": "m1", "number": "2026/1"})))
    assert (record.facts, record.status, record.comments, record.smart_expertise) == ({}, "", None, None)


def test_absent_says_nothing_and_null_says_null() -> None:
    record = mission(vehicle={"plate": None}, owner=None, claim={}, damage_zones=None, comments=None)
    assert record.facts == {"plate": None, "damage_zones": None, **dict.fromkeys(mapping.OWNER.facts)}
    assert record.comments == []


def test_a_field_that_could_not_be_read_says_nothing() -> None:
    record = mission(vehicle={"plate": "P" * 60, "make": "Audi"})
    assert record.facts == {"make": "Audi"}
    assert record.notes == {"data.vehicle.plate": "P" * 60}


def test_a_quote_keeps_its_amounts_as_they_were_sent() -> None:
    lines = [{"amount": "10.00", "kind": "part", "quantity": "1.0", "code": None, "description": "B"}]
    record = mapping.quote_record(
        one(with_data("quote", lines=lines, totals={"gross": "12.10", "net": "10.0000"}))
    )
    assert record.lines[0]["amount"] == "10.00"
    assert record.lines[0]["quantity"] == "1.0"
    assert record.totals == {"gross": "12.10", "net": "10.0000"}
    assert record.gross == Decimal("12.10")
    assert (record.external_id, record.mission_external_id, record.currency) == ("q1", "m1", "EUR")


def test_what_a_quote_leaves_out_or_leaves_empty() -> None:
    bare = {name: DATA["quote"][name] for name in ("id", "mission_id", "number", "version")}
    nulls = {**bare, **dict.fromkeys(("status", "lines", "totals", "currency", "supplement", "vat_rate"))}
    for data in (bare, nulls):
        record = mapping.quote_record(one(item("quote", data=data)))
        assert (record.status, record.lines, record.totals, record.gross) == ("", [], {}, None)
        assert (record.currency, record.supplement, record.vat_rate) == ("EUR", 0, "")


def test_a_status_that_could_not_be_read_is_empty() -> None:
    assert mapping.quote_record(one(with_data("quote", status="s" * 65))).status == ""


def test_a_photo_without_a_size() -> None:
    bare = {name: DATA["photo"][name] for name in ("id", "mission_id", "sha256")}
    for data in (bare, {**bare, "bytes": None}, {**bare, "bytes": "many"}):
        record = mapping.photo_record(one(item("photo", data=data)))
        assert (record.sha256, record.bytes, record.taken_at, record.sequence) == ("a" * 64, 0, None, None)


def test_deletions_carry_ids_only() -> None:
    batch = mapping.batch([one(item(entity, "delete")) for entity in ("mission", "quote", "photo")], [])
    assert [record.deleted for record in (*batch.missions, *batch.quotes, *batch.photos)] == [True] * 3
    assert [record.mission_external_id for record in (*batch.quotes, *batch.photos)] == ["m1", "m1"]


def test_an_unreadable_record_is_kept_whole() -> None:
    raw = with_data("quote", totals={"gross": "?"})
    record = mapping.unreadable_record(hurt(raw))
    assert (record.entity, record.external_id, record.mission_external_id, record.version) == (
        "quote",
        "q1",
        "m1",
        3,
    )
    assert (record.reason, record.raw) == ("unreadable-amount", raw)
    assert record.detail.startswith("data.totals.gross: ")


def test_nothing_unset_leaves_the_mapping() -> None:
    """Every optional field absent: plain Python values only."""
    for entity in ("mission", "quote", "photo"):
        required = {"mission": ("id", "number"), "quote": ("id", "mission_id", "number", "version")}
        names = required.get(entity, ("id", "mission_id", "sha256"))
        change = one(item(entity, data={name: DATA[entity][name] for name in names}))
        batch = mapping.batch([change], [])
        for record in (*batch.missions, *batch.quotes, *batch.photos):
            values = [getattr(record, name) for name in record.__slots__]
            assert msgspec.UNSET not in values
            assert isinstance(change, payloads.Change)

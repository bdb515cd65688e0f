"""Manners: a rate a body shop, and nobody hammers a Claims360 that is down for all."""

from typing import Any

import pytest
import time_machine

from claims360_link import sync
from claims360_link.circuit import FAILURES, OPEN_FOR, Circuit
from claims360_link.models import SyncRun
from claims360_link.pace import Pace
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import status_of
from repairers.models import Repairer
from tests.link.world import due, pull


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_each_body_shop_has_its_turns() -> None:
    clock = Clock()
    pace = Pace(10, clock, clock.sleep)
    for _ in range(11):
        pace.wait("475869429")
    assert clock.now == pytest.approx(101.0)
    pace.wait("475869430")
    assert clock.now == pytest.approx(101.0)


def test_no_limit() -> None:
    clock = Clock()
    for _ in range(3):
        Pace(0, clock, clock.sleep).wait("475869429")
    assert clock.now == 100.0


def test_the_circuit_opens_after_failures_in_a_row_and_one_asks_a_minute() -> None:
    clock = Clock()
    circuit = Circuit(clock)
    for _ in range(FAILURES - 1):
        circuit.note("timeout")
    circuit.note("")
    for _ in range(FAILURES):
        assert circuit.may_ask()
        circuit.note("unreachable")
    assert not circuit.may_ask()
    clock.now += OPEN_FOR
    assert [circuit.may_ask(), circuit.may_ask()] == [True, False]
    circuit.note("")
    assert circuit.may_ask() and circuit.may_ask()


def test_what_claims360_answers_opens_nothing() -> None:
    circuit = Circuit(Clock())
    for _ in range(2 * FAILURES):
        circuit.note("rate-limited")
    assert circuit.may_ask()


def test_while_it_is_down_rounds_do_not_ask_and_a_button_does(
    configured: Repairer, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sync, "circuit", Circuit(clock))
    sandbox.store.faults.add("500", times=None)
    for _ in range(FAILURES):
        due(configured)
        assert pull(configured).error == "outage"
    due(configured)
    asked = requests_of(sandbox)
    assert pull(configured).error == "claims360-down"
    assert requests_of(sandbox) == asked
    due(configured)
    assert sync.sync(configured.pk, SyncRun.Trigger.COMMAND).error == "outage"
    assert requests_of(sandbox) > asked


def test_it_goes_on_by_itself(
    configured: Repairer, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    circuit = Circuit(clock)
    monkeypatch.setattr(sync, "circuit", circuit)
    for _ in range(FAILURES):
        circuit.note("timeout")
    run = pull(configured)
    assert run.error == "claims360-down" and run.ended_at is not None
    again = status_of(configured.pk).not_before
    assert again is not None and OPEN_FOR - 1 < (again - run.ended_at).total_seconds() < 2 * OPEN_FOR
    clock.now += OPEN_FOR
    with time_machine.travel(again):
        assert pull(configured).outcome == "ok"
    assert circuit.may_ask()


def requests_of(sandbox: Sandbox) -> int:
    counts: list[dict[str, Any]] = sandbox.store.requests.as_list()
    return sum(one["count"] for one in counts)

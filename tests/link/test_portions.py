"""A round is told in portions; a slow repairer, or one that fails, keeps no other of its portion waiting."""

from collections.abc import Callable
from threading import Event, Thread
from unittest.mock import Mock

import pytest
from kombu import Connection

from claims360_link import portions, work
from claims360_link.models import Configuration
from planmanager.celery import app
from tests.dossiers.factories import RepairerFactory
from tests.link.world import set_options
from tests.processes import PATIENCE


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Connection:
    """One in memory, which nobody else writes to."""
    monkeypatch.setattr(app.conf, "broker_url", "memory://")
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    return app.connection_for_read()


def test_a_round_names_each_repairer_once_ten_a_message(transactional_db: None, broker: Connection) -> None:
    set_options(CLAIMS360_ENABLED=True)
    keys = {"bodyshop_key": "b", "planmanager_key": "p"}
    for number in range(25):
        Configuration.objects.create(repairer=RepairerFactory(), bodyshop_id=f"{number}", **keys)
    assert work.start_round() == 25
    with broker.SimpleQueue("rounds") as queue:
        told = [queue.get_nowait().payload[0] for _ in range(queue.qsize())]
    assert [len(ids) for ids in told] == [10, 10, 5]
    everyone = Configuration.objects.values_list("repairer_id", flat=True)
    assert sorted(one for ids in told for one in ids) == sorted(everyone)


def test_a_slow_one_keeps_the_others_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    handed_on: list[int] = []
    others_go_on = Event()
    timer: list[Callable[[], None]] = []
    monkeypatch.setattr(portions, "Timer", lambda _seconds, let_go: timer.append(let_go) or Mock())

    def do(repairer_id: int) -> None:
        done.append(repairer_id)
        Thread(target=timer[0]).start()  # the moment is over
        assert others_go_on.wait(PATIENCE), "it is still at work when the others are handed on"

    def hand_on(rest: portions.Ids) -> None:
        handed_on.extend(rest)
        others_go_on.set()

    portions.work_through([1, 2, 3], do, hand_on)
    assert (done, handed_on) == ([1], [2, 3])


def test_one_that_fails_takes_no_other_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PATIENCE", 3600)
    done: list[int] = []
    handed_on: list[int] = []

    def do(repairer_id: int) -> None:
        done.append(repairer_id)
        if repairer_id == 2:
            raise ValueError

    with pytest.raises(ValueError):
        portions.work_through([1, 2, 3, 4], do, handed_on.extend)
    assert (done, handed_on) == ([1, 2], [3, 4])

"""The broker over files: a message is there whole, or it is not there yet."""

from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport import filesystem
from kombu.transport.virtual import Channel

from planmanager.celery import app


@pytest.fixture
def channel(tmp_path: Path) -> Iterator[Channel]:
    options = {f"data_folder_{way}": str(tmp_path) for way in ("in", "out")}
    options["control_folder"] = str(tmp_path / "control")
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.default_channel


class LookedFor:
    """Looks for the message while it is being written."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.looks = 0

    def __json__(self) -> str:
        self.looks += 1
        with pytest.raises(Empty):
            self.channel._get("link")
        return "written"


def test_a_message_is_seen_once_it_is_written(channel: Channel, tmp_path: Path) -> None:
    assert app.conf.broker_url.startswith("filesystem:")
    content = LookedFor(channel)
    channel._put("link", {"body": content})
    assert content.looks == 1
    assert channel._get("link") == {"body": "written"}
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Empty):
        channel._get("link")


def test_a_table_that_is_just_being_made_is_read(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a worker that starts while a click is told, or after the one that made it was killed over it."""
    seen: list[list[tuple[str, ...]]] = []

    def look_first(file: Any, flags: int) -> None:
        if flags == filesystem.LOCK_EX:
            seen.append(channel.get_table("link"))
        lock(file, flags)

    lock = filesystem.lock
    monkeypatch.setattr(filesystem, "lock", look_first)
    for queue in ("link", "photos"):
        channel._queue_bind("link", queue, None, queue)
    assert seen == [[], [("link", "", "link")]]
    assert {one.queue for one in channel.get_table("link")} == {"link", "photos"}


def test_each_queue_has_its_own_messages(channel: Channel) -> None:
    channel._put("photos", {"body": 1})
    channel._put("link", {"body": 2})
    channel._put("link", {"body": 3})
    assert [channel._get(queue)["body"] for queue in ("link", "photos", "link")] == [2, 1, 3]
    with pytest.raises(Empty):
        channel._get("photos")

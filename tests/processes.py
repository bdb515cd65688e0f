"""What whoever starts other processes needs: a port for them, and the patience until they are as far as is wanted."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable

import psutil

PATIENCE = 180.0  # seconds: that something is broken, never that this machine is slow
# Below those that the kernel gives to connections, of which one might take a port before its server does.
PORTS = range(20_000, 32_000)
CHANCE = random.SystemRandom()  # that of the tests is seeded, and what runs beside them would draw the same


def until(fits: Callable[[], object], expected: str, seconds: float = PATIENCE) -> None:
    """Look again and again until it fits."""
    deadline = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {expected}"
        time.sleep(0.1)


def free_port() -> int:
    """A port on which nobody listens."""
    while True:
        port = CHANCE.choice(PORTS)
        if not listens(port):
            return port


def listens(port: int) -> bool:
    """Whether somebody of this machine takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def kill(leader: subprocess.Popen[bytes]) -> None:
    """SIGKILL for a process that leads a group, and for all of that: afterwards they hold nothing any more."""
    process = psutil.Process(leader.pid)
    family = [process, *process.children(recursive=True)]
    os.killpg(leader.pid, signal.SIGKILL)
    leader.wait()
    until(lambda: all(map(has_ended, family)), "they have ended")


def has_ended(process: psutil.Process) -> bool:
    """Also where nobody has taken note of it yet, so that it is still listed."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True

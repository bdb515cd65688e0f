"""The demo's processes: sandbox, web server, worker with beat. Started together, ended together."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import IO

from django.conf import settings

from planmanager.demo.interruption import heed, pause

START_TIMEOUT = 180.0  # seconds: that something hangs, never that this machine is slow
END_TIMEOUT = 15.0  # seconds, for all of them together
WEB_PORT, SANDBOX_PORT = 8000, 9360
PORTS_TRIED = 200
WHICHEVER = range(
    20_000, 30_000
)  # below those of connections, of which one might take it before its server does


class NotRunning(Exception):
    """What does not run, and where to read why."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo; `processes` by the name of their log."""

    web_url: str
    sandbox_url: str
    logs: Path
    processes: dict[str, Popen[bytes]] = field(default_factory=dict)

    def ended(self) -> str:
        """Which process has ended by itself, and where it said why; "" while all run."""
        gone = [name for name, process in self.processes.items() if process.poll() is not None]
        return f"{gone[0]} has ended by itself, see {self.logs / gone[0]}.log" if gone else ""


def free_port(wanted: int) -> int:
    """`wanted`, or the next port that nobody listens on; for 0 whichever is free. Raises NotRunning."""
    wanted = wanted or random.SystemRandom().choice(WHICHEVER)
    for port in range(wanted, wanted + PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
    raise NotRunning(f"no port is free from {wanted} to {wanted + PORTS_TRIED - 1}")


@contextmanager
def running(var: Path, missions: int, ports: tuple[int, int] = (WEB_PORT, SANDBOX_PORT)) -> Iterator[Demo]:
    """Everything over the data in `var`, from the `ports` (web, sandbox) on; ended again, whatever happens.

    `missions`: how many an empty sandbox begins with. Raises NotRunning, and KeyboardInterrupt as `heed`.
    """
    web_port, sandbox_port = (free_port(port) for port in ports)
    demo = Demo(f"http://127.0.0.1:{web_port}", f"http://127.0.0.1:{sandbox_port}", var / "log")
    demo.logs.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "VAR_DIR": str(var),
        "CLAIMS360_API_URL": f"{demo.sandbox_url}/v1",
        "WINFORMEX_URL": f"{demo.sandbox_url}/winformex",
        "NO_PROXY": "127.0.0.1",
        "HELPDESK_SECOND_FACTOR": "false",
    }
    commands = {
        "sandbox": _sandbox(sandbox_port, missions, var),
        "web": _gunicorn(web_port),
        "worker": _worker(var),
    }
    try:
        for name, command in commands.items():
            heed()
            with (demo.logs / f"{name}.log").open("ab") as log:
                demo.processes[name] = start(command, environment, log)
        for url in (f"{demo.sandbox_url}/", f"{demo.web_url}/login/"):
            _wait_for(url, demo)
        yield demo
    finally:
        end(demo.processes.values())


def start(
    command: Iterable[str], environment: Mapping[str, str], output: IO[bytes] | None = None
) -> Popen[bytes]:
    """Python with `command`, in a session of its own: Ctrl-C reaches it only through us."""
    return Popen(  # noqa: S603 (our own commands)
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
    )


def end(processes: Iterable[Popen[bytes]], timeout: float = END_TIMEOUT) -> None:
    """Ask all to end, and after `timeout` seconds end what is left of them and of their children."""
    running = list(processes)
    deadline = time.monotonic() + timeout
    for process in running:
        process.terminate()
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _sandbox(port: int, missions: int, var: Path) -> tuple[str, ...]:
    state = f"--state={var / 'claims360-sandbox.sqlite3'}"
    return ("-m", "claims360_link.sandbox", f"--port={port}", f"--missions={missions}", state)


def _gunicorn(port: int) -> tuple[str, ...]:
    return (
        "-m",
        "gunicorn",
        "planmanager.wsgi",
        f"--bind=127.0.0.1:{port}",
        "--workers=2",
        "--threads=4",
        f"--timeout={START_TIMEOUT:.0f}",
        "--keep-alive=75",  # seconds; a shorter one closes a connection just as a browser uses it again
        "--preload",
        "--access-logfile=-",
        "--no-control-socket",
    )


def _worker(var: Path) -> tuple[str, ...]:
    return (
        "-m",
        "celery",
        "--app=planmanager",
        "worker",
        "--beat",
        "--queues=link,rounds,photos",
        "--concurrency=2",
        "--loglevel=INFO",
        f"--schedule={var / 'celerybeat-schedule'}",
        "--without-gossip",
        "--without-mingle",
    )


def _wait_for(url: str, demo: Demo) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if gone := demo.ended():
            raise NotRunning(gone)
        if _answers(url):
            return
        pause(0.1)
    raise NotRunning(f"{url} does not answer within {START_TIMEOUT:.0f} s, see {demo.logs}")


def _answers(url: str) -> bool:
    """Whether somebody listens there, be it to say no."""
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        without_proxy.open(url, timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True

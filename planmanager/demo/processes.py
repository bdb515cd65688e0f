"""The demo's processes: sandbox, web server, worker with beat. Started together, ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

START_TIMEOUT = 60.0  # seconds
END_TIMEOUT = 10.0
WEB_PORT, SANDBOX_PORT = 8000, 9360


@dataclass(frozen=True, slots=True)
class Demo:
    web_url: str
    sandbox_url: str
    processes: tuple[subprocess.Popen[bytes], ...]

    def ended(self) -> bool:
        """Whether any of the processes has ended by itself."""
        return any(process.poll() is not None for process in self.processes)


def free_port(wanted: int) -> int:
    """`wanted`, or the next port that nobody listens on."""
    for port in range(wanted, wanted + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {wanted} on")


@contextmanager
def running(var: Path, missions: int) -> Iterator[Demo]:
    """Start everything over the data in `var`; ends it again, also when something fails meanwhile."""
    sandbox_port, web_port = free_port(SANDBOX_PORT), free_port(WEB_PORT)
    sandbox_url, web_url = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{web_port}"
    environment = {**os.environ, "VAR_DIR": str(var), "CLAIMS360_API_URL": f"{sandbox_url}/v1"}
    logs = var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:

        def start(name: str, *command: str) -> subprocess.Popen[bytes]:
            return stack.enter_context(_process(name, command, environment, logs))

        state = ("--state", str(var / "claims360-sandbox.sqlite3"))
        options = ("--port", str(sandbox_port), "--missions", str(missions), *state)
        sandbox = start("sandbox", "manage.py", "claims360_sandbox", *options)
        web = start("web", *_gunicorn(web_port))
        worker = start("worker", *_worker(var))
        demo = Demo(web_url, sandbox_url, (sandbox, web, worker))
        _wait_for(f"{sandbox_url}/", sandbox, logs / "sandbox.log")
        _wait_for(f"{web_url}/login/", web, logs / "web.log")
        yield demo


def _gunicorn(port: int) -> tuple[str, ...]:
    return (
        "-m",
        "gunicorn",
        "planmanager.wsgi",
        f"--bind=127.0.0.1:{port}",
        "--workers=2",
        "--threads=4",
        "--access-logfile=-",
    )


def _worker(var: Path) -> tuple[str, ...]:
    return (
        "-m",
        "celery",
        "--app=planmanager",
        "worker",
        "--beat",
        "--queues=link,photos",
        "--concurrency=2",
        "--loglevel=INFO",
        f"--schedule={var / 'celerybeat-schedule'}",
        f"--pidfile={var / 'worker.pid'}",
        "--without-gossip",
        "--without-mingle",
    )


@contextmanager
def _process(
    name: str, command: tuple[str, ...], environment: Mapping[str, str], logs: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own group, so that its children end with it and Ctrl-C reaches it only through us."""
    with (logs / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (our own commands)
            [sys.executable, *command],
            cwd=settings.BASE_DIR,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(END_TIMEOUT)
        except ProcessLookupError:
            process.wait(END_TIMEOUT)
            return
        except subprocess.TimeoutExpired:
            continue


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own address)
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer; see {log}")

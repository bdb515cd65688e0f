"""The programs that the browser meets, each in a process of its own over data of its own."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from tests.migrated import begin_migrated
from tests.processes import PATIENCE, free_port, listens, until

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "planmanager.sqlite3"  # in a VAR_DIR
NOBODY = "http://127.0.0.1:9/v1"  # a Claims360 that can't be reached
# What the environment says of another installation.
OTHERS = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "STATIC_ROOT", "CLAIMS360_API_URL")


@dataclass(frozen=True, slots=True)
class Demo:
    """The addresses of a running demo, without a slash at the end."""

    web: str
    sandbox: str


@dataclass(frozen=True, slots=True)
class Site:
    """The address of a web server, and the ids of its rows by name."""

    url: str
    ids: dict[str, int]


@contextmanager
def running_demo(var: Path) -> Iterator[Demo]:
    """What `make demo` starts: web server, worker, beat and sandbox, over a database of its own in `var`."""
    begin_migrated(var / DATABASE)
    settings = {"DJANGO_SETTINGS_MODULE": "tests.browser.no_rounds"}
    settings |= {f"CLAIMS360_{what}_TIMEOUT": f"{PATIENCE}" for what in ("CONNECT", "READ")}
    with _program(var, "manage.py", "demo", settings=settings, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        addresses = [url.rstrip("/") for url in re.findall(r"http://\S+", said)]
        assert len(addresses) == 2, f"the demo did not start: {said}"
        yield Demo(*addresses)


@contextmanager
def serving_rows(var: Path, **settings: str) -> Iterator[Site]:
    """A web server over the rows of `tests.browser.rows`, with these settings.

    There is no worker and no Claims360, so that every state stays as it is.
    """
    begin_migrated(var / DATABASE)
    made = [sys.executable, "manage.py", "shell", "-c", "from tests.browser import rows; rows.main()"]
    subprocess.run(made, cwd=ROOT, env=_environment(var), check=True)
    ids = json.loads((var / "ids.json").read_text())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        bound = f"--bind=fd://{listening.fileno()}"
        # --keep-alive: a shorter one closes a connection just as Caddy posts the next form over it.
        command = (
            *("-m", "gunicorn", "planmanager.wsgi", bound, "--threads=4"),
            *(f"--timeout={PATIENCE:.0f}", f"--keep-alive={PATIENCE:.0f}"),
        )
        with _program(var, *command, settings=settings, pass_fds=[listening.fileno()]):
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            until(lambda: _answers(url), "the web server answers")
            yield Site(url, ids)


def _answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(f"{url}/healthz", timeout=PATIENCE).ok
    return False


@contextmanager
def behind_caddy(folder: Path, url: str) -> Iterator[str]:
    """The web server at `url` as visitors meet it: behind deploy/Caddyfile, which compresses; gives the address."""
    ports = {name: free_port() for name in ("site", "http", "https", "admin")}
    address = f"http://localhost:{ports['site']}"
    known = {
        "SITE_HOST": address,
        "WEB_ADDRESS": url.removeprefix("http://"),
        "HTTP_PORT": f"{ports['http']}",
        "HTTPS_PORT": f"{ports['https']}",
        "CADDY_ADMIN": f"127.0.0.1:{ports['admin']}",
        "HOME": str(folder),
    }
    command = [Path(sys.executable).with_name("caddy"), "run", "--config", ROOT / "deploy/Caddyfile"]
    with _running(command, env=known, cwd=folder, stderr=subprocess.DEVNULL):
        until(lambda: listens(ports["site"]), "Caddy answers")
        yield address


@contextmanager
def _program(
    var: Path, *command: str, settings: Mapping[str, str] = MappingProxyType({}), **more: Any
) -> Iterator[subprocess.Popen]:
    known = {**_environment(var), **settings}
    with _running([sys.executable, *command], cwd=ROOT, env=known, **more) as process:
        yield process


@contextmanager
def _running(command: list[str | Path], **more: Any) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _environment(var: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if name not in OTHERS}
    return {**ours, "VAR_DIR": str(var), "CLAIMS360_API_URL": NOBODY, "HELPDESK_SECOND_FACTOR": "true"}

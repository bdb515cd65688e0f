"""Everything at once: data, sandbox, web server, worker. Ctrl-C ends it; the data stays for the next time."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from planmanager.demo.data import PASSWORD, load_demo, logins
from planmanager.demo.processes import Demo, running
from planmanager.demo.walk import WalkFailed, walk

# What the environment says of this installation, not of the walk's.
OURS = ("DATABASE_URL", "CELERY_BROKER_URL", "CACHE_URL", "CLAIMS360_API_URL", "VAR_DIR", "STATIC_ROOT")


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
        parser.add_argument("--walk", action="store_true", help="the same, over the data of VAR_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        signal.signal(signal.SIGTERM, _interrupt)
        if options["check"]:
            return self._check(options["missions"])
        if options["walk"]:
            return self._walk(options["missions"])
        if options["fresh"]:
            self._start_over()
        self._prepare()
        try:
            with running(Path(settings.VAR_DIR), options["missions"]) as demo:
                self._tell(demo)
                while not demo.ended():
                    time.sleep(0.5)
                raise CommandError(f"A process of the demo ended by itself; see {settings.VAR_DIR / 'log'}.")
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nThe demo has ended. Its data stays under var/.")

    def _prepare(self, active: bool = True) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        load_demo(active)

    def _start_over(self) -> None:
        if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
            raise CommandError(
                "--fresh throws away the demo's own SQLite file; DATABASE_URL names another database."
            )
        for name in (
            "planmanager.sqlite3*",
            "claims360-sandbox.sqlite3*",
            "celerybeat-schedule*",
            "worker.pid",
        ):
            for path in Path(settings.VAR_DIR).glob(name):
                path.unlink()
        for folder in ("files", "broker/messages", "broker/control", "log"):
            shutil.rmtree(Path(settings.VAR_DIR) / folder, ignore_errors=True)
        (Path(settings.VAR_DIR) / "broker/messages").mkdir(parents=True, exist_ok=True)
        (Path(settings.VAR_DIR) / "broker/control").mkdir(parents=True, exist_ok=True)

    def _tell(self, demo: Demo) -> None:
        write = self.stdout.write
        write(f"PlanManager            {demo.web_url}/")
        write(f"Claims360 (sandbox)    {demo.sandbox_url}/")
        for login, sees in logins():
            write(f"  log in as            {login} / {PASSWORD}  ({sees})")
        write("Ctrl-C ends it.")
        self.stdout.flush()

    def _check(self, missions: int) -> None:
        """The walk, in a process of its own over a temporary folder: nothing of here is touched."""
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        with tempfile.TemporaryDirectory(prefix="planmanager-demo-") as folder:
            done = subprocess.run(  # noqa: S603 (ourselves)
                [sys.executable, "manage.py", "demo", "--walk", f"--missions={missions}"],
                cwd=settings.BASE_DIR,
                env={**kept, "VAR_DIR": folder},
                check=False,
            )
        if done.returncode:
            sys.exit(done.returncode)

    def _walk(self, missions: int) -> None:
        self._prepare(active=False)
        try:
            with running(Path(settings.VAR_DIR), missions) as demo:
                for line in walk(demo):
                    self.stdout.write(f"ok  {line}")
                    self.stdout.flush()
        except (WalkFailed, RuntimeError) as error:
            raise CommandError(str(error)) from error


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt

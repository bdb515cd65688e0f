"""Everything at once: data, sandbox, web server, worker. Ctrl-C ends it; the data stays for the next time."""

import fcntl
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from planmanager.demo.browser import WalkFailed
from planmanager.demo.data import PASSWORD, load_demo, logins
from planmanager.demo.processes import END_TIMEOUT, CannotStart, Demo, end, running, start
from planmanager.demo.walk import walk

# All that the walk's installation takes from this one's environment: no setting of it.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
DATABASE, SANDBOX = "planmanager.sqlite3", "claims360-sandbox.sqlite3"
THROWN_AWAY = (f"{DATABASE}*", f"{SANDBOX}*", "celerybeat-schedule*", "files", "log", "broker/*/*")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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

    def handle(self, *args: Any, **options: Any) -> None:
        logging.disable(logging.INFO)  # what libraries tell is in the logs of the processes
        _end_on_signals()
        try:
            if options["check"]:
                self._check(options["missions"])
            else:
                self._demo(options["missions"], fresh=options["fresh"])
        except (CannotStart, WalkFailed) as error:
            raise CommandError(str(error)) from error

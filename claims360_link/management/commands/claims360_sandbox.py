"""Runs the sandbox, a program of its own, until this command is ended."""

import signal
import subprocess
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Runs a Claims360 to try and test against (python -m claims360_link.sandbox)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=9360)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--missions", type=int, default=24)
        parser.add_argument("--photos", type=int, default=4, help="of each mission")
        parser.add_argument("--state", default=":memory:", help="the file that keeps the state")

    def handle(self, *args: Any, **options: Any) -> None:
        named = [
            f"--{name}={options[name]}" for name in ("host", "port", "seed", "missions", "photos", "state")
        ]
        program = subprocess.Popen([sys.executable, "-m", "claims360_link.sandbox", *named])  # noqa: S603 - our own
        signal.signal(signal.SIGTERM, lambda *_: program.terminate())
        try:
            code = program.wait()
        except KeyboardInterrupt:
            program.terminate()
            code = program.wait()
        if code > 0:
            raise CommandError("the sandbox did not start or ended badly")

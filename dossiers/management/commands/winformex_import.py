"""The watched folder of Winformex II: take over what lies there, once or for as long as this runs."""

import fcntl
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from dossiers.winformex.folder import LEFT, Seen, import_folder

EVERY = 2.0  # seconds between two looks
LOCK = ".winformex_import.lock"


class Command(BaseCommand):
    help = (
        "Takes over the documents under FOLDER, one folder a mailbox number: done/ holds what was taken, failed/ what "
        "was not, with its reason beside it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="what is there now, as without --watch")
        how.add_argument("--watch", action="store_true", help="and whatever comes, until it is ended")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        with alone(folder):
            if options["watch"]:
                self._watch(folder)
            elif any(seen.folder == LEFT for seen in self._import(folder)):
                sys.exit(1)

    def _import(self, folder: Path) -> list[Seen]:
        found = []
        for seen in import_folder(folder):
            self.stdout.write(told(seen))
            self.stdout.flush()
            found.append(seen)
        return found

    def _watch(self, folder: Path) -> None:
        """Look again and again, until told to end; a database that is away for now is waited for."""
        end_is_asked = asked_to_end()
        self.stdout.write(f"Watching {folder}.")
        self.stdout.flush()
        while not end_is_asked(0):
            try:
                self._import(folder)
            except (OperationalError, InterfaceError) as error:
                self.stderr.write(f"{error}".strip())
            close_old_connections()
            end_is_asked(EVERY)


def asked_to_end() -> Callable[[float], bool]:
    """Hears SIGTERM and SIGINT from now on; gives what waits so many seconds for one and says if any has come.

    A signal comes in the midst of anything: a lock (`threading.Event` has one) that is held just then would be
    waited for by its own holder, for ever. So it is written into a pipe, and that before Python hears of it.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    return lambda seconds: bool(select.select([heard], [], [], seconds)[0])


def told(seen: Seen) -> str:
    """What became of a document, in a line."""
    why = f": {' '.join(seen.reason.split())}" if seen.reason else ""
    return f"{seen.document.parent.name}/{seen.document.name} -> {seen.folder}{why}"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One import over one folder. Raises CommandError while another runs."""
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandError(f"Another import runs over {folder}.") from error
        yield

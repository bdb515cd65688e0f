"""Put a backup in place."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection

from planmanager.backup import files
from planmanager.backup.errors import CannotRestore, one_line
from planmanager.backup.restore import is_empty, look, restore

WORD = "replace"


class Command(BaseCommand):
    help = "Restores a backup into an empty place, and migrates it to this version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.tar")
        parser.add_argument("--replace", action="store_true", help="throw away what is here; asks first")
        parser.add_argument("--yes", action="store_true", help="with --replace: do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            look(options["file"])
            if not is_empty():
                self._require_agreement(options["replace"], options["yes"])
            self._restore(options["file"])
        except (CannotRestore, OSError, Error) as error:
            raise CommandError(one_line(error)) from error

    def _restore(self, file: Path) -> None:
        found = restore(file)
        self.stdout.write(
            f"What was here at {found.taken_at:%Y-%m-%d %H:%M} UTC is back; now run manage.py doctor."
        )
        if lost := files.lost():
            self.stderr.write(lost)

    def _require_agreement(self, replace: bool, yes: bool) -> None:
        if not replace:
            raise CommandError("This place is not empty. --replace throws away what is here.")
        if yes:
            return
        name = connection.settings_dict["NAME"]
        try:
            typed = input(f"All data in {name} and all files are thrown away. Type {WORD} to go on: ")
        except EOFError:
            typed = ""
        if typed != WORD:
            raise CommandError("Nothing was changed.")

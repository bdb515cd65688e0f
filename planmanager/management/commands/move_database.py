"""Move from SQLite to PostgreSQL."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from planmanager.backup import files
from planmanager.backup.errors import CannotRestore, one_line
from planmanager.backup.move import move


class Command(BaseCommand):
    help = "Moves a SQLite database into the empty PostgreSQL of DATABASE_URL; the old one stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.sqlite3")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            moved = move(options["file"])
            rows = sum(table.rows for table in moved.tables.values())
            self.stdout.write(
                f"{rows} rows of {len(moved.tables)} tables were moved, and are the same there;"
                " now run manage.py doctor."
            )
            if lost := files.lost():
                self.stderr.write(lost)
        except (CannotRestore, OSError, Error) as error:
            raise CommandError(one_line(error)) from error

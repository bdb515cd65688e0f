"""Back up the database and its files into one tar, while everything runs."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from planmanager.backup import files
from planmanager.backup.errors import CannotBackUp, one_line
from planmanager.backup.make import back_up


class Command(BaseCommand):
    help = (
        "Writes a backup: the database at one moment and all files; neither CREDENTIALS_KEYS nor SECRET_KEY."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.tar")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = back_up(options["file"])
            rows = sum(table.rows for table in made.database.tables.values())
            self.stdout.write(
                f"{options['file']}: {rows} rows of {len(made.database.tables)} tables, and all files."
            )
            if lost := files.lost():
                self.stderr.write(lost)
        except (CannotBackUp, OSError, Error) as error:
            raise CommandError(one_line(error)) from error

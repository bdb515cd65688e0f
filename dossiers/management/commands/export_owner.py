"""Give out what is held on the owner of a vehicle, as they may ask for."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dossiers.owner.ask import add_arguments, found, told
from dossiers.owner.export import export_owner


class Command(BaseCommand):
    help = "Writes a ZIP of what is held on an owner: each row a line of JSON, and every photo."

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        parser.add_argument("file", type=Path, metavar="FILE.zip")

    def handle(self, *args: Any, **options: Any) -> None:
        held = found(options)
        self.stdout.write(told(held))
        try:
            rows = export_owner(held, options["file"])
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{options['file']}: {rows} rows, and their photos. Read it before you give it out."
        )

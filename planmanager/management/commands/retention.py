"""Delete what is kept for long enough, now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from dossiers import stock
from planmanager.retention import delete_what_is_old


class Command(BaseCommand):
    help = "Deletes what the settings KEEP_… no longer want kept; beat does it each night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--strays", action="store_true", help="files that no row names, too, after a day: see the doctor"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["strays"]:
            strays = [name for part in stock.take() for name in part.strays]
            stock.give_up(strays)
            self.stdout.write(f"strays, which go after a day: {len(strays)}")
        for kind, number in delete_what_is_old().items():
            self.stdout.write(f"{kind}: {number}")

"""Forget the owner of a vehicle, as they may ask for."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from dossiers.owner.ask import add_arguments, found, told
from dossiers.owner.forget import StillNeeded, forget_owner, overwrite

WORD = "forget"


class Command(BaseCommand):
    help = "Deletes what is personal of an owner, in all tables and files; that there was a case stays."

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        held = found(options)
        self.stdout.write(told(held))
        if not options["yes"]:
            self._require_agreement()
        try:
            forget_owner(held, options["owner"])
        except StillNeeded as error:
            raise CommandError("\n".join(["Nothing was deleted.", *error.args])) from error
        self.stdout.write("All of it was deleted. Backups from before still have it.")
        try:
            overwrite()
        except Error as error:
            raise CommandError(
                f"The free space of the database still has it: {error}. Stop what uses it and VACUUM it."
            ) from error

    def _require_agreement(self) -> None:
        try:
            typed = input(f"It can't be brought back. Type {WORD} to go on: ")
        except EOFError:
            typed = ""
        if typed != WORD:
            raise CommandError("Nothing was deleted.")

"""What is held of a repairer, as one document."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from claims360_link.documents import held_of
from dossiers.sentences import sentence
from repairers.models import Repairer


class Command(BaseCommand):
    help = (
        "Prints what PlanManager holds of a repairer's Claims360 missions, quotes, photos and transmissions."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repairer", type=int, required=True, metavar="ID")
        parser.add_argument(
            "--json", action="store_true", help="on one line; without it, indented for reading"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        repairer = Repairer.objects.filter(pk=options["repairer"]).first()
        if repairer is None:
            raise CommandError(sentence("no-such-repairer"))
        indent = None if options["json"] else 2
        self.stdout.write(json.dumps(held_of(repairer), indent=indent, ensure_ascii=False))

"""What does Claims360 answer to a repairer's keys, and is it what the contract says?"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from claims360_link import credentials
from claims360_link.credentials import KeyDamaged, NotConfigured
from claims360_link.fields import CannotDecrypt
from claims360_link.probe.anonymous import Mask
from claims360_link.probe.look import Look, look
from dossiers.sentences import sentence


class Command(BaseCommand):
    help = "Asks Claims360 everything that a repairer's keys read, once, and says where it differs from the contract."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repairer", type=int, required=True, metavar="ID")
        parser.add_argument(
            "--save", type=Path, metavar="FOLDER", help="write each answer there, without what is personal"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            clients = [
                credentials.client_for(options["repairer"], kind) for kind in ("planmanager", "bodyshop")
            ]
        except NotConfigured:
            raise CommandError(sentence("not-configured")) from None
        except (CannotDecrypt, KeyDamaged):
            raise CommandError(sentence("cannot-decrypt")) from None
        mask, folder = Mask(), options["save"]
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        for seen in look(*clients):
            self._tell(seen)
            if folder is not None and seen.document is not None:
                text = json.dumps(mask.masked(seen.document), indent=1, ensure_ascii=False)
                (folder / f"{seen.name}.json").write_text(f"{text}\n")

    def _tell(self, seen: Look) -> None:
        self.stdout.write(f"{seen.name}: {seen.told}")
        for line in seen.differs or ["as in the contract"]:
            self.stdout.write(f"    {line}")

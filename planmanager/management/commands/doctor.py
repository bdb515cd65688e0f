"""Is this installation well? One line a check, in words, with what to do."""

import json
import sys
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from planmanager.doctor import Finding, examine


class Command(BaseCommand):
    help = (
        "Looks at settings, keys, clock, disk, database, broker and every link. Exits 1 if something is ill."
    )
    requires_system_checks: list[str] = []  # they are among what it looks at

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="one JSON document; without it, a line a check"
        )
        parser.add_argument(
            "--files", action="store_true", help="hold each photo against its file, too; may take minutes"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for finding in examine(stock_too=options["files"]):
            found.append(finding)
            if not options["json"]:
                self.stdout.write(told(finding))
        well = all(finding.well for finding in found)
        if options["json"]:
            document = {"well": well, "checks": [asdict(finding) for finding in found]}
            self.stdout.write(json.dumps(document, ensure_ascii=False))
        if not well:
            sys.exit(1)


def told(finding: Finding) -> str:
    """The finding as a line for a person; !! marks what is ill."""
    return f"{'ok' if finding.well else '!!'}  {finding.text}"

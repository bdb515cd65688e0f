"""The repairers of this database, and which of them are configured for Claims360."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db.models import Exists, OuterRef

from claims360_link.models import Configuration
from repairers.models import Repairer

COLUMNS = ("id", "name", "site", "mailbox_number", "configured")


class Command(BaseCommand):
    help = (
        "Lists the repairers: id, name, site, Informex mailbox number, and whether Claims360 is configured."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="as one JSON list; without it, a table for reading"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = listed()
        self.stdout.write(json.dumps(rows, ensure_ascii=False) if options["json"] else table(rows))


def listed() -> list[dict[str, Any]]:
    """Every repairer by COLUMNS, in the order of their ids."""
    configured = Exists(Configuration.objects.filter(repairer=OuterRef("pk")))
    rows = Repairer.objects.select_related("site").annotate(configured=configured).order_by("pk")
    return [
        {
            "id": row.pk,
            "name": row.name,
            "site": row.site.name,
            "mailbox_number": row.mailbox_number,
            "configured": row.configured,
        }
        for row in rows
    ]


def table(rows: list[dict[str, Any]]) -> str:
    """The rows in columns as wide as they need, under their names."""
    cells = [COLUMNS, *([_cell(row[column]) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _cell(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)

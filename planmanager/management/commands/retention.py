"""Delete what is kept for long enough, now."""

from typing import Any

from django.core.management.base import BaseCommand

from planmanager.retention import delete_what_is_old


class Command(BaseCommand):
    help = "Deletes what the settings KEEP_… no longer want kept; beat does it each night."

    def handle(self, *args: Any, **options: Any) -> None:
        for kind, number in delete_what_is_old().items():
            self.stdout.write(f"{kind}: {number}")

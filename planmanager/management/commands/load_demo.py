"""Demo data alone, without starting anything."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from planmanager.demo.data import PASSWORD, load_demo, logins


class Command(BaseCommand):
    help = "Loads the demo's sites, repairers, staff and dossiers into the configured database, once."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_demo()
        except (OperationalError, ProgrammingError) as error:
            raise CommandError(f"{error} (is the database migrated? manage.py migrate)") from error
        self.stdout.write("The demo data is loaded." if loaded else "The demo data is there already.")
        for login, sees in logins():
            self.stdout.write(f"  {login} / {PASSWORD}  ({sees})")

"""Send a dossier to Winformex II: what its tab does, and refused as there once Claims360 is active."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dossiers.models import Dossier
from dossiers.outbox import CannotSend
from dossiers.sentences import sentence
from dossiers.winformex import sending


class Command(BaseCommand):
    help = "Sends the plate and mileage of a dossier, and the named photos of it, to Winformex II."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dossier", type=int, metavar="DOSSIER")
        parser.add_argument("--photo", type=int, action="append", default=[], metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        dossier = Dossier.objects.select_related("repairer").filter(pk=options["dossier"]).first()
        if dossier is None:
            raise CommandError(sentence("no-such-dossier"))
        try:
            row = sending.ask(
                dossier, None, plate=dossier.plate, mileage=dossier.mileage, photo_ids=options["photo"]
            )
        except CannotSend as refusal:
            raise CommandError(sentence(refusal.code)) from None
        sending.deliver(row.pk)
        row.refresh_from_db()
        self.stdout.write(f"{row.get_state_display()} {sentence(row.error)}".strip())

"""Move the files between the folder of VAR_DIR and the bucket of the settings."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from dossiers.store import files as bucket
from dossiers.store.folder import Folder
from planmanager.backup import files
from planmanager.backup.carry import carry
from planmanager.backup.errors import CannotMove, one_line


class Command(BaseCommand):
    help = "Copies all files of VAR_DIR into the bucket of S3_BUCKET, each seen to be the same; the old ones stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--back", action="store_true", help="from the bucket into VAR_DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            raise CommandError("S3_BUCKET is not set: there is no bucket to move files to or from.")
        folder = Folder()
        source, target = (bucket, folder) if options["back"] else (folder, bucket)
        try:
            counts = carry(source, target)
            self.stdout.write(
                f"{counts['copied']} files were copied and are the same there, {counts['there']} were there already."
            )
            if not options["back"] and (lost := files.lost()):
                self.stderr.write(lost)
        except (CannotMove, OSError, Error) as error:
            raise CommandError(one_line(error)) from error

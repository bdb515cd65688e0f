"""After a new key was put before the others of CREDENTIALS_KEYS: once this has run, the old ones can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link.credentials import rotate
from claims360_link.fields import CannotDecrypt


class Command(BaseCommand):
    help = (
        "Encrypts the keys of every repairer anew with the first key of CREDENTIALS_KEYS. Put the new key first, "
        "restart everything, run this, then take the old key away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotate()
        except CannotDecrypt:
            raise CommandError(
                _("A stored key belongs to none of CREDENTIALS_KEYS; nothing was changed.")
            ) from None
        said = ngettext(
            "The keys of %(n)d repairer are encrypted with the newest key.",
            "The keys of %(n)d repairers are encrypted with the newest key.",
            done,
        )
        self.stdout.write(said % {"n": done})

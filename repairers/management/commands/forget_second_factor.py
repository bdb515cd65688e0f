"""For a lost telephone when nobody else of the helpdesk can come in either."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice


class Command(BaseCommand):
    help = "Forgets the second factor of a user of the helpdesk; the next login sets up a new one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        forgotten, _by_model = TOTPDevice.objects.filter(user__username=options["username"]).delete()
        if not forgotten:
            raise CommandError(_("This user has no second factor."))
        self.stdout.write(_("The second factor of %(user)s is forgotten.") % {"user": options["username"]})

"""Provision a repairer: the same rules as the form, the keys from standard input so that no process list shows them."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from claims360_link.credentials import CannotConfigure, configure
from dossiers.options import read_options
from dossiers.sentences import sentence
from repairers.models import Repairer


class Command(BaseCommand):
    help = (
        "Writes a repairer's Claims360 configuration, once. Standard input: the bodyshop key on the first line, "
        "the PlanManager key on the second."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repairer", type=int, required=True, metavar="ID")
        parser.add_argument("--bodyshop-id", required=True, metavar="X")
        parser.add_argument(
            "--unchecked", action="store_true", help="do not try the keys against Claims360 first"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not read_options().claims360_enabled:
            raise CommandError(sentence("not-active"))
        repairer = Repairer.objects.filter(pk=options["repairer"]).first()
        if repairer is None:
            raise CommandError(sentence("no-such-repairer"))
        bodyshop_key, planmanager_key = (read_key() for _line in range(2))
        try:
            configure(
                repairer.pk,
                options["bodyshop_id"],
                bodyshop_key,
                planmanager_key,
                None,
                unchecked=options["unchecked"],
            )
        except CannotConfigure as error:
            reasons = "; ".join(
                f"{field}: {sentence(code)}" if field else sentence(code)
                for field, code in error.errors.items()
            )
            raise CommandError(reasons) from None
        self.stdout.write(_("%(repairer)s is configured.") % {"repairer": repairer.name})


def read_key() -> str:
    """The next line of standard input; bytes that are no text become signs that no key has, and are refused."""
    return sys.stdin.buffer.readline().decode(errors="replace").strip()

"""How the commands are told whom they are about, and what they say of it."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandError, CommandParser

from dossiers.models import Dossier, Mission
from dossiers.normalise import all_words
from dossiers.owner.find import Case, Held, find


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument(
        "--owner", required=True, help="the whole name, the customer number, the phone or the e-mail"
    )
    parser.add_argument(
        "--plate", default="", help="only the cases of this vehicle: others have the same name"
    )
    parser.add_argument("--repairer", type=int, help="only the cases of the repairer with this id")


def found(options: dict[str, Any]) -> Held:
    """What is held on whom the options name. Raises CommandError where it is nothing."""
    if not all_words(options["owner"]):
        raise CommandError("--owner names nobody.")
    held = find(options["owner"], options["plate"], options["repairer"])
    if not held.cases and not held.loose:
        raise CommandError("Nothing is held on this owner.")
    return held


def told(held: Held) -> str:
    """The cases, a line each, for somebody to see whether it is all of the same person."""
    lines = [line for case in held.cases for line in _of(case)]
    loose = sum(len(ids) for ids in held.loose.values())
    return "\n".join([*lines, f"{loose} other rows name this owner."])


def _of(case: Case) -> Iterator[str]:
    for dossier in Dossier.objects.filter(pk__in=case.dossiers).select_related("repairer").order_by("pk"):
        yield f"{dossier.repairer}: {dossier}, {dossier.owner_name}, {dossier.plate}, {dossier.status}"
    for mission in Mission.objects.filter(pk__in=case.missions).select_related("repairer").order_by("pk"):
        yield f"{mission.repairer}: mission {mission}, {mission.owner_name}, {mission.plate}, {mission.state}"

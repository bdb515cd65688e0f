"""Sync in the foreground, photos included: what the round and the button do, and how it went."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from claims360_link import sync, work
from claims360_link.credentials import NotConfigured
from claims360_link.models import Configuration, SyncRun
from dossiers.intake.tally import Tally
from dossiers.options import read_options
from dossiers.sentences import sentence
from repairers.models import Repairer

WAIT = 200.0  # seconds for another worker's run to end; its lease lasts no longer


class Command(BaseCommand):
    help = "Imports what changed in Claims360, with the photos; one line a repairer. Exits non-zero if one failed."

    def add_arguments(self, parser: CommandParser) -> None:
        who = parser.add_mutually_exclusive_group()
        who.add_argument("--repairer", type=int, metavar="ID")
        who.add_argument(
            "--all", action="store_true", help="every configured repairer, as without --repairer"
        )
        parser.add_argument("--json", action="store_true", help="one JSON line a repairer")

    def handle(self, *args: Any, **options: Any) -> None:
        if not read_options().claims360_enabled:
            raise CommandError(sentence("not-active"))
        repairers = self._repairers(options)
        failed = 0
        for repairer_id in repairers:
            outcome = sync_one(repairer_id)
            failed += outcome["outcome"] == SyncRun.Outcome.FAILED
            self.stdout.write(json.dumps(outcome) if options["json"] else told(outcome))
        if failed:
            self.stderr.write(_("%(failed)d of %(all)d failed.") % {"failed": failed, "all": len(repairers)})
            sys.exit(1)

    def _repairers(self, options: dict[str, Any]) -> list[int]:
        if options["repairer"] is None:
            return list(Configuration.objects.order_by("repairer").values_list("repairer_id", flat=True))
        if not Repairer.objects.filter(pk=options["repairer"]).exists():
            raise CommandError(sentence("no-such-repairer"))
        return [options["repairer"]]


def sync_one(repairer_id: int) -> dict[str, Any]:
    """Sync one repairer and fetch its photos; the outcome as a document."""
    try:
        run = sync.sync(repairer_id, SyncRun.Trigger.COMMAND, wait=WAIT)
    except NotConfigured:
        return outcome_of(repairer_id, SyncRun(outcome=SyncRun.Outcome.FAILED, error="not-configured"))
    except sync.Busy:
        return outcome_of(repairer_id, SyncRun(outcome=SyncRun.Outcome.FAILED, error="busy"))
    if run.error not in ("keys-refused", "cannot-decrypt", "key-damaged"):
        _fetch_photos(run)
    return outcome_of(repairer_id, run)


def _fetch_photos(run: SyncRun) -> None:
    tally = Tally(run.tally)
    fetched = work.fetch_photos(run.repairer_id, eager=True)
    tally.count("photos", "stored", fetched["stored"])
    tally.count("photos", "failed", fetched["failed"])
    run.tally = tally.as_dict()
    if fetched["failed"] and run.outcome == SyncRun.Outcome.OK:
        run.outcome = SyncRun.Outcome.PARTIAL
    run.save(update_fields=["tally", "outcome"])


def outcome_of(repairer_id: int, run: SyncRun) -> dict[str, Any]:
    """The line of one repairer: counts by kind, and the error's code (null when there was none)."""
    return {
        "repairer": repairer_id,
        "outcome": str(run.outcome),
        "pages": run.pages,
        **Tally(run.tally).as_dict(),
        "error": run.error or None,
    }


def told(outcome: dict[str, Any]) -> str:
    """The outcome as a line for a person."""
    counts = _("%(missions)d missions, %(quotes)d quotes, %(photos)d photos; %(waiting)d waiting") % {
        "missions": outcome["missions"]["new"] + outcome["missions"]["updated"],
        "quotes": outcome["quotes"]["new"] + outcome["quotes"]["updated"],
        "photos": outcome["photos"]["received"],
        "waiting": outcome["missions"]["waiting"] + outcome["quotes"]["waiting"],
    }
    error = f" ({sentence(outcome['error'])})" if outcome["error"] else ""
    return f"{outcome['repairer']}: {SyncRun.Outcome(outcome['outcome']).label}: {counts}{error}"

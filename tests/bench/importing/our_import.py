"""The product's own import of a feed: keys, lease, rules, matching, trail and cursor, into a fresh database.

`python -m tests.bench.importing.our_import QUEUEING` with the settings in the environment prints what it took.
"""

import sys

import django
from django.core.management import call_command

from tests.bench.taken import taken

EXCLUDES = """task_code = XYZ
insurer = "Assurance Z*" and make = tesla
kind = quote and status = draft
owner = Janssens *
smart_expertise = yes and expert = *inconnu*"""


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from constance import config

    from claims360_link import credentials, sync
    from repairers.models import Repairer, Site

    repairer = Repairer.objects.create(
        name="Carrosserie du Centre", site=Site.objects.create(name="Bruxelles")
    )
    config.CLAIMS360_ENABLED, config.INFORMEX_QUEING, config.INFORMEX_EXCLUDES = True, sys.argv[1], EXCLUDES
    credentials.configure(repairer.pk, "475869430", "bodyshop-key", "planmanager-key", None, unchecked=True)
    with taken():
        run = sync.sync(repairer.pk, "command")
    assert run.outcome == "ok", (run.outcome, run.error, run.error_detail)


if __name__ == "__main__":
    main()

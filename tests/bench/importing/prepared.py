"""A fresh database of the product with one repairer, configured and with rules; the import itself is for others.

`python -m tests.bench.importing.prepared QUEUEING` with the settings in the environment.
"""

import sys

import django
from django.core.management import call_command

EXCLUDES = """task_code = XYZ
insurer = "Assurance Z*" and make = tesla
kind = quote and status = draft
owner = Janssens *
smart_expertise = yes and expert = *inconnu*"""


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from constance import config

    from claims360_link import credentials
    from repairers.models import Repairer, Site

    repairer = Repairer.objects.create(
        name="Carrosserie du Centre", site=Site.objects.create(name="Bruxelles")
    )
    config.CLAIMS360_ENABLED, config.INFORMEX_QUEING, config.INFORMEX_EXCLUDES = True, sys.argv[1], EXCLUDES
    credentials.configure(repairer.pk, "475869430", "bodyshop-key", "planmanager-key", None, unchecked=True)


if __name__ == "__main__":
    main()

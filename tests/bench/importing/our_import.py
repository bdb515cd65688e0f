"""The product's own import of a feed: keys, lease, rules, matching, trail and cursor, into a database that is prepared.

`python -m tests.bench.importing.our_import` with the settings in the environment prints what it took, as JSON.
"""

import django

from tests.bench.taken import taken


def main() -> None:
    django.setup()
    from claims360_link import sync
    from repairers.models import Repairer

    repairer = Repairer.objects.get()
    with taken():
        run = sync.sync(repairer.pk, "command")
    assert run.outcome == "ok", (run.outcome, run.error, run.error_detail)


if __name__ == "__main__":
    main()

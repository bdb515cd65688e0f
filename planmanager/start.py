"""What web server and workers look at before they begin: a bad setting stops them, with what to do."""

import logging
import sys
from typing import Any

from django.core.checks import ERROR, Tags, run_checks
from django.db import OperationalError, connections

log = logging.getLogger(__name__)
CANNOT_BOOT = 3  # gunicorn ends on this code of a worker; on any other it would start one after the other


def begin(**_: Any) -> None:
    """`require_sound`, before this process forks: no connection stays open for its children to share."""
    require_sound()
    connections.close_all()


def require_sound() -> None:
    """Ends the process, in words, where a check of the settings or of the database fails.

    A database that can't be reached yet is no reason to end: every page says so until it is there.
    """
    found = run_checks(tags=[Tags.security])
    try:
        found += run_checks(tags=[Tags.database], databases=["default"])
    except OperationalError as error:
        log.warning("The database can't be reached yet, so it was not checked: %s", error)
    if wrong := [message for message in found if message.level >= ERROR and not message.is_silenced()]:
        sys.stderr.write("\n".join(["PlanManager does not start.", *map(str, wrong), ""]))
        sys.exit(CANNOT_BOOT)

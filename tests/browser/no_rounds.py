"""The settings of a demo without rounds: one at a full quarter of the hour would bring what a test is waiting for.

They lie in a queue that no worker reads.
"""

from planmanager.settings import *  # noqa: F403
from planmanager.settings import CELERY_TASK_ROUTES as OWN

CELERY_TASK_ROUTES = {**OWN, "claims360_link.tasks.start_round": {"queue": "nobodys"}}

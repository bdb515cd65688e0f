from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DossiersConfig(AppConfig):
    name = "dossiers"

    def ready(self) -> None:
        from constance.signals import config_updated

        from dossiers import checks  # noqa: F401 (registers)
        from dossiers.search_index import install
        from dossiers.staff_messages import register

        register()
        config_updated.connect(end_winformex)
        post_migrate.connect(install, sender=self)


def end_winformex(key: str, **_: Any) -> None:
    """Claims360 was switched on or off: what waits for Winformex II is given up, or goes."""
    from dossiers.nudges import nudge
    from dossiers.winformex.nudges import PICK_UP_PENDING

    if key == "CLAIMS360_ENABLED":
        nudge(PICK_UP_PENDING)

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from claims360_link.nudges import RECONSIDER_ALL
from dossiers.nudges import nudge


class Claims360LinkConfig(AppConfig):
    name = "claims360_link"
    verbose_name = _("Claims360")

    def ready(self) -> None:
        from constance.signals import config_updated

        from claims360_link import checks  # noqa: F401 (registers)
        from claims360_link.staff_messages import register
        from claims360_link.write_once import install

        register()
        post_migrate.connect(install, sender=self)
        config_updated.connect(reconsider_after)


def reconsider_after(key: str, **_: Any) -> None:
    """The INFORMEX options changed: what waits or is excluded is judged anew."""
    if key.startswith("INFORMEX_"):
        nudge(RECONSIDER_ALL)

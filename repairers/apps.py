from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RepairersConfig(AppConfig):
    name = "repairers"
    verbose_name = _("Repairers and users")

    def ready(self) -> None:
        from repairers import login  # noqa: F401 (connects)

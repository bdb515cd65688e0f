from constance.apps import ConstanceConfig
from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PlanManagerConfig(AppConfig):
    name = "planmanager"
    verbose_name = "PlanManager"

    def ready(self) -> None:
        from planmanager import checks  # noqa: F401 (registers)


class OptionsConfig(ConstanceConfig):
    """django-constance, under the name that the helpdesk knows it by."""

    verbose_name = _("Options of the database")


class AdministrationConfig(AdminConfig):
    default_site = "planmanager.admin_site.Administration"

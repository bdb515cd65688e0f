"""Django admin as the helpdesk has it: its scripts, too, speak the language of the page."""

from typing import Any, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.i18n import JavaScriptCatalog

from planmanager.texts_of_libraries import OF_ADMIN_SCRIPTS


class Texts(JavaScriptCatalog):
    """Admin's own, and in our translation what these lack."""

    packages = ["django.contrib.admin"]

    def get_catalog(self) -> dict[str, Any]:
        return {**super().get_catalog(), **{text: gettext(text) for text in OF_ADMIN_SCRIPTS}}


class Administration(AdminSite):
    def i18n_javascript(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return cast(HttpResponse, Texts.as_view()(request))

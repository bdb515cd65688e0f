"""The options of the database in admin: with a history, and a preview of the rules before they are saved."""

from typing import Any, cast

from constance import settings as constance_settings
from constance.admin import Config, ConstanceAdmin
from constance.forms import ConstanceForm
from constance.utils import get_values
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect

from dossiers.intake.rules import FIELDS
from dossiers.models import OptionChange
from dossiers.option_changes import change_options
from dossiers.options import options_from
from dossiers.preview import preview
from repairers.models import User

SHOWN_CHANGES = 20
# What constance says, which has no Dutch of its own: collected here into our translations.
OF_CONSTANCE = (
    _("Live settings updated successfully."),
    _("Failed to update live settings."),
    _("The settings have been modified by someone else. Please reload the form and resubmit your changes."),
)


class OptionsForm(ConstanceForm):
    """Saves the options and who changed what, together or not at all."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, request=request, **kwargs)
        self.user = cast(User, request.user)
        for name, (_default, what, *_type) in constance_settings.CONFIG.items():
            self.fields[name].help_text = what

    def save(self) -> list[str]:
        return change_options(
            {name: self.cleaned_data[name] for name in constance_settings.CONFIG}, self.user
        )


class Options(Config):
    """constance's stand-in for a model, under the name that the helpdesk knows."""

    class Meta(Config.Meta):
        verbose_name = verbose_name_plural = _("options")

    _meta = Meta()


class OptionsAdmin(ConstanceAdmin):
    change_list_form = OptionsForm
    change_list_template = "admin/options.html"

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form with its history; posted by the button Preview, what it would do, and nothing saved."""
        if "_preview" in request.POST:
            return self.preview_view(request)
        return super().changelist_view(request, {**self._around(), **(extra_context or {})})

    @method_decorator(csrf_protect)
    def preview_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        values = get_values()
        form = self.change_list_form(data=request.POST, initial=values, request=request)
        shown = preview(options_from(values), options_from(form.cleaned_data)) if form.is_valid() else None
        context = {**self._page(request, form, values), **self._around(), "preview": shown}
        return TemplateResponse(request, self.change_list_template, context)

    def history_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The history is that of OptionChange, which knows the values too."""
        return HttpResponseRedirect(reverse("admin:dossiers_optionchange_changelist"))

    def _log_config_change(self, request: HttpRequest, changed_fields: list[str]) -> None:
        """Nothing more to log: OptionsForm has written who changed what, in the transaction of the change."""

    def _page(self, request: HttpRequest, form: OptionsForm, values: dict[str, Any]) -> dict[str, Any]:
        """What constance's own page reads."""
        rows = sorted(constance_settings.CONFIG.items())  # by name, as constance shows them
        return {
            **self.admin_site.each_context(request),
            "config_values": [self.get_config_value(name, option, form, values) for name, option in rows],
            "title": self.model._meta.app_config.verbose_name,
            "app_label": "constance",
            "opts": self.model._meta,
            "form": form,
            "media": self.media + form.media,
            "icon_type": "svg",
        }

    def _around(self) -> dict[str, Any]:
        changes = OptionChange.objects.select_related("changed_by")[:SHOWN_CHANGES]
        return {"changes": changes, "rule_fields": FIELDS}


admin.site.unregister([Config])
admin.site.register([Options], OptionsAdmin)

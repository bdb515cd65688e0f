"""The form of the link: its configuration."""

from django import forms
from django.utils.translation import gettext_lazy as _

KEY = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"})


class ConfigurationForm(forms.Form):
    """What is written once; the rules are those of `credentials.configure`, for the command too."""

    bodyshop_id = forms.CharField(
        label=_("Bodyshop id"),
        help_text=_("Your Informex mailbox number"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    bodyshop_key = forms.CharField(
        label=_("Bodyshop API key"),
        help_text=_("Claims360 › your name › My organisation › API keys"),
        required=False,
        widget=KEY,
    )
    planmanager_key = forms.CharField(
        label=_("PlanManager API key"),
        help_text=_("On the same page, “Claims360 API (Plan Manager)”"),
        required=False,
        widget=KEY,
    )

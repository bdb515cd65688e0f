"""Texts of Django and of other libraries that these have in French, but not in Dutch or not in German.

Without a translation of ours such a page shows them in French, the language of settings.LANGUAGE_CODE
(tests/project/test_texts.py finds them).
"""

from django.utils.translation import gettext_noop as _
from django.utils.translation import ngettext_lazy

SAID = (
    _("%(model)s instance with %(field)s %(value)r is not a valid choice."),
    _("A page number within the paginated result set."),
    _("A search term."),
    _("A {value_type} identifying this {name}."),
    _("Access lock out"),
    _("Account locked: too many login attempts. Contact an admin to unlock your account."),
    _("Account locked: too many login attempts. Please try again later."),
    _("Add link"),
    _("After you’ve created a user, you’ll be able to edit more user options."),
    _("Attempt Time"),
    _("Change or view list link"),
    _("Conflicting form data submitted. Please try again."),
    _("Constance"),
    _(
        "Constance doesn't support config values of the type %(config_type)s. Please fix the value of '%(name)s'."
    ),
    _("Datetime value out of range."),
    _("Default"),
    _(
        "Default value type must be equal to declared config parameter type. "
        "Please fix the default value of '%(name)s'."
    ),
    _("Disable password-based authentication"),
    _("Disabled"),
    _("Enable password-based authentication"),
    _("Enable password-based authentication for this user by setting a password."),
    _("Enabled"),
    _("Ensure this field has at least {min_length} elements."),
    _("Ensure this field has no more than {max_length} elements."),
    _('Enter a valid "slug" consisting of Unicode letters, numbers, underscores, or hyphens.'),
    _("Error generating challenge: {0}"),
    _("Expected available in {wait} second."),
    _("Expected available in {wait} seconds."),
    _("Extra Actions"),
    _("Failed Logins"),
    _("Forgotten your login credentials?"),
    _("Form Data"),
    _("GET Data"),
    _("Get OTP Challenge"),
    _("Get/Set In-database config settings handled by Constance"),
    _("HTTP Accept"),
    _("IP Address"),
    _("In case you’ve forgotten, you are:"),
    _('Invalid datetime for the timezone "{timezone}".'),
    _("Invalid input."),
    _("Invalid token. Please make sure you have entered it correctly."),
    _("Is modified"),
    _("Logout Time"),
    _("Meta Data"),
    _("Model name"),
    _("Must be a valid UUID."),
    _("Must be a valid boolean."),
    _("Name"),
    _("Not a valid string."),
    _("Number of results to return per page."),
    _("OTP Challenge: {0}"),
    _("OTP Device:"),
    _("OTP Token:"),
    _("POST Data"),
    _("Password-based authentication"),
    _("Password-based authentication was disabled."),
    _("Path"),
    _("Please correct the errors below."),
    _("Please enter your OTP token."),
    _("Raw passwords are not stored, so there is no way to see the user’s password."),
    _("Reset password"),
    _("Select a lookup."),
    _("Set password: %s"),
    _("Surrogate characters are not allowed: U+{code_point:X}."),
    _("The initial index from which to return the results."),
    _("The pagination cursor value."),
    _("The selected OTP device is not interactive"),
    _("This action will <strong>enable</strong> password-based authentication for this user."),
    _("This dictionary may not be empty."),
    _("UUID string"),
    _("User Agent"),
    _("Value"),
    _("Verification of the token is currently disabled"),
    _(
        "Whether the user will be able to authenticate using a password or not. "
        "If disabled, they may still be able to authenticate using other backends, "
        "such as Single Sign-On or LDAP."
    ),
    _("Which field to use when ordering the results."),
    _("access attempt"),
    _("access attempts"),
    _("access failure"),
    _("access failures"),
    _("access log"),
    _("access logs"),
    _("config"),
    _("constance"),
    _("constances"),
    _("content"),
    _("is null"),
    _("main content"),
    _("navbar"),
    _("request form"),
    _("request info"),
    _("response info"),
    _("unique integer value"),
    _("unique value"),
)
COUNTED = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        "n",
    ),
    ngettext_lazy(
        "Verification temporarily disabled because of %(failure_count)d failed attempt, please try again soon.",
        "Verification temporarily disabled because of %(failure_count)d failed attempts, please try again soon.",
        "n",
    ),
)
OF_ADMIN_SCRIPTS = (  # what admin's own scripts say
    _('Choose %s by selecting them and then select the "Choose" arrow button.'),
    _("Choose all %s"),
    _("Choose selected %s"),
    _("Remove selected %s"),
    _('Remove %s by selecting them and then select the "Remove" arrow button.'),
    _("(click to clear)"),
    _("Remove all %s"),
)

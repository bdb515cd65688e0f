"""A quote version that waits, decided in its mission's row of the list."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from claims360_link.views.gate import only_when_active, own_quote
from claims360_link.views.missions import FORM
from dossiers.forms import ReasonForm
from dossiers.intake import decide
from dossiers.models import DenyReason
from dossiers.views.access import user_of
from dossiers.views.answers import done, posted, say_decided, saying_why_not
from dossiers.views.quotes import seen_version


@require_POST
@only_when_active
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the version that the row shows into the dossier."""
    quote = own_quote(request, pk)
    with saying_why_not(request):
        taken = decide.accept_quote(quote.pk, user_of(request), seen_version(request))
        say_decided(request, _("Version %(version)s is accepted.") % {"version": taken.version}, taken)
    return done(request)


@require_http_methods(FORM)
@only_when_active
def deny(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks for the reason, then keeps the version out of the dossier."""
    quote = own_quote(request, pk)
    form = ReasonForm(posted(request), kind=DenyReason.Kind.QUOTE)
    if not form.is_valid():
        context = {"quote": quote, "form": form, "dossier_pk": quote.mission.dossier_id}
        return render(request, "dossiers/deny_quote.html", context, status=422 if form.is_bound else 200)
    with saying_why_not(request):
        denied = decide.deny_quote(
            quote.pk, form.cleaned_data["reason"], user_of(request), seen_version(request)
        )
        say_decided(request, _("Version %(version)s is denied.") % {"version": denied.version}, denied)
    return done(request)

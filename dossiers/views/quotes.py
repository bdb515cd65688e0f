"""The versions of a quote: one that waits is accepted, or denied with a reason; any two stand side by side."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dossiers.filters import number_of
from dossiers.forms import ReasonForm
from dossiers.intake import decide
from dossiers.models import DenyReason
from dossiers.quote_comparison import comparison
from dossiers.views.access import own_quote, user_of
from dossiers.views.answers import go_to, posted, say_decided, saying_why_not
from dossiers.views.dossier import back_to


@require_POST
def accept(request: HttpRequest, pk: int, quote_pk: int) -> HttpResponse:
    """Take the version that the user saw into the dossier."""
    quote = own_quote(request, pk, quote_pk)
    with saying_why_not(request):
        taken = decide.accept_quote(quote.pk, user_of(request), seen_version(request))
        say_decided(request, _("Version %(version)s is accepted.") % {"version": taken.version}, taken)
    return back_to(pk, "quotes")


@require_http_methods(["GET", "HEAD", "POST"])
def deny(request: HttpRequest, pk: int, quote_pk: int) -> HttpResponse:
    """Asks for the reason, then keeps the version out of the dossier."""
    quote = own_quote(request, pk, quote_pk)
    form = ReasonForm(posted(request), kind=DenyReason.Kind.QUOTE)
    if not form.is_valid():
        context = {"quote": quote, "form": form, "dossier_pk": pk}
        return render(request, "dossiers/deny_quote.html", context, status=422 if form.is_bound else 200)
    with saying_why_not(request):
        denied = decide.deny_quote(
            quote.pk, form.cleaned_data["reason"], user_of(request), seen_version(request)
        )
        say_decided(request, _("Version %(version)s is denied.") % {"version": denied.version}, denied)
    return go_to(request, reverse("dossiers:detail", args=[pk]))


@require_safe
def compare(request: HttpRequest, pk: int, quote_pk: int) -> HttpResponse:
    """Version `from` beside version `to`; of `only`, the lines that differ alone."""
    quote = own_quote(request, pk, quote_pk)
    versions = list(quote.versions.order_by("version"))
    shown = comparison(versions, request.GET.get("from", ""), request.GET.get("to", ""))
    context = {
        "quote": quote,
        "dossier": quote.mission.dossier,
        "versions": versions[::-1],
        "comparison": shown,
        "only": bool(request.GET.get("only")),
    }
    return render(request, "dossiers/compare.html", context)


def seen_version(request: HttpRequest) -> int:
    """The version that the page showed, an impossible one where it does not say: only that one is decided."""
    return number_of(request.POST.get("version", ""))

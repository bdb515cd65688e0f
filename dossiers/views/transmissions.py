"""What the "i" sent: try it again, or cancel it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dossiers import outbox
from dossiers.views.access import own_transmission, user_of
from dossiers.views.answers import saying_why_not
from dossiers.views.dossier import back_to


@require_POST
def again(request: HttpRequest, pk: int, transmission_pk: int) -> HttpResponse:
    """A transmission that needs a person is due again."""
    row = own_transmission(request, pk, transmission_pk)
    with saying_why_not(request):
        outbox.try_again(row.pk, user_of(request))
        messages.success(request, _("It is tried again."))
    return back_to(pk, "transmissions")


@require_POST
def cancel(request: HttpRequest, pk: int, transmission_pk: int) -> HttpResponse:
    """What was not sent yet will not be sent."""
    row = own_transmission(request, pk, transmission_pk)
    with saying_why_not(request):
        outbox.cancel(row.pk, user_of(request))
        messages.success(request, _("The transmission is cancelled."))
    return back_to(pk, "transmissions")

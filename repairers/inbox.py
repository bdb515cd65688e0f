"""Communication: the messages to the staff of a repairer, as whoever looks may see them, in their language."""

import datetime as dt
from typing import cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST, require_safe

from repairers.access import own_row
from repairers.models import Message, User
from repairers.staff_messages import KINDS, lines_of, mark_read, own, unread

SIZE = 50  # messages of a page
PLACE = "{:%Y-%m-%dT%H:%M:%S.%fZ}~{}"  # of a message in the list: its time and id


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The messages, newest first; `before` is where the page before this one ended, `settled` shows those."""
    user, is_settled = cast(User, request.user), "settled" in request.GET
    rows = own(user).filter(settled_at__isnull=not is_settled)
    shown, older = _read(rows, request.GET.get("before", ""), user)
    lines = list(lines_of(shown))
    return render(
        request,
        "communication/list.html",
        {
            "lines": lines,
            "older": older,
            "is_settled": is_settled,
            "has_unread": any(line.is_unread for line in lines),
            "until": timezone.now().isoformat(),
        },
    )


@require_safe
def badges(request: HttpRequest) -> HttpResponse:
    """What the badges of the shell count now: every page asks by itself."""
    return render(request, "components/badges.html")


@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Go to what a message is about, and have read it."""
    message = own_row(own(request.user), pk)
    mark_read(cast(User, request.user), [message], message.changed_at)
    return redirect(KINDS[message.kind].url(message))


@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Have read one message (`message`) or all, as they were when the page was shown (`until`)."""
    user, until = cast(User, request.user), _moment(request.POST.get("until", "")) or timezone.now()
    rows = unread(own(user), user).filter(changed_at__lte=until)
    if one := request.POST.get("message", ""):
        rows = rows.filter(pk=int(one) if one.isdecimal() and len(one) < 19 else 0)
    mark_read(user, rows.only("pk"), min(until, timezone.now()))
    return redirect("communication")


def _read(rows: QuerySet[Message], before: str, user: User) -> tuple[list[Message], str]:
    """One page of `rows`, and the place where it ends if there are older ones; one statement."""
    at, _, pk = before.partition("~")
    if (moment := _moment(at)) and pk.isdecimal() and len(pk) < 19:
        rows = rows.filter(Q(changed_at__lt=moment) | Q(changed_at=moment, pk__lt=int(pk)))
    fresh = unread(Message.objects.filter(pk=OuterRef("pk")), user)
    dressed = rows.filter(kind__in=KINDS).annotate(is_unread=Exists(fresh)).select_related("repairer__site")
    found: list[Message] = list(dressed.order_by("-changed_at", "-pk")[: SIZE + 1])
    shown = found[:SIZE]
    last = PLACE.format(shown[-1].changed_at, shown[-1].pk) if len(found) > SIZE else ""
    return shown, last


def _moment(text: str) -> dt.datetime | None:
    """The time (UTC) that `text` is, None where it is none with its zone, or none that a database holds."""
    try:
        moment = parse_datetime(text)
        return moment.astimezone(dt.UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None

"""Messages to the staff by e-mail, for whoever wants them so: each piece of news once, in one mail with the others.

The rows say who is to be told what. A worker that dies between the mail server's yes and its own note tells it twice.
"""

import datetime as dt
import logging
from collections.abc import Iterable
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, QuerySet, Value, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext

from repairers.access import who_sees
from repairers.models import Mailing, Message
from repairers.staff_messages import Line, lines_of, own, unread

log = logging.getLogger(__name__)
Errors = (SMTPException, OSError)

UNSEEN = dt.timedelta(seconds=30)  # a message may be committed that much after the time that stands in it
APART = dt.timedelta(minutes=5)  # two mails to somebody who wants them at once
MORNING = dt.time(7)
GIVEN_UP = dt.timedelta(minutes=10)  # in flight for longer: its worker died
LONGEST_WAIT = 60  # minutes between two tries
MOST = 20  # messages that a mail tells one by one


class _Down(Exception):
    """The mail server takes nothing from anybody at the moment."""


def send_due() -> int:
    """Mail everybody who is due; gives how many mails went."""
    now = timezone.now()
    rows = list(due(now)) if settings.EMAIL_ON else []
    if not rows:
        return 0
    sent = 0
    try:
        with get_connection() as connection:
            for row in rows:
                sent += _send(row, connection, now)
    except (_Down, *Errors) as error:
        log.warning("The mail server took nothing: %s.", type(error).__name__)
        _try_later(rows, now)
    return sent


def due(now: dt.datetime) -> QuerySet[Mailing]:
    """Whoever has something unread to be told, the time for it having come; `until` is up to when. One statement."""
    seen = now - UNSEEN
    morning = _morning(seen)
    free = Q(in_flight_since=None) | Q(in_flight_since__lt=now - GIVEN_UP)
    may = Q(not_before=None) | Q(not_before__lte=now)
    at_once = Q(pace=Mailing.Pace.AT_ONCE, told_until__lte=seen - APART)
    daily = Q(pace=Mailing.Pace.DAILY, told_until__lt=morning)
    until = Case(When(daily, then=Value(morning)), default=Value(seen), output_field=DateTimeField())
    theirs = who_sees().filter(pk=OuterRef(OuterRef("user")))
    news = unread(Message.objects.filter(Exists(theirs)), OuterRef(OuterRef("user")))
    news = news.filter(changed_at__gt=OuterRef("told_until"), changed_at__lte=OuterRef("until"))
    rows = Mailing.objects.annotate(until=until).filter(free, may, at_once | daily).exclude(user__email="")
    return (
        rows.exclude(error=Mailing.Error.REFUSED).filter(Exists(news)).select_related("user").order_by("pk")
    )


def waiting_for_server() -> int:
    """How many people can't be told because the mail server took nothing when it was last tried."""
    return Mailing.objects.filter(error=Mailing.Error.DOWN).count()


def _send(row: Mailing, connection: BaseEmailBackend, now: dt.datetime) -> bool:
    """Mail one person what is news to them. Raises _Down."""
    mine = Mailing.objects.filter(pk=row.pk, told_until=row.told_until, in_flight_since=row.in_flight_since)
    until: dt.datetime = row.until  # type: ignore[attr-defined]
    if not mine.update(in_flight_since=now):
        return False  # another worker has it
    messages = unread(own(row.user), row.user).filter(changed_at__gt=row.told_until, changed_at__lte=until)
    found = list(messages.select_related("repairer__site").order_by("-changed_at", "-pk"))
    try:
        if found:
            connection.send_messages([mail_to(row, found)])
    except SMTPRecipientsRefused as refused:
        for_good = all(code >= 500 for code, _ in refused.recipients.values())
        _note(row, error=Mailing.Error.REFUSED) if for_good else _try_later([row], now)
        return False
    except SMTPDataError:  # of this mail alone: whoever comes next is not to wait for it
        _try_later([row], now)
        return False
    except Errors as error:
        raise _Down from error
    _note(row, error="", told_until=until, attempts=0, not_before=None)
    return bool(found)


def mail_to(row: Mailing, messages: list[Message]) -> EmailMultiAlternatives:
    """The mail that tells `messages`, in the language of whoever gets it."""
    with translation.override(row.user.language or settings.LANGUAGE_CODE):
        lines = list(lines_of(messages[:MOST]))
        told = {
            "lines": [(line, settings.PUBLIC_URL + line.url) for line in lines],
            "more": len(messages) - len(lines),
            "url": settings.PUBLIC_URL + reverse("communication"),
            "preferences_url": settings.PUBLIC_URL + reverse("preferences"),
            "language": translation.get_language(),
        }
        mail = EmailMultiAlternatives(
            _subject(lines, len(messages)),
            render_to_string("communication/mail.txt", told),
            to=[row.user.email],
            headers={
                "Auto-Submitted": "auto-generated",
                "List-Unsubscribe": f"<{told['preferences_url']}>",
            },
        )
        mail.attach_alternative(render_to_string("communication/mail.html", told), "text/html")
    return mail


def _subject(lines: list[Line], number: int) -> str:
    """What a single message says, or how many there are."""
    if number == 1:
        return " ".join(f"PlanManager: {lines[0].title} ({lines[0].message.repairer})".split())
    return ngettext("PlanManager: %(n)d message", "PlanManager: %(n)d messages", number) % {"n": number}


def _morning(now: dt.datetime) -> dt.datetime:
    """The last MORNING here that is over."""
    here = timezone.localtime(now)
    today = timezone.make_aware(dt.datetime.combine(here.date(), MORNING))
    if today <= here:
        return today
    return timezone.make_aware(dt.datetime.combine(here.date() - dt.timedelta(days=1), MORNING))


def _try_later(rows: Iterable[Mailing], now: dt.datetime) -> None:
    """Nothing is wrong with these: those that were not mailed wait, a minute, then twice as long each time."""
    for row in rows:
        still = Mailing.objects.filter(pk=row.pk, told_until=row.told_until)
        wait = dt.timedelta(minutes=min(2**row.attempts, LONGEST_WAIT))
        still.update(
            error=Mailing.Error.DOWN,
            attempts=min(row.attempts + 1, 10),
            not_before=now + wait,
            in_flight_since=None,
        )


def _note(row: Mailing, **values: object) -> None:
    Mailing.objects.filter(pk=row.pk, told_until=row.told_until).update(in_flight_since=None, **values)

"""Messages to the staff of a repairer: one a matter, written with what it tells, read by each for themselves."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from repairers.access import visible
from repairers.models import Message, Reading, User

Text = Callable[[Message], str]


@dataclass(frozen=True, slots=True)
class Kind:
    """How messages of one kind read, in the language of whoever reads: rendered then, never stored."""

    title: Text
    settled: Text  # the title once the matter is settled
    detail: Text  # "" where the title says it all
    url: Text  # where the matter is


@dataclass(frozen=True, slots=True)
class Line:
    """What a page or a mail says of a message."""

    message: Message
    title: str
    detail: str
    is_unread: bool

    @property
    def url(self) -> str:
        """Where the matter is."""
        return KINDS[self.message.kind].url(self.message)

    @property
    def is_settled(self) -> bool:
        return self.message.settled_at is not None


# By name; each is put here by the app that writes its messages, when that is ready.
KINDS: dict[str, Kind] = {}


def tell(
    repairer_id: int, kind: str, subject: str = "", *, reason: str = "", count: int = 1, anew: bool = False
) -> None:
    """Write what the staff should know, in the transaction of what it tells; two statements at most.

    It is unread again where the matter had been settled, counts more or has another reason than before, or is `anew`.
    """
    now = timezone.now()
    about = {"repairer_id": repairer_id, "kind": kind, "subject": subject}
    says = {"reason": reason, "count": count}
    news = Q(settled_at__isnull=False) | Q(count__lt=count) | ~Q(reason=reason)
    changed_at = Value(now) if anew else Case(When(news, then=Value(now)), default=F("changed_at"))
    if not Message.objects.filter(**about).update(changed_at=changed_at, settled_at=None, **says):
        Message.objects.bulk_create([Message(**about, changed_at=now, **says)], ignore_conflicts=True)


def count_down(repairer_id: int, kind: str, subject: str = "", *, count: int) -> None:
    """So much is left of the matter, which is no news; nothing left settles it. One statement."""
    rows = Message.objects.filter(repairer=repairer_id, kind=kind, subject=subject, settled_at=None)
    rows.update(**({"count": count} if count else {"settled_at": timezone.now()}))


def recount(kind: str, counts: Mapping[int, int]) -> None:
    """So much of the matter there is by now for each repairer, which is no news: 0 settles it, else it stands again.

    Two statements, however many repairers.
    """
    rows = Message.objects.filter(kind=kind, subject="")
    settled = [repairer for repairer, count in counts.items() if not count]
    rows.filter(repairer__in=settled, settled_at=None).update(settled_at=timezone.now())
    left = {repairer: count for repairer, count in counts.items() if count}
    if left:
        each = Case(*(When(repairer=repairer, then=Value(count)) for repairer, count in left.items()))
        rows.filter(repairer__in=left).update(count=each, settled_at=None)


def settle(repairer_id: int, kind: str, subject: str = "") -> None:
    """The matter is settled. One statement."""
    count_down(repairer_id, kind, subject, count=0)


def own(user: User | AnonymousUser) -> QuerySet[Message]:
    """The messages that `user` may see."""
    return visible(Message.objects.all(), user)


def unread(messages: QuerySet[Message], user: User | OuterRef) -> QuerySet[Message]:
    """Those of `messages` that still stand, and in which there is something that `user` has not read."""
    seen = Reading.objects.filter(message=OuterRef("pk"), user=user, read_at__gte=OuterRef("changed_at"))
    return messages.filter(~Exists(seen), settled_at=None)


def mark_read(user: User, messages: Collection[Message] | QuerySet[Message], until: dt.datetime) -> None:
    """`user` has read `messages` as they were at `until`; one statement some hundred of them."""
    rows = [Reading(user=user, message=message, read_at=until) for message in messages]
    unique = ["user", "message"]
    Reading.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=unique, update_fields=["read_at"]
    )


def lines_of(messages: Iterable[Message]) -> Iterator[Line]:
    """How `messages` read in the language of now; annotated with `is_unread`, else they are taken for it."""
    for message in messages:
        kind = KINDS[message.kind]
        title = kind.settled if message.settled_at else kind.title
        detail = "" if message.settled_at else kind.detail(message)
        yield Line(message, title(message), detail, getattr(message, "is_unread", True))

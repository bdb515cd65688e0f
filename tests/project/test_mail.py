"""Messages by e-mail, over a real mail server: to whom, when, in which language, and what if it is down."""

import datetime as dt
import email
import socket
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from planmanager import doctor
from repairers import mail, tasks
from repairers.models import Mailing, Message, Repairer, User
from repairers.staff_messages import mark_read, settle, tell
from tests.dossiers.factories import RepairerFactory, StaffFactory
from tests.processes import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
PACE = Mailing.Pace


class Post:
    """A mail server that keeps what it takes; `refuses` is what it answers to an address instead."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refuses = ""
        self.refuses_mail_to = ""  # once it has all of it
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self._server = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=PATIENCE)

    async def handle_RCPT(self, *args: Any) -> str:
        *_, envelope, address, _options = args
        if not self.refuses:
            envelope.rcpt_tos.append(address)
        return self.refuses or "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuses_mail_to in envelope.rcpt_tos:
            return "554 looks like spam"
        self.mails.append(email.message_from_bytes(envelope.content, EmailMessage, policy=default))
        return "250 OK"

    def open(self) -> None:
        self._server.start()

    def close(self) -> None:
        self._server.stop(no_assert=True)

    def taken(self) -> list[tuple[str, str]]:
        """To whom and with which subject, since the last look."""
        taken = [(one["To"], one["Subject"].strip()) for one in self.mails]  # a long one is folded
        self.mails.clear()
        return taken


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    post = Post()
    post.open()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_ON = "127.0.0.1", post.port, True
    settings.EMAIL_TIMEOUT, settings.PUBLIC_URL = 2, "https://planmanager.example"
    yield post
    post.close()


@pytest.fixture
def reader(repairer: Repairer, staff: User) -> User:
    return wants(staff, PACE.AT_ONCE)


def wants(user: User, pace: str, language: str = "en") -> User:
    user.email, user.language = f"{user.username}@garage.example", language
    user.save()
    Mailing.objects.create(user=user, pace=pace, told_until=timezone.now() - dt.timedelta(hours=1))
    return user


def later(**how: float) -> int:
    with time_machine.travel(timezone.now() + dt.timedelta(**how), tick=False):
        return mail.send_due()


def soon() -> int:
    """A minute later, as beat does."""
    return later(minutes=1)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return part.get_content()


def test_it_says_what_is_the_matter_and_leads_back(reader: User, repairer: Repairer, post: Post) -> None:
    tell(repairer.pk, "waiting", count=7)
    tell(repairer.pk, "sending", "20418", reason="keys-refused")
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        tasks.send_mail()
    [came] = post.mails
    assert (came["To"], came["Subject"]) == (reader.email, "PlanManager: 2 messages")
    assert came["Auto-Submitted"] == "auto-generated"
    assert came["List-Unsubscribe"] == "<https://planmanager.example/preferences/>"
    for text in (body(came, "plain"), body(came, "html")):
        for said in (
            repairer.name,
            "7 missions or quotes wait in the queue",
            "https://planmanager.example/winformex/",
            "Dossier 20418: a transmission needs you",
            "https://planmanager.example/dossiers/20418/",
            "https://planmanager.example/communication/",
            "https://planmanager.example/preferences/",
        ):
            assert said in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "Le lien avec Claims360 ne va pas bien"),
        ("nl", "De koppeling met Claims360"),
        ("de", "Die Verbindung mit Claims360"),
        ("", "Le lien avec Claims360"),
    ],
)
def test_in_the_language_of_whoever_gets_it(
    repairer: Repairer, staff: User, post: Post, language: str, said: str
) -> None:
    wants(staff, PACE.AT_ONCE, language)
    tell(repairer.pk, "link", reason="keys-refused")
    soon()
    [came] = post.mails
    assert said in body(came, "plain")
    subject = came["Subject"].strip()
    assert subject.startswith(f"PlanManager: {said}") and subject.endswith(f"({repairer})")


def test_each_piece_of_news_is_mailed_once(reader: User, repairer: Repairer, post: Post) -> None:
    tell(repairer.pk, "waiting", count=1)
    assert [soon(), soon()] == [1, 0]
    assert later(minutes=9) == 0
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=3)):
        tell(repairer.pk, "waiting", count=2)
    assert later(minutes=4) == 0, "the last one went a moment ago"
    assert later(minutes=9) == 1
    assert len(post.taken()) == 2


def test_once_a_day_comes_in_the_morning(repairer: Repairer, staff: User, post: Post) -> None:
    wants(staff, PACE.DAILY)
    with at("2026-03-12T10:00:00+01:00"):
        Mailing.objects.update(told_until=timezone.now() - dt.timedelta(minutes=1))
        tell(repairer.pk, "waiting", count=1)
        tell(repairer.pk, "link", reason="outage")
    assert sent_at("2026-03-12T12:00:00+01:00") == sent_at("2026-03-13T07:00:00+01:00") == 0
    assert [sent_at("2026-03-13T07:01:00+01:00"), sent_at("2026-03-13T07:02:00+01:00")] == [1, 0]
    with at("2026-03-13T08:00:00+01:00"):
        tell(repairer.pk, "sending", "1")
    assert sent_at("2026-03-13T23:00:00+01:00") == 0, "what is of today comes tomorrow"
    assert sent_at("2026-03-14T07:30:00+01:00") == 1
    assert [subject for _, subject in post.taken()] == [
        "PlanManager: 2 messages",
        f"PlanManager: Dossier 1: a transmission needs you ({repairer})",
    ]


def at(moment: str) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def sent_at(moment: str) -> int:
    with at(moment):
        return mail.send_due()


def test_what_is_committed_late_is_not_passed_over(reader: User, repairer: Repairer, post: Post) -> None:
    """While it was looked for news, a message had its time and was not committed yet."""
    tell(repairer.pk, "link", reason="outage")
    row = Message.objects.get()
    Message.objects.all().delete()
    tell(repairer.pk, "sending", "1")
    soon()
    row.changed_at = timezone.now() + dt.timedelta(seconds=40)
    row.save(force_insert=True)
    assert later(minutes=9) == 1


def test_what_was_read_or_settled_is_not_mailed(reader: User, repairer: Repairer, post: Post) -> None:
    tell(repairer.pk, "waiting", count=1)
    mark_read(reader, Message.objects.all(), timezone.now())
    tell(repairer.pk, "link", reason="outage")
    settle(repairer.pk, "link")
    assert (soon(), post.taken()) == (0, [])


def test_only_whoever_may_see_it_is_told(
    reader: User, repairer: Repairer, helpdesk: User, post: Post
) -> None:
    other = RepairerFactory()
    wants(StaffFactory(sites=[other.site]), PACE.AT_ONCE)
    one_of_single = wants(StaffFactory(), PACE.AT_ONCE)
    one_of_single.repairers.add(repairer)
    wants(helpdesk, PACE.AT_ONCE)
    gone = wants(StaffFactory(sites=[repairer.site]), PACE.AT_ONCE)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    StaffFactory(sites=[repairer.site], email="asked-for-none@garage.example")
    tell(repairer.pk, "waiting", count=1)
    soon()
    assert {to for to, _ in post.taken()} == {reader.email, one_of_single.email, helpdesk.email}


def test_many_are_named_up_to_a_limit(reader: User, repairer: Repairer, post: Post) -> None:
    for number in range(mail.MOST + 3):
        tell(repairer.pk, "sending", str(number))
    soon()
    [came] = post.mails
    assert came["Subject"] == "PlanManager: 23 messages"
    assert body(came, "plain").count("a transmission needs you") == mail.MOST
    assert "and 3 more" in body(came, "plain")


def test_a_mail_server_that_is_down_is_tried_later_and_told_to_the_operator(
    reader: User, repairer: Repairer, post: Post, settings: Settings
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    tell(repairer.pk, "waiting", count=1)
    assert [soon(), soon(), later(seconds=121)] == [0, 0, 0]
    row = Mailing.objects.get()
    assert (row.error, row.attempts, row.in_flight_since) == ("down", 2, None)
    assert [finding.well for finding in (doctor._mail_server(), doctor._mails())] == [False, False]
    settings.EMAIL_PORT = port
    assert later(minutes=3) == 0, "it waits twice as long each time"
    assert later(minutes=5) == 1
    row.refresh_from_db()
    assert (row.error, row.attempts) == ("", 0)
    assert [finding.well for finding in (doctor._mail_server(), doctor._mails())] == [True, True]


def test_a_server_that_hangs_up_in_the_middle_loses_nothing(
    reader: User, repairer: Repairer, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    wants(StaffFactory(sites=[repairer.site]), PACE.AT_ONCE)
    tell(repairer.pk, "waiting", count=1)
    post.refuses = "421 going down"
    assert soon() == 0
    post.refuses = ""
    assert later(minutes=3) == 2
    assert len(post.taken()) == 2


def test_an_address_that_is_refused_is_left_alone_until_it_is_corrected(
    reader: User, repairer: Repairer, post: Post, client: Client
) -> None:
    neighbour = wants(StaffFactory(sites=[repairer.site]), PACE.AT_ONCE)
    Mailing.objects.filter(user=neighbour).update(not_before=timezone.now() + dt.timedelta(minutes=10))
    post.refuses = "550 no such user"
    tell(repairer.pk, "waiting", count=1)
    assert soon() == 0
    post.refuses = ""
    assert later(hours=2) == 1 and [to for to, _ in post.taken()] == [neighbour.email]
    client.force_login(reader)
    assert "This address was refused" in client.get("/preferences/").content.decode()
    client.post("/preferences/", {"language": "en", "email": "right@garage.example", "pace": "at-once"})
    assert soon() == 1
    [(address, subject)] = post.taken()
    assert address == "right@garage.example"
    assert subject == f"PlanManager: 1 mission or quote waits in the queue ({repairer})"


def test_one_mail_that_is_refused_holds_up_no_other(reader: User, repairer: Repairer, post: Post) -> None:
    neighbour = wants(StaffFactory(sites=[repairer.site]), PACE.AT_ONCE)
    tell(repairer.pk, "waiting", count=1)
    post.refuses_mail_to = reader.email
    assert soon() == 1 and [to for to, _ in post.taken()] == [neighbour.email]
    post.refuses_mail_to = ""
    assert later(minutes=3) == 1 and [to for to, _ in post.taken()] == [reader.email], "tried again by itself"


def test_a_worker_that_died_while_sending_is_followed(reader: User, repairer: Repairer, post: Post) -> None:
    tell(repairer.pk, "waiting", count=1)
    Mailing.objects.update(in_flight_since=timezone.now())
    assert soon() == 0, "somebody is at it"
    assert later(minutes=11) == 1


def test_off_nothing_is_sent_and_nothing_offered(
    reader: User, repairer: Repairer, settings: Settings, client: Client
) -> None:
    settings.EMAIL_ON = False
    tell(repairer.pk, "waiting", count=1)
    assert soon() == 0 and doctor._mail_server().well
    client.force_login(reader)
    page = client.get("/preferences/").content.decode()
    assert "No e-mail leaves from here yet" in page and 'name="email"' not in page


def test_whom_to_tell_is_found_in_one_statement(
    repairer: Repairer, post: Post, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        wants(StaffFactory(sites=[repairer.site]), PACE.AT_ONCE)
    with django_assert_num_queries(1):
        assert soon() == 0
    tell(repairer.pk, "waiting", count=1)
    with django_assert_num_queries(1 + 5 * 4):  # the fourth: whose queue it leads to is an option
        assert soon() == 5


# --- what somebody chooses


def test_preferences_are_kept(client: Client, staff: User, post: Post) -> None:
    client.force_login(staff)
    refused = client.post("/preferences/", {"language": "nl", "email": "", "pace": "daily"})
    assert refused.status_code == 422 and not Mailing.objects.exists()
    client.post("/preferences/", {"language": "nl", "email": "lotte@garage.example", "pace": "daily"})
    staff.refresh_from_db()
    assert (staff.language, staff.email, staff.mailing.pace) == ("nl", "lotte@garage.example", "daily")
    client.post("/preferences/", {"language": "fr", "email": "lotte@garage.example", "pace": ""})
    assert not Mailing.objects.exists()
    assert client.post("/preferences/", {"language": "xx", "pace": "hourly"}).status_code == 422


def test_the_address_of_a_provider_is_not_changed_here(client: Client, staff: User, post: Post) -> None:
    staff.set_unusable_password()
    staff.email = "of-the-provider@garage.example"
    staff.save()
    client.force_login(staff)
    client.post("/preferences/", {"language": "nl", "email": "other@garage.example", "pace": "daily"})
    staff.refresh_from_db()
    assert (staff.language, staff.email) == ("nl", "of-the-provider@garage.example")


def test_nobody_hears_of_an_older_matter_by_choosing(
    client: Client, staff: User, repairer: Repairer, post: Post
) -> None:
    tell(repairer.pk, "waiting", count=1)
    client.force_login(staff)
    client.post("/preferences/", {"language": "en", "email": "lotte@garage.example", "pace": "at-once"})
    assert later(minutes=10) == 0

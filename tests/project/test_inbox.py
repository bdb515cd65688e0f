"""Communication: whose messages somebody sees, what is unread, in which language, and where each leads."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from repairers.inbox import SIZE
from repairers.models import Message, Repairer, User
from repairers.staff_messages import mark_read, settle, tell
from tests.dossiers.factories import DossierFactory, RepairerFactory, StaffFactory

PAGE = "/communication/"


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    User.objects.filter(pk=staff.pk).update(language="en")
    client.force_login(staff)
    return client


def text(browser: Client, query: str = "") -> str:
    return browser.get(PAGE + query).content.decode()


def badge(browser: Client) -> int:
    page = browser.get("/aide/").content.decode()
    inside = page.split('id="unread-side">')[1].split("</a>")[0]
    return int(inside.split('class="badge">')[1].split("<")[0]) if "badge" in inside else 0


def test_nothing_to_tell(browser: Client) -> None:
    assert "No messages" in text(browser)
    assert "Nothing was settled yet" in text(browser, "?settled")
    assert badge(browser) == 0


def test_reading_is_of_each_for_themselves(browser: Client, repairer: Repairer, staff: User) -> None:
    colleague = Client()
    colleague.force_login(StaffFactory(sites=[repairer.site]))
    tell(repairer.pk, "waiting", count=7)
    assert "7 missions or quotes wait in the queue" in text(browser)
    assert [badge(browser), badge(colleague)] == [1, 1], "a look marks nothing"
    row = Message.objects.get()
    answer = browser.post(f"{PAGE}read/", {"message": row.pk, "until": timezone.now().isoformat()})
    assert (answer.status_code, answer.url) == (302, PAGE)
    assert [badge(browser), badge(colleague)] == [0, 1]
    assert "7 missions or quotes wait in the queue" in text(browser), "it still stands"
    tell(repairer.pk, "waiting", count=8)
    assert badge(browser) == 1, "there is news in it"


def test_the_badges_come_without_a_reload(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assert 'hx-get="/communication/badges/" hx-trigger="every 30s"' in text(browser)
    tell(repairer.pk, "waiting", count=7)
    with django_assert_num_queries(4):  # the session, the user, whether Claims360 is active, the counts
        badges = browser.get(f"{PAGE}badges/", headers={"HX-Request": "true"}).content.decode()
    for place in ("menu", "side"):
        assert f'id="unread-{place}" hx-swap-oob="true"><span class="badge">1<' in badges


def test_what_came_after_the_page_was_shown_stays_unread(browser: Client, repairer: Repairer) -> None:
    tell(repairer.pk, "waiting", count=1)
    shown_at = timezone.now().isoformat()
    tell(repairer.pk, "waiting", count=2)
    browser.post(f"{PAGE}read/", {"until": shown_at})
    assert badge(browser) == 1


@pytest.mark.parametrize(
    "posted",
    [
        {"until": "yesterday"},
        {"until": "2026-13-40T99:00Z"},
        {"until": "0001-01-01T00:00:00+01:00"},
        {"message": "9" * 40},
        {"message": "x"},
    ],
)
def test_an_odd_request_harms_nothing(browser: Client, repairer: Repairer, posted: dict[str, str]) -> None:
    tell(repairer.pk, "waiting", count=1)
    assert browser.post(f"{PAGE}read/", posted).status_code == 302
    for before in ("x", "2026-01-01T00:00:00Z~" + "9" * 30, "~", "0001-01-01T00:00:00+01:00~1"):
        assert browser.get(PAGE, {"before": before}).status_code == 200


def test_going_there_has_read_it(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    tell(repairer.pk, "sending", str(dossier.pk), reason="refused")
    tell(repairer.pk, "waiting", count=1)
    tell(repairer.pk, "link", reason="keys-refused")
    leads = {
        "sending": f"/dossiers/{dossier.pk}/#transmissions",
        "waiting": f"/claims360/?state=waiting&repairer={repairer.pk}",
        "link": f"/claims360/repairers/{repairer.pk}/",
    }
    for row in Message.objects.all():
        answer = browser.post(f"{PAGE}{row.pk}/")
        assert answer.url == leads[row.kind]
        assert browser.get(answer.url).status_code == 200
    assert badge(browser) == 0


def test_what_is_settled_says_so_and_counts_no_more(browser: Client, repairer: Repairer) -> None:
    tell(repairer.pk, "link", reason="keys-refused")
    assert "Claims360 refuses the keys" in text(browser)
    settle(repairer.pk, "link")
    assert badge(browser) == 0
    assert "No messages" in text(browser)
    assert "The link with Claims360 is well again" in text(browser, "?settled")


def test_messages_of_others_are_not_there(browser: Client, helpdesk: User) -> None:
    other = RepairerFactory(name="Carrosserie Ailleurs")
    tell(other.pk, "waiting", count=3)
    assert "Ailleurs" not in text(browser) and badge(browser) == 0
    assert browser.post(f"{PAGE}{Message.objects.get().pk}/").status_code == 404
    desk = Client()
    desk.force_login(helpdesk)
    assert "Ailleurs" in text(desk) and badge(desk) == 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "7 missions ou devis attendent dans la file"),
        ("nl", "7 opdrachten of bestekken wachten in de wachtlijst"),
        ("de", "7 Aufträge oder Kostenvoranschläge warten in der Warteschlange"),
    ],
)
def test_each_reads_it_in_their_language(
    browser: Client, repairer: Repairer, staff: User, language: str, said: str
) -> None:
    tell(repairer.pk, "waiting", count=7)
    User.objects.filter(pk=staff.pk).update(language=language)
    assert said in text(browser)


@pytest.mark.parametrize("many", [1, 120])
def test_the_page_takes_the_same_statements_for_many(
    browser: Client,
    repairer: Repairer,
    staff: User,
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    now = timezone.now()
    Message.objects.bulk_create(
        Message(repairer=repairer, kind="sending", subject=str(n), changed_at=now - dt.timedelta(minutes=n))
        for n in range(many)
    )
    mark_read(staff, Message.objects.all()[:1], now)
    text(browser)
    with django_assert_num_queries(5):  # session, user, options, the page, the badges
        page = text(browser)
    assert ("Older" in page) == (many > SIZE)


def test_older_ones_are_on_the_next_pages(browser: Client, repairer: Repairer) -> None:
    now, query, seen = timezone.now(), "", []
    Message.objects.bulk_create(
        Message(
            repairer=repairer, kind="sending", subject=str(n), changed_at=now - dt.timedelta(minutes=n // 3)
        )
        for n in range(2 * SIZE + 1)
    )
    while query is not None:
        answer = browser.get(PAGE + query)
        seen += [line.message.subject for line in answer.context["lines"]]
        query = f"?before={answer.context['older']}" if answer.context["older"] else None
    assert sorted(map(int, seen)) == list(range(2 * SIZE + 1))

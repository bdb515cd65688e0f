"""The information frame by repairer: a line for each, and one opened with what failed and what happens next."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from claims360_link.models import SyncState
from dossiers.models import MissionState, QuoteState, SetAside
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import NOW, PhotoFactory, QuoteFactory, RepairerFactory, TransmissionFactory
from tests.link.tab import TAB, link, mission, text

REPAIRERS = "/claims360/repairers/"


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    """Somebody who looked before all of this came."""
    User.objects.filter(pk=staff.pk).update(
        looked_at=timezone.now(), looked_before=NOW - dt.timedelta(days=1)
    )
    client.force_login(staff)
    return client


@pytest.fixture
def second(staff: User) -> Repairer:
    """Another of theirs, which nobody has configured."""
    repairer = RepairerFactory(name="Zwijnaarde")
    staff.sites.add(repairer.site)
    return repairer


def fill(repairer: Repairer) -> None:
    """What waits, is excluded by two rules, was set aside and could not be sent or fetched; all of it new."""
    mission(repairer)
    for rule in ("make = audi", "make = audi", "insurer = KBC*"):
        mission(repairer, MissionState.EXCLUDED, reason="excluded-by-rule", reason_args={"rule": rule})
    row = mission(repairer, MissionState.DOSSIER)
    rule = {"reason": "excluded-by-rule", "reason_args": {"rule": "kind = quote"}}
    QuoteFactory(mission=row, state=QuoteState.EXCLUDED, accepted_version=None, **rule)
    TransmissionFactory(dossier=row.dossier, state=SendState.NEEDS_PERSON, error="mission-closed")
    SetAside.objects.create(
        repairer=repairer, entity="quote", reason="unreadable-amount", raw={}, created_at=NOW
    )
    photo = {"dossier": None, "repairer": repairer, "mission": row, "source": "claims360"}
    for n, error in enumerate(("photo-not-an-image", "photo-gone")):
        PhotoFactory(**photo, external_id=f"f{n}", fetch_state=FetchState.FAILED, fetch_error=error)
    later = {"fetch_error": "disk-error", "fetch_not_before": timezone.now() + dt.timedelta(minutes=5)}
    PhotoFactory(**photo, external_id="p", fetch_state=FetchState.PENDING, **later)


def test_a_line_for_each_of_theirs(browser: Client, repairer: Repairer, second: Repairer) -> None:
    link(repairer)
    fill(repairer)
    mission(RepairerFactory(name="Concurrent SA"))
    lines = {line.repairer: line for line in browser.get(TAB).context["tab"].lines}
    counts = {"new": 5, "waiting": 1, "excluded": 4, "set_aside": 1, "unsent": 1}
    assert dict(lines[repairer].counts) == counts
    assert set(lines[second].counts.values()) == {0} and lines[second].telling.kind == "off"
    for page in (text(browser), browser.get(REPAIRERS).content.decode()):
        assert "Not configured yet" in page and "Concurrent" not in page
        assert f"{TAB}?repairer={repairer.pk}&amp;state=excluded" in page
        assert f"{REPAIRERS}{repairer.pk}/#troubles" in page


def test_the_lines_are_open_where_a_link_is_ill(
    browser: Client, repairer: Repairer, second: Repairer
) -> None:
    link(repairer)
    now = timezone.now()
    SyncState.objects.update(last_run_at=now, last_ok_at=now)
    assert 'id="by-repairer" data-kept open' not in text(browser)
    assert f'href="{REPAIRERS}"' in text(browser), "the page that Aide names"
    SyncState.objects.update(error="unreachable", not_before=now + dt.timedelta(minutes=5))
    assert 'id="by-repairer" data-kept open' in text(browser)


def test_many_have_a_page_of_their_own(client: Client, active: None, helpdesk: User) -> None:
    RepairerFactory.create_batch(51, site=RepairerFactory(name="Zwijnaarde").site)
    client.force_login(helpdesk)
    assert f'href="{REPAIRERS}"' in text(client) and "by-repairer" not in text(client)
    page = client.get(REPAIRERS)
    assert len(page.context["lines"]) == 50 and "52 repairers" in page.content.decode()
    found = client.get(f"{REPAIRERS}?name=zwijn", headers={"HX-Request": "true", "HX-Target": "list"})
    assert [str(line.repairer) for line in found.context["lines"]] == ["Zwijnaarde"]
    assert "No repairer here" in client.get(f"{REPAIRERS}?site=nowhere").content.decode()


def test_one_opened(browser: Client, repairer: Repairer) -> None:
    link(repairer)
    SyncState.objects.update(error="unreachable", not_before=timezone.now() + dt.timedelta(minutes=5))
    fill(repairer)
    page = browser.get(f"{REPAIRERS}{repairer.pk}/")
    shown = page.content.decode()
    assert page.context["page"].rules == [("make = audi", 2), ("insurer = KBC*", 1), ("kind = quote", 1)]
    assert len(page.context["page"].new) == 5 and "New since your last visit, 11/03/2026" in shown
    for words in (
        "Claims360 can&#x27;t be reached at the moment",
        "Next try",
        "This file is no photo.",
        "Another photo in its place is fetched by itself.",
        "Claims360 does not have this photo any more.",
        "Refresh tries it once more.",
        "The photo could not be stored or read; it is tried again by itself.",
        "The mission is closed in Claims360.",
        "1 record was kept aside: an amount can&#x27;t be read.",
        "otherwise the helpdesk",
    ):
        assert words in shown, words


def test_one_where_nothing_ever_happened(
    browser: Client, repairer: Repairer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(20):
        shown = browser.get(f"{REPAIRERS}{repairer.pk}/").content.decode()
    for words in (
        "Nothing.",
        "Nothing has come since.",
        "No rule keeps anything out.",
        "Configure Claims360",
    ):
        assert words in shown, words

"""The Claims360 tab: what it lists, how it is filtered, what the information frame says, and to whom."""

import datetime as dt
import json
from decimal import Decimal
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from claims360_link import credentials, sync
from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.views import tab
from dossiers.intake import decide
from dossiers.models import Dossier, Event, MissionState, Photo, Quote, QuoteState, SetAside
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import (
    NOW,
    DossierFactory,
    QuoteFactory,
    RepairerFactory,
    StaffFactory,
    TransmissionFactory,
)
from tests.link.tab import FRAME, HTMX, LIST, TAB, link, mission, ran, shown, text
from tests.link.world import DEMO


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


# --- who sees it at all


@pytest.mark.parametrize(
    "path",
    [
        *("", "?state=waiting", "queue/", "configure/?repairer={repairer}", "missions/{mission}/"),
        *("missions/{mission}/link/", "missions/{mission}/deny/", "quotes/{quote}/deny/"),
        "dossiers/{dossier}/send/",
    ],
)
def test_before_activation_no_page_is_there(
    client: Client, staff: User, helpdesk: User, repairer: Repairer, path: str
) -> None:
    row = mission(repairer, MissionState.DOSSIER)
    ids = {"repairer": repairer.pk, "mission": row.pk, "dossier": row.dossier_id}
    path = TAB + path.format(**ids, quote=QuoteFactory(mission=row).pk)
    for user in (staff, helpdesk):
        client.force_login(user)
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["repairer/", "refresh/", "configure/", "missions/{}/accept/", "missions/{}/new-dossier/"]
)
def test_before_activation_nothing_can_be_done(
    client: Client, staff: User, repairer: Repairer, path: str
) -> None:
    client.force_login(staff)
    row = mission(repairer)
    assert client.post(TAB + path.format(row.pk), {"repairer": repairer.pk}).status_code == 404
    row.refresh_from_db()
    assert row.state == MissionState.WAITING


def test_who_is_not_logged_in_is_asked_to(client: Client, active: None) -> None:
    assert client.get(TAB).headers["Location"].startswith("/login/")


def test_nobody_sees_what_belongs_to_others(browser: Client, repairer: Repairer) -> None:
    other = RepairerFactory(name="Concurrent SA")
    theirs = mission(other, MissionState.DOSSIER, plate="9-XXX-999")
    quote = QuoteFactory(mission=theirs, state=QuoteState.WAITING)
    SetAside.objects.create(repairer=other, entity="quote", reason="unreadable-id", raw={}, created_at=NOW)
    page = (
        text(browser) + text(browser, "?state=set_aside") + text(browser, f"?repairer={other.pk}&state=all")
    )
    assert "Concurrent" not in page and "9-XXX-999" not in page
    assert browser.get(TAB).context["tab"].counts == dict.fromkeys([*MissionState.values, "set_aside"], 0)
    for path in ("accept", "new-dossier", "link", "deny", "reconsider"):
        assert browser.post(f"{TAB}missions/{theirs.pk}/{path}/").status_code == 404
    for path in (f"missions/{theirs.pk}/", f"dossiers/{theirs.dossier_id}/send/", f"quotes/{quote.pk}/deny/"):
        assert browser.get(TAB + path).status_code == 404
    assert browser.post(f"{TAB}quotes/{quote.pk}/accept/", {"version": 1}).status_code == 404
    for path in ("repairer/", "refresh/", "configure/"):
        assert browser.post(TAB + path, {"repairer": other.pk}).status_code == 404


def test_somebody_of_no_site_reads_why_nothing_is_there(client: Client, active: None) -> None:
    client.force_login(StaffFactory())
    assert "No repairer is yours yet" in text(client)


@pytest.mark.parametrize("repairer_id", ["", "x", "0", "-1", "9" * 30, "²"])
def test_a_repairer_that_is_none(browser: Client, repairer_id: str) -> None:
    assert browser.post(f"{TAB}refresh/", {"repairer": repairer_id}).status_code == 404


# --- the list


def fill(repairer: Repairer, rows: int) -> None:
    """Two thirds wait, with dossiers that may be theirs; a third is in a dossier, with a quote that waits."""
    for n in range(rows):
        state = (MissionState.WAITING, MissionState.DOSSIER, MissionState.WAITING)[n % 3]
        row = mission(repairer, state, plate=f"1-AAA-{n:03d}", owner_name="Carlier Anne")
        QuoteFactory(mission=row, state=QuoteState.WAITING if row.dossier else QuoteState.FOLLOWS)
        Photo.objects.create(
            repairer=repairer, mission=row, external_id=f"p{n}", source="claims360", received_at=NOW
        )
        DossierFactory(repairer=repairer, plate=row.plate, plate_key=row.plate_key)
        if row.dossier:
            TransmissionFactory(dossier=row.dossier, state=SendState.NEEDS_PERSON, error="mission-closed")


# The session, the user, whether Claims360 is active, the repairers, the link, the counts, the missions, their dossiers.
PAGE, SET_ASIDE_PAGE, FRAME_ALONE = 8, 7, 6


@pytest.mark.parametrize("rows", [1, 300])
@pytest.mark.parametrize("who", ["staff", "helpdesk"])
def test_300_rows_take_the_statements_of_1(
    client: Client,
    active: None,
    request: pytest.FixtureRequest,
    repairer: Repairer,
    django_assert_num_queries: DjangoAssertNumQueries,
    who: str,
    rows: int,
) -> None:
    client.force_login(request.getfixturevalue(who))
    others = RepairerFactory.create_batch(11 if rows > 1 else 1)
    User.objects.get(username__startswith=who).sites.add(*(one.site for one in others))
    link(repairer)
    fill(repairer, rows)
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE"
        )  # PostgreSQL knows these tables as another test left them, with no row or one
    text(client)
    with django_assert_num_queries(PAGE):
        text(client)
    for query in ("?plate=1", "?name=An&sort=-plate", "?number=2026&page=-1", "?state=waiting&sort=owner"):
        with django_assert_num_queries(PAGE):
            text(client, query, **LIST)
    with django_assert_num_queries(SET_ASIDE_PAGE):
        text(client, "?state=set_aside", **LIST)
    with django_assert_num_queries(FRAME_ALONE):
        text(client, **FRAME)


def test_what_waits_and_what_is_in_a_dossier(browser: Client, repairer: Repairer) -> None:
    rows = {state: mission(repairer, state) for state in MissionState.values}
    assert set(shown(browser)) == {rows["waiting"].external_id, rows["dossier"].external_id}
    assert "2 items" in text(browser)
    for state, row in rows.items():
        assert shown(browser, f"?state={state}") == [row.external_id]
    assert len(shown(browser, "?state=all")) == len(rows)


def test_a_state_that_is_none_shows_the_usual(browser: Client, repairer: Repairer) -> None:
    mission(repairer, MissionState.DENIED)
    waiting = mission(repairer, MissionState.WAITING)
    for nonsense in ("nonsense", "no state", "--", "\0"):
        for names in (("state",), ("state", "sort", "page")):
            query = urlencode(dict.fromkeys(names, nonsense))
            assert shown(browser, f"?{query}") == [waiting.external_id]


def test_a_waiting_version_puts_its_mission_into_the_queue(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer, MissionState.DOSSIER)
    QuoteFactory(mission=row, version=1, gross=Decimal("999"), updated_at=NOW + dt.timedelta(hours=1))
    waiting = QuoteFactory(mission=row, version=3, gross=Decimal("121.00"), previous_gross=Decimal("100.00"))
    Quote.objects.filter(pk=waiting.pk).update(state=QuoteState.WAITING)
    assert shown(browser, "?state=waiting") == [row.external_id]
    page = text(browser, "?state=waiting")
    assert "Quote waiting" in page and "Accept v3" in page
    assert "+21.00" in page, "the row shows the version that is decided on, not the newest quote"
    assert browser.get(TAB).context["tab"].counts["waiting"] == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("number=0012345", True),
        ("number=2026 / 001", True),
        ("number=c-77", True),
        ("number=77.99", True),
        ("number=78", False),
        ("number=%2F", False),
        ("plate=1abc2", True),
        ("plate=1-ABC-999", False),
        ("plate=--", False),
        ("name=peeters", True),
        ("name=10482", True),
        ("name=Carlier", False),
        ("model=octa", True),
        ("make=koda", True),
        ("make=audi", False),
        ("make=Skoda", True),
        ("name=jan peeters", False),
        ("name=peeters, jan", True),
        ("name=j", True),
        ("name=je", False),
        ("name=ja", True),
        ("name=ee", False),
        ("name=eet", True),
        ("plate=1a", True),
        ("plate=ab", False),
        ("plate=abc", True),
        ("number=20", True),
        ("number=c7", True),
        ("number=79", False),
        ("number=799", True),
        ("smart=on", True),
        ("smart=", True),
        ("repairer=x", True),
        ("plate=1abc&make=audi", False),
    ],
)
@pytest.mark.parametrize("who", ["staff", "helpdesk"])
def test_filters(
    client: Client,
    active: None,
    request: pytest.FixtureRequest,
    repairer: Repairer,
    who: str,
    query: str,
    found: bool,
) -> None:
    """The helpdesk asks the search's own index first; it finds the same."""
    client.force_login(request.getfixturevalue(who))
    known = {"make": "Škoda", "model": "Octavia", "owner_name": "Peeters Jan", "owner_number": "10482"}
    numbers = {"number": "2026/0012345", "number_key": "20260012345", "claim_key": "C7799"}
    mission(repairer, smart_expertise=True, **known, **numbers)
    assert bool(shown(client, f"?{query}")) is found


def test_a_number_may_be_the_dossier_s(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer, MissionState.DOSSIER, number="X", number_key="X")
    assert shown(browser, f"?number={row.dossier_id}") == [row.external_id]
    assert shown(browser, f"?number={row.dossier_id}0") == []


def test_only_smart_expertises(browser: Client, repairer: Repairer) -> None:
    mission(repairer)
    smart = mission(repairer, smart_expertise=True)
    assert shown(browser, "?smart=on") == [smart.external_id]


def test_by_site_and_by_repairer(browser: Client, repairer: Repairer, staff: User) -> None:
    second = RepairerFactory()
    staff.sites.add(second.site)
    first, other = mission(repairer), mission(second)
    assert shown(browser, f"?repairer={second.pk}") == [other.external_id]
    assert shown(browser, f"?site={repairer.site_id}") == [first.external_id]


def test_sorted_and_paged(browser: Client, repairer: Repairer) -> None:
    for n in range(51):
        at = NOW + dt.timedelta(minutes=n)
        mission(repairer, external_id=f"m{n:02d}", plate=f"1-AAA-{99 - n}", updated_at=at)
    assert shown(browser)[0] == "m50" and len(shown(browser)) == 50
    assert shown(browser, "?page=2") == ["m00"]
    assert shown(browser, "?sort=received")[0] == "m00"
    assert shown(browser, "?sort=plate")[0] == "m50"
    assert shown(browser, "?sort=-plate")[0] == "m00"
    assert "by plate, descending" in text(browser, "?sort=-plate")


def test_the_select_names_how_many_and_leaves_out_what_is_empty(browser: Client, repairer: Repairer) -> None:
    mission(repairer, MissionState.ARCHIVED)
    page = text(browser)
    assert "archived (1)" in page and "withdrawn" not in page
    assert "withdrawn (0)" in text(browser, "?state=withdrawn")


def test_what_a_row_says(browser: Client, repairer: Repairer, staff: User) -> None:
    mission(
        repairer, MissionState.EXCLUDED, reason="excluded-by-rule", reason_args={"rule": "insurer = KBC*"}
    )
    assert "rule: insurer = KBC*" in text(browser, "?state=excluded")
    args = {"reason": "denied", "reason_args": {"reason": "not ours"}, "changed_since_denied": True}
    denied = mission(repairer, MissionState.DENIED, decided_by=staff, decided_at=NOW, **args)
    known = {"repairer": repairer, "mission_external_id": denied.external_id, "raw": {}, "created_at": NOW}
    SetAside.objects.create(**known, entity="quote", reason="unreadable-amount", digest="1")
    SetAside.objects.create(**known, entity="quote", reason="unreadable-amount", digest="2", resolved_at=NOW)
    page = text(browser, "?state=denied")
    assert "denied: not ours" in page and "changed since" in page and "Reconsider" in page
    assert "Lotte Janssens" in page.split("<table")[-1] and "1 record kept aside" in page
    mission(repairer, source="winformex", facts={"power_kw": 81}, smart_expertise=True)
    page = text(browser, "?state=waiting")
    assert "Winformex II" in page and "81&nbsp;kW" in page and ">SMART<" in page


def test_a_transmission_that_needs_a_person_shows_in_the_row(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer, MissionState.DOSSIER)
    TransmissionFactory(dossier=row.dossier, state=SendState.NEEDS_PERSON, error="mission-closed")
    page = text(browser)
    assert "Needs you" in page and "The mission is closed in Claims360." in page


def test_several_possible_dossiers_are_to_be_chosen_from(browser: Client, repairer: Repairer) -> None:
    mission(repairer)
    DossierFactory.create_batch(2, repairer=repairer, plate="1ABC234", claim_number="")
    page = text(browser)
    assert "2 possible dossiers" in page and "Choose…" in page
    assert "/accept/" not in page.replace("/claims360/many/accept/", "")


def test_what_was_set_aside(browser: Client, repairer: Repairer) -> None:
    known = {"repairer": repairer, "entity": "quote", "raw": {"secret": "raw-text"}, "created_at": NOW}
    SetAside.objects.create(
        **known, external_id="q77", reason="unreadable-amount", detail="totals.gross", digest="1"
    )
    SetAside.objects.create(
        **known, external_id="q78", reason="unreadable-amount", digest="2", resolved_at=NOW
    )
    page = text(browser, "?state=set_aside")
    assert "q77" in page and "an amount can&#x27;t be read" in page and "totals.gross" in page
    assert "q78" not in page and "raw-text" not in page
    assert "1 item" in page
    assert "q77" in text(browser, f"?state=set_aside&repairer={repairer.pk}&site={repairer.site_id}")


def test_what_was_set_aside_of_one_repairer(browser: Client, repairer: Repairer, staff: User) -> None:
    other = RepairerFactory(name="Zwijnaarde")
    staff.sites.add(other.site)
    SetAside.objects.create(repairer=repairer, entity="quote", external_id="q77", raw={}, created_at=NOW)
    assert "q77" not in text(browser, f"?state=set_aside&repairer={other.pk}")
    assert "q77" not in text(browser, f"?state=set_aside&site={other.site_id}")


def test_the_queue_leads_to_what_waits(browser: Client) -> None:
    assert browser.get(f"{TAB}queue/").headers["Location"] == f"{TAB}?state=waiting"


def test_new_since_the_last_visit(client: Client, active: None, repairer: Repairer, staff: User) -> None:
    """Whichever browser they looked with: the mark is the user's."""

    def new() -> int | None:
        client.force_login(staff)
        return client.get(TAB).context["tab"].counts.get("new")

    with time_machine.travel(NOW, tick=False) as now:
        assert new() is None, "the first visit"
        now.shift(dt.timedelta(hours=2))
        row = mission(
            repairer, received_at=NOW + dt.timedelta(hours=1), updated_at=NOW + dt.timedelta(hours=1)
        )
        mission(repairer, received_at=NOW - dt.timedelta(hours=1), updated_at=NOW + dt.timedelta(hours=1))
        assert new() == 1
        now.shift(dt.timedelta(minutes=10))
        client.logout()
        assert new() == 1, "the same visit goes on"
        assert shown(client, "?state=new") == [row.external_id]
        assert "New since your last visit, 10:30" in text(client)
        now.shift(dt.timedelta(hours=2))
        assert new() == 0
    client.force_login(StaffFactory(sites=[repairer.site]))
    assert client.get(TAB).context["tab"].counts.get("new") is None, "somebody else has seen nothing yet"
    assert shown(client, "?state=new") == []


# --- the fragments


def test_a_filter_swaps_the_list_and_the_frame(browser: Client, repairer: Repairer) -> None:
    mission(repairer, MissionState.DENIED)
    part = text(browser, "?state=denied", **LIST)
    assert "<html" not in part and 'id="list"' in part and 'id="frame" hx-swap-oob="true"' in part
    assert 'state=denied" aria-current="true"' in part
    assert 'id="field-state" hx-swap-oob="true"' in part and "denied (1)" in part
    whole = text(browser, "?state=denied", **{**LIST, "HX-History-Restore-Request": "true"})
    assert "<html" in whole


def test_the_list_is_fetched_anew_once_a_run_has_ended(browser: Client, configured: Repairer) -> None:
    state = SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, asked_at=NOW)
    assert "every 1s" in text(browser, **FRAME)
    assert "HX-Trigger" not in browser.get(f"{TAB}?seen=", headers=FRAME).headers
    run = ran(configured)
    SyncState.objects.filter(pk=state.pk).update(asked_at=None, last_run_at=dt.datetime.now(dt.UTC))
    answer = browser.get(f"{TAB}?seen=", headers=FRAME)
    assert "list-changed" in answer.headers["HX-Trigger"]
    assert "every 30s" in answer.content.decode() and f'{{"seen": "{run.pk}"}}' in answer.content.decode()
    assert "HX-Trigger" not in browser.get(f"{TAB}?seen={run.pk}", headers=FRAME).headers


def test_what_a_long_run_brings_is_told_page_by_page(browser: Client, configured: Repairer) -> None:
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, lease_token=uuid4(), lease_until=soon)
    run = ran(configured, ended_at=None, outcome="running", pages=0)
    assert "HX-Trigger" not in browser.get(f"{TAB}?seen=", headers=FRAME).headers
    SyncRun.objects.update(pages=2)
    answer = browser.get(f"{TAB}?seen=", headers=FRAME)
    assert "list-grows" in answer.headers["HX-Trigger"] and '{"seen": "p2"}' in answer.content.decode()
    assert "HX-Trigger" not in browser.get(f"{TAB}?seen=p2", headers=FRAME).headers
    SyncState.objects.update(lease_token=None, lease_until=None)
    SyncRun.objects.update(ended_at=NOW, outcome="ok")
    answer = browser.get(f"{TAB}?seen=p2", headers=FRAME)
    assert "list-changed" in answer.headers["HX-Trigger"] and f'"{run.pk}"' in answer.content.decode()


def test_a_worker_that_is_done_before_the_click_is_answered(
    browser: Client, configured: Repairer, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is over as the frame is drawn, which then waits for nothing: the answer says that the list is old."""
    monkeypatch.setattr(tab, "nudge", lambda task, pk: sync.sync(pk, "button"))
    answer = browser.post(f"{TAB}refresh/", {"repairer": configured.pk}, headers=FRAME)
    assert "every 30s" in answer.content.decode() and "list-changed" in answer.headers["HX-Trigger"]


def test_the_list_is_fetched_anew_once_any_repairers_run_has_ended(
    browser: Client, configured: Repairer, staff: User
) -> None:
    other = RepairerFactory(name="Zwijnaarde")
    staff.sites.add(other.site)
    credentials.configure(other.pk, "475869430", "b" * 53, "p" * 53, None, unchecked=True)
    for repairer, bodyshop_id in ((configured, DEMO), (other, "475869430")):
        SyncState.objects.create(repairer=repairer, bodyshop_id=bodyshop_id)
    seen = f"{ran(configured).pk}-{ran(other).pk}"
    assert f'{{"seen": "{seen}"}}' in text(browser, **FRAME)
    assert "HX-Trigger" not in browser.get(f"{TAB}?seen={seen}", headers=FRAME).headers
    ran(other)
    assert "list-changed" in browser.get(f"{TAB}?seen={seen}", headers=FRAME).headers["HX-Trigger"]


# --- the repairer to import for, and Rafraîchir


def test_the_menu_says_for_whom_to_import_and_filters_nothing(
    browser: Client, configured: Repairer, staff: User
) -> None:
    second = RepairerFactory(name="Zwijnaarde")
    staff.sites.add(second.site)
    both = {mission(configured).external_id, mission(second).external_id}
    assert {one.pk for one in browser.get(TAB).context["tab"].repairers} == {configured.pk, second.pk}
    answer = browser.post(f"{TAB}repairer/", {"repairer": second.pk})
    assert answer.headers["Location"] == f"{TAB}configure/?repairer={second.pk}"
    assert browser.get(TAB).context["tab"].chosen == second
    assert set(shown(browser)) == both
    popup = browser.post(f"{TAB}repairer/", {"repairer": second.pk}, headers=HTMX)
    assert "dialog-title" in popup.content.decode() and "list-changed" in popup.headers["HX-Trigger"]
    assert 'action="/claims360/configure/' in popup.content.decode()
    answer = browser.post(f"{TAB}repairer/", {"repairer": configured.pk}, headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"") and "list-changed" in answer.headers[
        "HX-Trigger"
    ]
    assert browser.get(TAB).context["tab"].chosen == configured


def test_refresh_asks_for_a_sync_and_shows_it(browser: Client, configured: Repairer, staff: User) -> None:
    answer = browser.post(f"{TAB}refresh/", {"repairer": configured.pk}, headers=FRAME)
    state = SyncState.objects.get(repairer=configured)
    assert state.asked_at is not None and state.asked_by == staff
    assert "Synchronisation asked for" in answer.content.decode()
    assert browser.post(f"{TAB}refresh/", {"repairer": configured.pk}).headers["Location"] == TAB


def test_refresh_of_one_that_is_not_configured_asks_for_its_keys(browser: Client, repairer: Repairer) -> None:
    popup = f"{TAB}configure/?repairer={repairer.pk}"
    assert browser.post(f"{TAB}refresh/", {"repairer": repairer.pk}).headers["Location"] == popup
    answer = browser.post(f"{TAB}refresh/", {"repairer": repairer.pk}, headers=FRAME)
    assert json.loads(answer.headers["HX-Trigger"]) == {"open-dialog": {"url": popup}}


def test_refresh_is_no_link(browser: Client, configured: Repairer) -> None:
    assert browser.get(f"{TAB}refresh/").status_code == 405
    assert Dossier.objects.count() == 0


def test_the_badges_follow_what_is_decided_and_what_comes(browser: Client, repairer: Repairer) -> None:
    mission(repairer)
    page, swapped, looked = text(browser), text(browser, "", **LIST), text(browser, "", **FRAME)
    for place in ("waiting-tab", "unread-menu", "unread-side"):
        assert page.count(f'id="{place}"') == 1
        for answer in (swapped, looked):
            assert f'id="{place}" hx-swap-oob="true"' in answer


def test_what_was_decided_can_be_undone_from_the_page(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer)
    for path, asked in (("accept", {}), ("deny", {"reason": "no room"})):
        page = browser.post(f"{TAB}missions/{row.pk}/{path}/", asked, follow=True).content.decode()
        events = page.split('name="events" value="')[1].split('"')[0]
        assert 'action="/decisions/undo/"' in page
        again = browser.post("/decisions/undo/", {"events": events}, follow=True).content.decode()
        assert "is taken back" in again and "data-undo" not in again
        row.refresh_from_db()
        assert (row.state, row.dossier) == ("waiting", None)


def test_nobody_undoes_what_others_decided_elsewhere(
    browser: Client, repairer: Repairer, helpdesk: User
) -> None:
    others = mission(RepairerFactory())
    decide.deny(others.pk, "no room", helpdesk)
    browser.post("/decisions/undo/", {"events": str(Event.objects.get().pk)})
    others.refresh_from_db()
    assert others.state == "denied"


def test_the_title_counts_what_waits_and_is_swapped_with_the_list(
    browser: Client, repairer: Repairer
) -> None:
    mission(repairer)
    for page in (text(browser), text(browser, "", **LIST), text(browser, "", **FRAME)):
        assert "<title>(1) Claims360 · PlanManager</title>" in page


def test_a_candidate_is_linked_directly(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer)
    fits = DossierFactory(repairer=repairer, plate="1-ABC-234")
    page = text(browser, f"missions/{row.pk}/")
    assert f'Link<span class="sr">: Dossier {fits.pk}</span>' in page
    browser.post(f"{TAB}missions/{row.pk}/link/", {"dossier": fits.pk})
    row.refresh_from_db()
    assert row.dossier == fits
    assert "Link<" not in text(browser, f"missions/{row.pk}/")

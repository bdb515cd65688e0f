""" "Where is my mission?": found by whatever it goes by, and an answer for what is not there."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from claims360_link.models import SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from dossiers.models import MissionState, Opening, SetAside
from dossiers.traces import traces
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, RepairerFactory, StaffFactory
from tests.link.tab import link, mission
from tests.link.world import DEMO, pull

WHERE = "/claims360/where/"
KNOWN = {
    "number": "2026/0012345",
    "number_key": "20260012345",
    "claim_key": "C7799",
    "vin_key": "VF3LCYHZPJS000001",
}


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


def answer(browser: Client, text: str) -> str:
    response = browser.get(WHERE, {"q": text})
    assert response.status_code == 200
    return response.content.decode()


def found(browser: Client, text: str) -> list[str]:
    return [row.mission.external_id for row in browser.get(WHERE, {"q": text}).context["where"].rows]


@pytest.mark.parametrize("who", ["staff", "helpdesk"])
def test_by_whatever_it_goes_by(
    client: Client, active: None, request: pytest.FixtureRequest, repairer: Repairer, who: str
) -> None:
    """The helpdesk asks the search's own index first; it finds the same."""
    client.force_login(request.getfixturevalue(who))
    row = mission(repairer, MissionState.EXCLUDED, plate="1-ABC-234", **KNOWN)
    mission(repairer, plate="2-DEF-567")
    for text in ("1-abc-234", "ABC 23", "2026/0012345", "12345", "c-7799", "vf3lcyhzpjs000001", "PJS000001"):
        assert found(client, text) == [row.external_id], text
    for text in ("1-ABC-999", "9999", "'", "ab", "--", "\x00", "x" * 300, ""):
        assert found(client, text) == [], text
    assert "at least three letters" in answer(client, "ab")


@pytest.mark.parametrize(
    ("state", "more", "words"),
    [
        ("waiting", {}, ["Waiting", "It waits in the queue"]),
        (
            "excluded",
            {"reason": "excluded-by-rule", "reason_args": {"rule": "make = audi"}},
            ["Excluded", "rule: make = audi", "Reconsider", "the helpdesk"],
        ),
        (
            "denied",
            {"reason": "denied", "reason_args": {"reason": "not ours"}},
            ["denied: not ours", "Lotte Janssens"],
        ),
        ("archived", {"reason": "first-seen-closed"}, ["already closed", "It waits for nobody"]),
        ("withdrawn", {"reason": "withdrawn"}, ["deleted in Claims360", "restored there"]),
        ("incomplete", {"reason": "shell"}, ["Only its number has come", "after 24 hours"]),
        ("dossier", {}, ["It is in dossier"]),
    ],
)
def test_what_became_of_it(
    browser: Client, repairer: Repairer, staff: User, state: str, more: dict[str, object], words: list[str]
) -> None:
    mission(repairer, state, decided_by=staff, decided_at=timezone.now(), **more)
    page = answer(browser, "1ABC234")
    for word in (*words, "Ask Claims360 for it anew"):
        assert word in page, word


def test_several_dossiers_are_to_be_chosen_from(browser: Client, repairer: Repairer) -> None:
    mission(repairer)
    DossierFactory.create_batch(2, repairer=repairer, plate="1ABC234", claim_number="")
    assert "several dossiers may be the right one" in answer(browser, "1ABC234")


def test_what_came_twice_is_one(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer)
    mission(repairer, source="winformex", twin_of=row)
    assert found(browser, "1ABC234") == [row.external_id]


def test_another_of_their_sites(browser: Client, repairer: Repairer, staff: User) -> None:
    other = RepairerFactory(name="Zwijnaarde")
    staff.sites.add(other.site)
    mission(other)
    browser.post("/claims360/repairer/", {"repairer": repairer.pk})
    page = answer(browser, "1ABC234")
    assert f"another site than the one you import for: Zwijnaarde, {other.site}" in page


def test_a_link_that_is_ill_since(browser: Client, repairer: Repairer) -> None:
    """Told of what is there, and of what is not."""
    link(repairer)
    since = timezone.now() - dt.timedelta(hours=3)
    SyncState.objects.update(error="unreachable", last_ok_at=since, last_run_at=timezone.now())
    mission(repairer)
    assert "The last synchronisation failed (since" in answer(browser, "1ABC234")
    page = answer(browser, "9-ZZZ-999")
    assert "What changed in Claims360 since then has not come." in page
    assert page.index("The last synchronisation failed") < page.index("no status changed")


def test_never_seen(browser: Client, repairer: Repairer, staff: User) -> None:
    link(repairer)
    SyncState.objects.update(last_ok_at=timezone.now(), last_run_at=timezone.now())
    staff.sites.add(RepairerFactory(name="Zwijnaarde").site)
    page = answer(browser, "9-ZZZ-999")
    for words in (
        "Never seen here",
        "Not passed on, because no status changed",
        "Change the status of the quote in Claims360",
        f"{DEMO} ({repairer})",
        "Sent to a repairer that is not linked yet",
        "Zwijnaarde",
    ):
        assert words in page, words
    answered = browser.post(
        "/claims360/refresh/",
        {"repairer": repairer.pk},
        headers={"Referer": f"http://testserver{WHERE}?q=9zzz"},
    )
    assert answered["Location"] == f"http://testserver{WHERE}?q=9zzz"
    assert 'hx-trigger="every 2s"' in answer(browser, "9-ZZZ-999"), "the page looks again by itself"


def test_a_synchronisation_that_has_just_ended_is_waited_for(browser: Client, repairer: Repairer) -> None:
    """It may have ended after the missions were looked at."""
    link(repairer)
    now = timezone.now()
    SyncState.objects.update(last_ok_at=now, last_run_at=now)
    run = SyncRun.objects.create(repairer=repairer, started_at=now, ended_at=now, outcome=SyncRun.Outcome.OK)
    assert 'hx-trigger="every 2s"' in answer(browser, "9-ZZZ-999")
    SyncRun.objects.filter(pk=run.pk).update(ended_at=now - dt.timedelta(seconds=10))
    assert 'hx-trigger="every 2s"' not in answer(browser, "9-ZZZ-999")


def without_what_differs(page: str) -> str:
    """A page without what was typed and without its tokens."""
    return re.sub(r'(csrf-token" content|csrfmiddlewaretoken" value)="\w+"|9-[XY]{3}-999', "", page)


def test_what_belongs_to_others_answers_as_what_was_never_seen(
    browser: Client, repairer: Repairer, helpdesk: User
) -> None:
    """Word for word: nobody learns that somebody else has it."""
    others = RepairerFactory(name="Concurrent SA")
    known = {"plate": "9-XXX-999", "plate_key": "9XXX999"}
    for state in MissionState.values:
        mission(others, state, **known)
    DossierFactory(repairer=others, plate="9-XXX-999")
    aside = {"entity": "mission", "reason": "unreadable-id", "raw": {}, "created_at": timezone.now()}
    SetAside.objects.create(repairer=others, traces="9XXX999", **aside)
    theirs, nobodys = (without_what_differs(answer(browser, f"9-{word}-999")) for word in ("XXX", "YYY"))
    assert theirs == nobodys and "Never seen here" in theirs
    browser.force_login(helpdesk)
    assert len(found(browser, "9-XXX-999")) == len(MissionState.values)


def test_a_record_kept_aside(browser: Client, configured: Repairer, sandbox: Sandbox) -> None:
    """Found by the plate that is in it, though nobody could read the rest; its mission can be asked for."""
    sandbox.store.faults.add("invalid_record", times=None, variant="missing_number", entity="mission")
    sandbox.store.create_mission(quotes=0, data={"vehicle": {"plate": "1-RAW-001"}})
    pull(configured)
    page = answer(browser, "1raw001")
    assert "could not be taken over" in page and "its number can&#x27;t be read" in page
    record = SetAside.objects.get()
    url = f"/claims360/set-aside/{record.pk}/ask/"
    assert url in page
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{WHERE}?q=1raw001"}
    assert "every 1s" in browser.post(url, headers=headers).content.decode()
    assert "Claims360 is being asked for it" in answer(browser, "1raw001")


def test_a_dossier_of_which_no_mission_came(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="C-77/99")
    for text in ("1ABC234", "c7799", str(dossier.pk).zfill(3)):
        page = answer(browser, text)
        assert "no such mission has come" in page and "Never seen here" in page
    opening = Opening.objects.create(dossier=dossier, mailbox=DEMO, body={}, idempotency_key="k" * 8)
    assert "not confirmed yet" in answer(browser, "1ABC234")
    Opening.objects.filter(pk=opening.pk).update(mission_external_id="m9")
    assert "comes back with the next synchronisation" in answer(browser, "1ABC234")
    row = mission(repairer, MissionState.DOSSIER)
    type(row).objects.filter(pk=row.pk).update(dossier=dossier)
    assert "no such mission" not in answer(browser, "1ABC234")


def test_where_nothing_fits_the_filter_the_search_is_one_click_away(
    browser: Client, repairer: Repairer
) -> None:
    page = browser.get("/claims360/", {"plate": "9-zzz"}).content.decode()
    assert f'href="{WHERE}?q=9-zzz"' in page


@pytest.mark.parametrize("rows", [1, 25])
def test_25_rows_take_the_statements_of_1(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    link(repairer)
    for n in range(rows):
        mission(repairer, external_id=f"m{n}")
        SetAside.objects.create(
            repairer=repairer, raw={}, digest=f"{n}", traces="1ABC234", created_at=timezone.now()
        )
        DossierFactory(repairer=repairer, plate="1-ABC-234")
    answer(browser, "1abc")
    with django_assert_num_queries(12):
        answer(browser, "1abc")


@pytest.mark.parametrize(
    ("raw", "known"),
    [
        ({"data": {"number": "2026/7", "vehicle": {"plate": "1-é", "vin": "VF3"}}}, "20267 1E VF3"),
        ({"number": "1", "facts": {"claim_number": "C/1", "plate": "1"}}, "1 C1"),
        ([{"number": 7, "lines": ["number"]}, None, "number"], ""),
        ({"number": "9" * 300}, "9" * 255),
    ],
)
def test_what_a_record_is_looked_for_by(raw: object, known: str) -> None:
    assert traces(raw) == known


def test_somebody_of_no_site(client: Client, active: None) -> None:
    client.force_login(StaffFactory())
    assert "Never seen here" in answer(client, "1-ABC-234")

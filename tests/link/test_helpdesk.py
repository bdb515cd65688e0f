"""What the helpdesk sees at once: every repairer's light, its last runs, what failed, its queue, and a report of it."""

import datetime as dt
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from claims360_link import credentials, status
from claims360_link.information import tell
from claims360_link.lights import LIGHTS, with_urgency
from claims360_link.models import SyncRun, SyncState
from claims360_link.sparkline import RUNS
from dossiers.models import MissionState, QuoteState, SetAside
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import PhotoFactory, QuoteFactory, RepairerFactory, TransmissionFactory
from tests.link.tab import mission

REPAIRERS, REPORT = "/claims360/repairers/", "/claims360/repairers/report/"
AGO, SOON, HOURS = dt.timedelta(minutes=-5), dt.timedelta(minutes=5), dt.timedelta(hours=-3)
WELL = {"last_run_at": AGO, "last_ok_at": AGO}
KEYS = ("b" * 53, "p" * 53)


@pytest.fixture
def desk(client: Client, active: None, helpdesk: User) -> Client:
    client.force_login(helpdesk)
    return client


def linked(name: str, number: int = 1, *, runs: int = 1, **state: object) -> Repairer:
    """A configured repairer; what is a time span in `state` is one from now."""
    repairer = RepairerFactory(name=name)
    credentials.configure(repairer.pk, f"BS{number}", *KEYS, None, unchecked=True)
    now = timezone.now()
    known = {key: now + value if isinstance(value, dt.timedelta) else value for key, value in state.items()}
    SyncState.objects.create(repairer=repairer, bodyshop_id=f"BS{number}", **known)
    for n in range(runs):
        ran(repairer, minutes=15 * n)
    return repairer


def ran(repairer: Repairer, minutes: int = 0, **more: object) -> SyncRun:
    at = timezone.now() - dt.timedelta(minutes=minutes)
    known = {"trigger": "round", "started_at": at, "ended_at": at + dt.timedelta(seconds=2), "outcome": "ok"}
    return SyncRun.objects.create(repairer=repairer, bodyshop_id="BS1", **{**known, **more})


def names(browser: Client, query: str = "") -> list[str]:
    return [seen.repairer.name for seen in browser.get(f"{REPAIRERS}{query}").context["lines"]]


def failing(repairer: Repairer) -> None:
    """What could not be sent, read and fetched, for several reasons."""
    row = mission(repairer, MissionState.DOSSIER)
    TransmissionFactory(dossier=row.dossier, state=SendState.NEEDS_PERSON, error="mission-closed")
    for n, reason in enumerate(("unreadable-amount", "unreadable-amount", "unreadable-id")):
        SetAside.objects.create(
            repairer=repairer, entity="quote", reason=reason, raw={}, digest=f"{n}", created_at=timezone.now()
        )
    photo = {"dossier": None, "repairer": repairer, "mission": row, "source": "claims360"}
    PhotoFactory(**photo, external_id="f", fetch_state=FetchState.FAILED, fetch_error="photo-gone")


@pytest.mark.parametrize(
    ("state", "runs", "light"),
    [
        (WELL, 1, "ok"),
        (WELL, 0, "info"),
        ({}, 0, "info"),
        ({**WELL, "asked_at": AGO}, 1, "info"),
        ({**WELL, "lease_until": SOON}, 1, "info"),
        ({**WELL, "lease_until": AGO}, 1, "ok"),
        ({**WELL, "error": "unreachable", "not_before": SOON}, 1, "wait"),
        ({**WELL, "error": "keys-refused", "refused_since": HOURS}, 1, "bad"),
        ({"last_run_at": HOURS, "last_ok_at": HOURS}, 1, "bad"),
        ({"last_run_at": -HOURS, "last_ok_at": -HOURS}, 1, "bad"),
        ({"last_run_at": HOURS, "error": "unreachable", "not_before": HOURS}, 1, "bad"),
        ({"last_run_at": HOURS, "error": "unreachable", "asked_at": AGO}, 1, "info"),
    ],
)
def test_the_database_knows_a_light_as_the_page_tells_it(
    db: None, state: dict[str, object], runs: int, light: str
) -> None:
    linked("Dubois", runs=runs, **state)
    rows = status.linked(with_urgency(Repairer.objects.all()), photos_of=[])
    [row] = rows
    assert list(LIGHTS)[row.urgency] == tell(status.read(row)).kind == light


def test_a_repairer_without_keys_or_without_a_first_round(db: None, repairer: Repairer) -> None:
    assert with_urgency(Repairer.objects.all()).values_list("urgency", flat=True)[0] == list(LIGHTS).index(
        "off"
    )
    credentials.configure(repairer.pk, "BS1", *KEYS, None, unchecked=True)
    assert with_urgency(Repairer.objects.all()).values_list("urgency", flat=True)[0] == list(LIGHTS).index(
        "info"
    )


def test_what_is_ill_comes_first_and_can_be_chosen(desk: Client) -> None:
    linked("Aubry", 1, **WELL)
    linked("Brel", 2, error="maintenance", not_before=SOON, **WELL)
    linked("Claes", 3, error="keys-refused", refused_since=HOURS, **WELL)
    RepairerFactory(name="Dumont")
    failing(Repairer.objects.get(name="Aubry"))
    assert names(desk) == ["Claes", "Brel", "Aubry", "Dumont"]
    assert names(desk, "?light=bad") == ["Claes"]
    assert names(desk, "?failed=on") == ["Aubry"]
    assert names(desk, "?light=nonsense") == ["Claes", "Brel", "Aubry", "Dumont"]
    counts = [cell["count"] for cell in desk.get(REPAIRERS).context["cells"]]
    assert counts == [
        "1",
        "1",
        "0",
        "1",
        "1",
        "1",
    ]  # ill, tried again, under way, well, not configured, failures


def test_the_ill_ones_of_two_pages_stand_on_the_first(desk: Client) -> None:
    RepairerFactory.create_batch(55, site=RepairerFactory(name="Aubry").site)
    linked("Zwijnaarde", error="keys-refused", refused_since=HOURS, **WELL)
    assert names(desk)[0] == "Zwijnaarde" and len(names(desk)) == 50
    assert len(names(desk, "?page=2")) == 7 and "Zwijnaarde" not in names(desk, "?page=2")


def test_what_failed_by_kind_and_by_reason(desk: Client) -> None:
    repairer = linked("Dubois", **WELL)
    failing(repairer)
    page = desk.get(REPAIRERS)
    [seen] = page.context["lines"]
    told = [(kind.kind, [(failure.code, failure.n) for failure in kind.failures]) for kind in seen.failures]
    assert told == [
        ("unsent", [("mission-closed", 1)]),
        ("set_aside", [("unreadable-amount", 2), ("unreadable-id", 1)]),
        ("photos", [("photo-gone", 1)]),
    ]
    shown = unescape(page.content.decode())
    for words in ("1 sending needs a person", "3 records were kept aside", "1 photo could not be fetched"):
        assert words in shown, words
    assert "An amount can't be read (2)" in shown
    assert "Claims360 does not have this photo any more." in shown
    assert f"/claims360/?repairer={repairer.pk}&state=set_aside" in shown


def test_the_last_runs_as_a_drawing_that_can_be_read_out(desk: Client) -> None:
    repairer = linked("Dubois", runs=0, **WELL)
    came = {"missions": {"new": 3}, "photos": {"received": 12}}
    for n in range(RUNS + 3):
        failed = {"outcome": "failed", "error": "unreachable"} if n in (2, RUNS + 1) else {}
        ran(repairer, minutes=15 * n, **failed, tally=came if n == 0 else {})
    ran(linked("Other", 2, **WELL), outcome="running", ended_at=None)
    page = desk.get(f"{REPAIRERS}?name=dubois")
    [seen] = page.context["lines"]
    bars = seen.sparkline.bars
    assert [bar.kind for bar in bars] == ["ok"] * 17 + ["bad"] + ["ok"] * 2
    assert bars[-1].height > bars[0].height and bars[17].y > seen.sparkline.base  # what failed hangs down
    assert bars[17].title.endswith("failed · nothing new · 2\xa0s") and not bars[-1].title
    assert [kind for kind, _title, _outline in seen.sparkline.paths] == ["ok", "bad"]
    label = "The last 20 synchronisations: without error (19), failed (1). They took 2\xa0s on average, 2\xa0s at most."
    assert f'role="img" aria-label="{label}"' in page.content.decode()
    assert "1 of the last 20 failed" in page.content.decode()


def test_how_long_the_queue_has_stood(desk: Client) -> None:
    repairer, now = linked("Dubois", **WELL), timezone.now()
    mission(repairer, received_at=now - dt.timedelta(hours=2))
    row = mission(repairer, MissionState.DOSSIER, received_at=now - dt.timedelta(days=30))
    waits = {"state": QuoteState.WAITING, "accepted_version": None}
    QuoteFactory(mission=row, updated_at=now - dt.timedelta(days=3, hours=1), **waits)
    [seen] = desk.get(REPAIRERS).context["lines"]
    assert seen.waiting[1] == 2
    assert "the oldest for 3\xa0days" in desk.get(REPAIRERS).content.decode()


def report(browser: Client, url: str, **headers: str) -> str:
    """The text that is copied."""
    answer = browser.get(url, headers=headers)
    assert answer.status_code == 200
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.content.decode(), re.S)
    assert found
    return unescape(found[1])


def test_the_report_of_one_repairer(desk: Client) -> None:
    repairer = linked("Dubois", 7, error="keys-refused", refused_since=HOURS, not_before=SOON, **WELL)
    ran(repairer, 16, outcome="failed", error="keys-refused", error_detail="a detail that nobody wrote")
    failing(repairer)
    row = mission(repairer, owner_name="Carlier Anne", plate="1-CAR-001")
    text = report(desk, f"{REPAIRERS}{repairer.pk}/report/")
    for words in (
        f"Dubois ({repairer.site}), bodyshop id BS7",
        "Claims360 refuses the keys.",
        "1 waits in the queue, since ",
        "The mission is closed in Claims360.",
        "2 records were kept aside: an amount can't be read.",
        "Refresh tries it once more.",
        "without error · nothing new · 2\xa0s",
        f"http://testserver{REPAIRERS}{repairer.pk}/",
    ):
        assert words in text, words
    for secret in (*KEYS, "Carlier", row.number, "1-CAR-001", "a detail that nobody wrote"):
        assert secret not in text, secret


def test_the_report_of_all_that_are_not_well(desk: Client) -> None:
    linked("Aubry", 1, **WELL)
    linked("Brel", 2, **WELL)
    linked("Claes", 3, error="keys-refused", refused_since=HOURS, **WELL)
    failing(Repairer.objects.get(name="Brel"))
    text = report(desk, REPORT)
    assert "2 repairers need a look" in text and "Aubry" not in text
    assert text.index("Claes (") < text.index("Brel (")
    assert "- 3 records were kept aside: an amount can't be read (2); its id can't be read (1)" in text


def test_a_report_that_would_be_too_long_says_how_many_more(desk: Client) -> None:
    for n in range(52):
        linked(f"Garage {n:02}", n, runs=0, error="unreachable", **WELL)
    text = report(desk, REPORT)
    assert "52 repairers need a look" in text and text.rstrip().endswith("and 2 more")


def test_nothing_is_the_matter(desk: Client) -> None:
    linked("Aubry", 1, **WELL)
    assert "0 repairers need a look" in report(desk, REPORT)


def test_the_report_opens_in_the_dialog_and_reads_the_users_language(desk: Client, helpdesk: User) -> None:
    repairer = linked("Dubois", **WELL)
    User.objects.update(language="nl")
    dialog = {"HX-Request": "true", "HX-Target": "dialog"}
    text = report(desk, f"{REPAIRERS}{repairer.pk}/report/", **dialog)
    assert "Er wacht niets in de wachtlijst." in text and "Gesynchroniseerd" in text


def test_a_garage_sees_no_other_garages_report(client: Client, active: None, staff: User) -> None:
    other = linked("Claes", 3, error="keys-refused", refused_since=HOURS, **WELL)
    client.force_login(staff)
    assert client.get(f"{REPAIRERS}{other.pk}/report/").status_code == 404
    assert "Claes" not in report(client, REPORT)


# The session, the user, whether Claims360 is active; the page: how many, the rows, the runs, what failed, the lights;
# what stands around it.
PAGE = 9
OF_ILL, OF_ONE = 8, 13


@pytest.mark.parametrize(
    "rows", [1, 50]
)  # with all their runs more than SQLite takes as the values of one list
def test_many_repairers_take_the_statements_of_one(
    desk: Client, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(rows):
        repairer = linked(f"Garage {n:02}", n, runs=RUNS, error="unreachable", **WELL)
        failing(repairer)
        mission(repairer)
    desk.get(REPAIRERS)
    with django_assert_num_queries(PAGE):
        desk.get(REPAIRERS)
    with django_assert_num_queries(PAGE):
        desk.get(f"{REPAIRERS}?light=wait&failed=on&name=garage")
    with django_assert_num_queries(OF_ILL):
        desk.get(REPORT)
    with django_assert_num_queries(OF_ONE):
        desk.get(f"{REPAIRERS}{repairer.pk}/report/")

"""Sync, over real HTTP against the sandbox: what is held equals what Claims360 has, whatever the feed does."""

from typing import Any

import pytest
import requests
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from claims360_link import importer
from claims360_link.sandbox.server import Sandbox
from dossiers.models import MissionState, Photo, Quote, QuoteState, SetAside
from repairers.locking import one_writer
from repairers.models import Repairer
from tests.link.world import DEMO, expected, held, mission_of, pull, set_options
from tests.processes import PATIENCE


@pytest.fixture
def store(sandbox: Sandbox) -> Any:
    return sandbox.store


def open_records() -> list[tuple[str, str, str]]:
    rows = SetAside.objects.filter(resolved_at=None).order_by("pk")
    return list(rows.values_list("entity", "external_id", "reason"))


# --- a feed that behaves ------------------------------------------------------------------------------------------


def test_first_import(configured: Repairer, sandbox: Sandbox) -> None:
    for _ in range(3):
        sandbox.store.create_mission(quotes=1, photos=2)
    run = pull(configured)
    assert (run.outcome, run.error) == ("ok", "")
    assert held(configured) == expected(sandbox)
    assert run.tally["missions"] == {"received": 3, "new": 3, "updated": 0, "waiting": 3, "excluded": 0}
    assert run.tally["quotes"]["new"] == 3
    assert run.tally["photos"]["received"] == 6


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite waits for the disk where it is told to")
@pytest.mark.django_db(transaction=True)
def test_the_disk_is_waited_for_where_nothing_brings_it_again(configured: Repairer) -> None:
    """A page that a power cut undoes is read again, for its cursor goes with it; what a person decides is not."""

    def waits() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])

    with one_writer(configured.pk, comes_again=True):
        assert waits() == "off"
    with one_writer(configured.pk):
        assert waits() == "on"


def test_a_second_run_finds_nothing(configured: Repairer, store: Any) -> None:
    store.create_mission()
    pull(configured)
    run = pull(configured)
    assert (run.outcome, run.tally["missions"]["received"], run.tally["set_aside"]) == ("ok", 0, 0)


def test_only_another_body_shop_has_changes(configured: Repairer, store: Any) -> None:
    store.create_mission("475869430")
    pull(configured)
    assert held(configured) == []


def test_a_long_feed_comes_page_by_page(configured: Repairer, sandbox: Sandbox, settings: Settings) -> None:
    settings.CLAIMS360_PAGE_SIZE = 2
    for _ in range(3):
        sandbox.store.create_mission(quotes=1, photos=1)
    assert pull(configured).pages >= 5
    assert held(configured) == expected(sandbox)


def test_changes_follow(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission(quotes=2)
    pull(configured)
    sandbox.store.change_mission(
        made["id"], {"vehicle": {"plate": "2-XYZ-999"}, "owner": {"name": "Peeters Jan"}}
    )
    sandbox.store.set_quote_status(made["quotes"][0], "approved")
    sandbox.store.set_quote_status(made["quotes"][1], "submitted")
    run = pull(configured)
    assert held(configured) == expected(sandbox)
    assert run.tally["missions"]["updated"] == 1
    assert (run.tally["quotes"]["new"], run.tally["quotes"]["updated"]) == (1, 1)
    assert mission_of(made["id"]).plate_key == "2XYZ999"


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("repeat", {"where": "page"}),
        ("repeat", {"where": "later"}),
        ("reorder", {}),
        ("shell_first", {}),
        ("quote_first", {"count": 2}),
        ("unknown_fields", {}),
    ],
)
@pytest.mark.parametrize("page_size", [2, 3, 200])
@pytest.mark.parametrize("queueing", ["off", "all"])
def test_a_disturbed_feed_ends_the_same(
    configured: Repairer,
    sandbox: Sandbox,
    settings: Settings,
    fault: str,
    args: Any,
    page_size: int,
    queueing: str,
) -> None:
    set_options(INFORMEX_QUEING=queueing)
    settings.CLAIMS360_PAGE_SIZE = page_size
    for _ in range(3):
        made = sandbox.store.create_mission(quotes=1, photos=1)
        sandbox.store.set_quote_status(made["quotes"][0], "approved")
        sandbox.store.change_mission(made["id"], {"vehicle": {"mileage": 81_000}})
    sandbox.store.faults.add(fault, times=4, **args)
    pull(configured)
    assert pull(configured).error == ""
    assert sandbox.store.faults.fired()[fault]
    assert held(configured) == expected(sandbox)
    assert open_records() == []


# --- what comes before, after, or never ---------------------------------------------------------------------------


def test_a_shell_waits_for_the_rest(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(INFORMEX_QUEING="off")
    made = sandbox.store.create_mission(shell=True, quotes=0)
    pull(configured)
    assert (mission_of(made["id"]).state, mission_of(made["id"]).reason) == ("incomplete", "shell")
    sandbox.store.change_mission(made["id"], {})
    pull(configured)
    assert (mission_of(made["id"]).state, mission_of(made["id"]).reason) == ("dossier", "opened")
    assert held(configured) == expected(sandbox)


def test_a_quote_before_its_mission(configured: Repairer, sandbox: Sandbox, settings: Settings) -> None:
    settings.CLAIMS360_PAGE_SIZE = 1
    set_options(INFORMEX_QUEING="off")
    made = sandbox.store.create_mission(quote_first=True, photos=1)
    pull(configured)
    assert held(configured) == expected(sandbox)
    assert mission_of(made["id"]).state == "dossier"
    assert Quote.objects.get().state == QuoteState.DOSSIER


def test_a_quote_alone_stands_under_a_placeholder(
    configured: Repairer, sandbox: Sandbox, settings: Settings
) -> None:
    made = sandbox.store.create_mission(transmitted=False)
    sandbox.store.set_quote_status(made["quotes"][0], "submitted", mission_too=False)
    pull(configured)
    placeholder = mission_of(made["id"])
    assert (placeholder.state, placeholder.reason, placeholder.version) == ("incomplete", "placeholder", 0)
    assert Quote.objects.get().state == QuoteState.FOLLOWS


def test_deleted_then_back(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(INFORMEX_QUEING="off")
    made = sandbox.store.create_mission(photos=1)
    pull(configured)
    dossier = mission_of(made["id"]).dossier
    sandbox.store.delete_mission(made["id"])
    pull(configured)
    withdrawn = mission_of(made["id"])
    assert (withdrawn.state, withdrawn.dossier) == (MissionState.WITHDRAWN, dossier)
    assert held(configured) == expected(sandbox)
    sandbox.store.revive_mission(made["id"])
    pull(configured)
    assert (mission_of(made["id"]).state, mission_of(made["id"]).dossier) == (MissionState.DOSSIER, dossier)
    assert held(configured) == expected(sandbox)


def test_deleted_photos_and_quotes(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission(photos=2)
    pull(configured)
    sandbox.store.delete_photo(made["photos"][0])
    sandbox.store.delete_quote(made["quotes"][0])
    pull(configured)
    assert Photo.objects.get(external_id=made["photos"][0]).withdrawn
    assert Quote.objects.get().state == QuoteState.WITHDRAWN
    assert held(configured) == expected(sandbox)


# --- records that can't be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", ["bad_amount", "missing_number", "string_data", "text_version"])
def test_a_record_hurt_on_the_way_is_healed_by_a_second_look(
    configured: Repairer, sandbox: Sandbox, variant: str
) -> None:
    sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add("invalid_record", variant=variant)
    run = pull(configured)
    assert (run.outcome, open_records()) == ("ok", [])
    assert held(configured) == expected(sandbox)


@pytest.mark.parametrize(
    ("variant", "entity", "reason"),
    [
        ("bad_amount", "quote", "unreadable-amount"),
        ("missing_number", "quote", "unreadable-number"),
        ("missing_number", "mission", "unreadable-number"),
        ("string_data", "photo", "unreadable-data"),
        ("text_version", "mission", "unreadable-envelope"),
    ],
)
def test_a_record_that_stays_hurt_is_set_aside_until_a_good_version(
    configured: Repairer, sandbox: Sandbox, variant: str, entity: str, reason: str
) -> None:
    made = sandbox.store.create_mission(photos=1)
    ids = {"mission": made["id"], "quote": made["quotes"][0], "photo": made["photos"][0]}
    sandbox.store.faults.add("invalid_record", times=None, variant=variant, entity=entity)
    run = pull(configured)
    assert (run.outcome, run.tally["set_aside"]) == ("partial", 1)
    assert open_records() == [(entity, ids[entity], reason)]
    sandbox.store.faults.clear()
    if entity == "photo":
        sandbox.store.delete_photo(ids["photo"])
    elif entity == "quote":
        sandbox.store.set_quote_status(ids["quote"], "approved")
    else:
        sandbox.store.change_mission(ids["mission"], {})
    pull(configured)
    assert open_records() == []


def test_an_unreadable_date_hides_no_repair_job(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission()
    sandbox.store.faults.add("invalid_record", variant="bad_date")
    assert pull(configured).outcome == "ok"
    hurt = mission_of(made["id"])
    assert hurt.state == MissionState.WAITING
    assert hurt.notes == {
        "data.claim.occurred_on": "31/02/2026",
        "data.inspection_at": "0000-13-45T99:00:00Z",
    }
    assert "occurred_on" not in hurt.facts
    sandbox.store.change_mission(made["id"], {})
    pull(configured)
    assert mission_of(made["id"]).notes == {}
    assert mission_of(made["id"]).facts["occurred_on"]


def test_a_record_kept_aside_is_read_once_more(configured: Repairer, sandbox: Sandbox) -> None:
    """An older release could not read it; this one can, and the helpdesk asks for another try."""
    made = sandbox.store.create_mission(quotes=0)["id"]
    headers = {"X-Bodyshop-Id": DEMO, "X-Api-Key": sandbox.store.keys(DEMO)["planmanager"]}
    (item,) = requests.get(f"{sandbox.api_url}/changes", headers=headers, timeout=PATIENCE).json()["items"]
    readable, hopeless = (
        SetAside.objects.create(
            repairer=configured,
            entity="mission",
            external_id=external_id,
            reason="unreadable-data",
            digest=external_id,
            raw=raw,
            created_at=timezone.now(),
        )
        for external_id, raw in ((made, item), ("m-broken", {"entity": "mission"}))
    )
    assert importer.try_again(readable.pk)
    assert not importer.try_again(hopeless.pk)
    assert mission_of(made).state == MissionState.WAITING
    assert open_records() == [("mission", "m-broken", "unreadable-data")]

"""The lists of the API: page by page, filtered as the pages are, in a constant number of statements."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from claims360_link.models import SyncRun
from dossiers.forgetting import forget_photos
from dossiers.intake import decide, rejudge
from dossiers.intake.undo import decision_of, undo
from dossiers.models import Event, Mission, MissionState, Photo, SetAside, Source
from repairers.models import Integration, Repairer, User
from tests.api.programs import Program
from tests.core.records import mission as their_mission
from tests.core.records import photo as their_photo
from tests.core.records import quote as their_quote
from tests.core.records import take_in
from tests.dossiers.factories import (
    NOW,
    DossierFactory,
    MissionFactory,
    OrderLineFactory,
    PhotoFactory,
    QuoteFactory,
    RepairerFactory,
    SiteFactory,
    TransmissionFactory,
    linked_mission,
)
from tests.link.world import set_options
from tests.winformex.world import NUMBER, album, picture, send
from tests.winformex.world import mission as winformex_mission


def missions(repairer: Repairer, number: int) -> None:
    for dossier in DossierFactory.create_batch(number, repairer=repairer):
        QuoteFactory(mission=linked_mission(dossier))
        MissionFactory(repairer=repairer, state=MissionState.WAITING, plate_key=dossier.plate_key)


def dossiers(repairer: Repairer, number: int) -> None:
    for dossier in DossierFactory.create_batch(number, repairer=repairer):
        linked_mission(dossier)


def quotes(repairer: Repairer, number: int) -> None:
    QuoteFactory.create_batch(number, mission__repairer=repairer, mission__dossier=DossierFactory())


def photos(repairer: Repairer, number: int) -> None:
    PhotoFactory.create_batch(number, dossier=DossierFactory(repairer=repairer))


def transmissions(repairer: Repairer, number: int) -> None:
    TransmissionFactory.create_batch(number, dossier=DossierFactory(repairer=repairer))


def orders(repairer: Repairer, number: int) -> None:
    dossier = DossierFactory(repairer=repairer)
    OrderLineFactory.create_batch(
        number, dossier=dossier, quote=QuoteFactory(mission=linked_mission(dossier))
    )


def runs(repairer: Repairer, number: int) -> None:
    SyncRun.objects.bulk_create(
        SyncRun(repairer=repairer, bodyshop_id="1", trigger="round", started_at=NOW) for _ in range(number)
    )


def set_aside(repairer: Repairer, number: int) -> None:
    SetAside.objects.bulk_create(
        SetAside(repairer=repairer, reason="unreadable-id", digest=f"{n}", raw={}, created_at=NOW)
        for n in range(number)
    )


def repairers(repairer: Repairer, number: int) -> None:
    RepairerFactory.create_batch(number, site=repairer.site)


LISTS = [
    ("repairers", repairers, 3),
    ("missions", missions, 7),
    ("quotes", quotes, 3),
    ("photos", photos, 3),
    ("dossiers", dossiers, 5),
    ("orders", orders, 4),
    ("transmissions", transmissions, 4),
    ("sync-runs", runs, 5),
    ("set-aside", set_aside, 3),
]


@pytest.mark.parametrize("rows", [1, 300])
@pytest.mark.parametrize(("name", "make", "statements"), LISTS, ids=[name for name, *_ in LISTS])
def test_300_rows_take_the_statements_of_1(
    program: Program,
    active: None,
    repairer: Repairer,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    make: Callable[[Repairer, int], None],
    statements: int,
    rows: int,
) -> None:
    make(repairer, rows)
    program.get("repairers")  # notes the use of the token
    with django_assert_num_queries(statements):
        answer = program.get(name, {"limit": 200})
    assert len(answer.json()["results"]) == min(rows, 200) or name in ("missions", "repairers")
    assert (answer.json()["next"] is None) is (rows == 1)


SORTED = [
    ("missions", missions, "updated_at", 7),
    ("missions", missions, "-received_at", 7),
    ("quotes", quotes, "-updated_at", 3),
    ("photos", photos, "updated_at", 3),
    ("dossiers", dossiers, "-changed_at", 5),
    ("orders", orders, "id", 4),
]


@pytest.mark.parametrize("rows", [1, 300])
@pytest.mark.parametrize(("name", "make", "sort", "statements"), SORTED)
def test_in_another_order_too(
    program: Program,
    active: None,
    repairer: Repairer,
    django_assert_num_queries: DjangoAssertNumQueries,
    name: str,
    make: Callable[[Repairer, int], None],
    sort: str,
    statements: int,
    rows: int,
) -> None:
    make(repairer, rows)
    for _ in range(2):  # the first one notes the use of the token
        first = program.get(name, {"sort": sort, "limit": 1}).json()
    with django_assert_num_queries(statements):
        program.get(name, {"sort": sort})
    if rows > 1:
        with django_assert_num_queries(statements):
            program.client.get(first["next"])


def all_of(program: Program, path: str, **query: Any) -> list[int]:
    """The ids of every page, by following `next`."""
    found, page = [], program.get(path, query).json()
    found += [row["id"] for row in page["results"]]
    while page["next"]:
        page = program.client.get(page["next"]).json()
        found += [row["id"] for row in page["results"]]
    return found


def test_each_row_comes_once_the_newest_first_whatever_comes_meanwhile(
    program: Program, repairer: Repairer
) -> None:
    there = [dossier.pk for dossier in DossierFactory.create_batch(5, repairer=repairer)]
    first = program.get("dossiers", {"limit": 2}).json()
    DossierFactory(repairer=repairer)
    rest = program.client.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + rest["results"]] == there[:0:-1]
    assert sorted(all_of(program, "dossiers", limit=2))[:5] == there


def test_next_keeps_the_filter(program: Program, repairer: Repairer) -> None:
    mine = DossierFactory.create_batch(3, repairer=repairer, owner_name="Peeters")
    DossierFactory.create_batch(3, repairer=repairer)
    assert sorted(all_of(program, "dossiers", owner="peet", limit=1)) == [dossier.pk for dossier in mine]


@pytest.mark.parametrize("sort", ["id", "-id", "updated_at", "-updated_at", "received_at", "-received_at"])
def test_in_each_order_every_row_comes_once(
    program: Program, active: None, repairer: Repairer, sort: str
) -> None:
    for n in (3, 1, 2, 2, 2, 3):
        at = NOW + dt.timedelta(microseconds=n)
        MissionFactory(repairer=repairer, state="waiting", updated_at=at, received_at=at)
    then = "-pk" if sort.startswith("-") else "pk"
    rows = list(Mission.objects.order_by(sort, then).values_list("pk", flat=True))
    for limit in (1, 2, 4, 200):
        assert all_of(program, "missions", sort=sort, limit=limit) == rows


def test_what_changes_during_a_walk_comes_again_at_its_end(
    program: Program, active: None, repairer: Repairer
) -> None:
    """So a copy that is read by `updated_at` lacks nothing, however long the reading takes."""
    rows = [
        MissionFactory(repairer=repairer, state="waiting", updated_at=NOW + dt.timedelta(minutes=n)).pk
        for n in range(4)
    ]
    page = program.get("missions", {"sort": "updated_at", "limit": 2}).json()
    seen = [row["id"] for row in page["results"]]
    Mission.objects.filter(pk__in=(rows[0], rows[3])).update(updated_at=NOW + dt.timedelta(days=1))
    while page["next"]:
        page = program.client.get(page["next"]).json()
        seen += [row["id"] for row in page["results"]]
    assert seen == [rows[0], rows[1], rows[2], rows[0], rows[3]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"sort": "plate"}, "sort"),
        ({"sort": ""}, "sort"),
        ({"sort": "updated_at", "cursor": "12"}, "cursor"),
        ({"sort": "id", "cursor": "12.1773311400000000"}, "cursor"),
        ({"sort": "updated_at", "cursor": "12.1."}, "cursor"),
    ],
)
def test_an_order_that_is_none(program: Program, active: None, query: dict[str, str], field: str) -> None:
    answer = program.get("missions", query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert program.get("orders", {"sort": "updated_at"}).status_code == 422


@pytest.mark.parametrize("query", [{"cursor": "abc"}, {"cursor": 2**70}, {"limit": 0}, {"limit": 201}])
def test_a_page_that_is_none(program: Program, query: dict[str, Any]) -> None:
    answer = program.get("dossiers", query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(query)))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"waiting", "dossier"}),
        ({"state": "denied"}, {"denied"}),
        ({"state": "all"}, {"waiting", "dossier", "denied"}),
        ({"plate": "1abc"}, {"waiting"}),
        ({"number": "2026/77"}, {"waiting"}),
        ({"smart": "true"}, {"dossier"}),
    ],
)
def test_missions_are_filtered_as_the_tab_is(
    program: Program, active: None, repairer: Repairer, query: dict[str, str], found: set[str]
) -> None:
    MissionFactory(repairer=repairer, state="waiting", plate_key="1ABC234", number="2026/77")
    MissionFactory(repairer=repairer, dossier=DossierFactory(repairer=repairer), smart_expertise=True)
    MissionFactory(repairer=repairer, state="denied")
    rows = program.get("missions", query).json()["results"]
    assert {row["state"] for row in rows} == found


def test_a_filter_that_is_none_is_a_mistake(program: Program, active: None, repairer: Repairer) -> None:
    other = RepairerFactory()
    wrong = {"state": "set_aside", "smart": "maybe", "repairer": str(other.pk), "site": str(other.site.pk)}
    for name, value in [*wrong.items(), ("changed_since", "yesterday"), ("smart", ""), ("state", "")]:
        answer = program.get("missions", {name: value})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, name)
    assert program.get("missions", {"repairer": repairer.pk}).status_code == 200


def test_a_program_sees_its_own(program: Program, integration: Integration, repairer: Repairer) -> None:
    mine, others = DossierFactory(repairer=repairer), DossierFactory()
    assert all_of(program, "dossiers") == [mine.pk]
    assert program.get(f"dossiers/{others.pk}").status_code == 404
    integration.sites.set([SiteFactory()])
    assert all_of(program, "dossiers") == []


def test_what_came_by_both_ways_is_one_row_with_the_quotes_and_photos_of_both(
    program: Program, active: None, repairer: Repairer
) -> None:
    take_in(repairer, their_mission(number=NUMBER), their_quote(1))
    send(repairer, winformex_mission(), album(picture()))
    [row] = program.get("missions").json()["results"]
    assert (row["sources"], row["photo_count"]) == (["claims360", "winformex"], 1)
    told = program.get(f"missions/{row['id']}").json()
    assert (len(told["quotes"]), len(told["photos"]), told["twin_of"]) == (1, 1, None)
    assert program.get(f"missions/{told['twin']}").json()["twin_of"] == row["id"]
    accepted = program.post(f"missions/{told['twin']}/accept").json()
    assert accepted["dossier"] == program.get(f"missions/{row['id']}").json()["dossier"] is not None
    [quote] = program.get("quotes").json()["results"]
    assert quote["state"] == "dossier"


def test_who_asks_now_and_then_hears_of_all_that_changed(
    program: Program, active: None, repairer: Repairer, staff: User, client: Client
) -> None:
    """A program that keeps a copy: what came, what changed and what was decided, by whomever; nothing else."""
    with time_machine.travel(NOW, tick=False) as clock:

        def heard(name: str, **query: str) -> set[str]:
            """The ids of what changed in the last minute."""
            since = (timezone.now() - dt.timedelta(minutes=1)).isoformat()
            page = program.get(name, {"changed_since": since, **query}).json()
            return {row["external_id"] for row in page["results"]}

        for one in ("m1", "m2", "m3"):
            take_in(repairer, their_mission(external_id=one, facts={"make": one}))
        assert heard("missions") == {"m1", "m2", "m3"}
        clock.shift(dt.timedelta(hours=1))
        assert heard("missions") == set()
        take_in(repairer, their_quote())
        assert (heard("missions"), heard("quotes")) == ({"m1"}, {"q1"})
        clock.shift(dt.timedelta(hours=1))
        decide.accept(Mission.objects.get(external_id="m1").pk, staff)
        send(repairer, winformex_mission(number="2026/m2"))
        assert (heard("missions"), heard("quotes")) == ({"m1", "m2"}, {"q1"})
        clock.shift(dt.timedelta(hours=1))
        take_in(repairer, their_photo(of="m3"))
        assert (heard("missions"), heard("photos"), heard("quotes")) == ({"m3"}, {"p1"}, set())
        clock.shift(dt.timedelta(hours=1))
        assert heard("missions") == set()
        set_options(INFORMEX_EXCLUDES="make = m3")
        rejudge.reconsider_by_rules(repairer.pk)
        assert heard("missions", state="all") == {"m3"}
        assert heard("quotes") == set()
        clock.shift(dt.timedelta(hours=1))
        decided = decision_of(Mission.objects.get(external_id="m1"))
        assert decided is not None
        undo(decided.pk, staff)
        assert (heard("missions"), heard("quotes")) == ({"m1"}, {"q1"})
        clock.shift(dt.timedelta(hours=1))
        own = PhotoFactory(repairer=repairer, dossier=DossierFactory(repairer=repairer), external_id="")
        clock.shift(dt.timedelta(hours=1))
        client.force_login(staff)
        client.post(f"/dossiers/photos/{own.pk}/category/", {"category": "damage"})
        assert heard("photos") == {""}
        clock.shift(dt.timedelta(hours=1))
        forget_photos(Photo.objects.filter(external_id="p1"))
        assert (heard("photos"), heard("missions", state="all")) == ({"p1"}, {"m3"})


def test_orders_are_filtered_as_their_page_is_and_set(program: Program, repairer: Repairer) -> None:
    line = OrderLineFactory(dossier=DossierFactory(repairer=repairer), description="Bumper", code="7P5")
    others = OrderLineFactory()
    [row] = program.get("orders", {"part": "bump", "state": "to_order"}).json()["results"]
    assert (row["id"], row["amount"], row["state"]) == (line.pk, "412.50", "to_order")
    seen = program.get(f"orders/{line.pk}")["ETag"]
    done = program.patch(f"orders/{line.pk}", {"state": "ordered"}, if_match=seen)
    assert (done.status_code, done.json()["state"]) == (200, "ordered")
    assert program.patch(f"orders/{line.pk}", {"state": "lost"}).status_code == 422
    assert program.patch(f"orders/{line.pk}", {}).status_code == 422
    assert program.patch(f"orders/{others.pk}", {"state": "ordered"}).status_code == 404
    assert Event.objects.get(verb="order-state").actor_name == "workshop"


def test_before_activation_there_is_what_winformex_sent(program: Program, repairer: Repairer) -> None:
    take_in(repairer, their_mission())
    send(repairer, winformex_mission())
    [row] = program.get("missions").json()["results"]
    assert row["sources"] == ["winformex"]
    assert program.post(f"missions/{row['id']}/accept").json()["state"] == "dossier"
    hidden = Mission.objects.get(source=Source.CLAIMS360)
    assert program.get(f"missions/{hidden.pk}").status_code == 404
    for path in ("sync-runs", f"repairers/{repairer.pk}/sync"):
        answer = program.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-active")
    assert program.get("dossiers").status_code == 200

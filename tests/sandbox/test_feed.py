"""What enters the feed, and when."""

import json

import pytest
import requests

from claims360_link.sandbox.server import running_sandbox
from claims360_link.sandbox.truth import truth
from tests.processes import PATIENCE
from tests.sandbox.conftest import Garage, summary

OTHER = "475869430"


def test_nothing_travels_before_a_status_changes(sandbox, garage):
    made = sandbox.store.create_mission(photos=1, transmitted=False)
    sandbox.store.change_mission(made["id"], {"status": "in_progress"})
    assert garage.feed() == []
    assert garage.get(f"/missions/{made['id']}").status_code == 404
    sandbox.store.set_quote_status(made["quotes"][0], "submitted")
    assert summary(garage.feed()) == [
        ("mission", "upsert", 1),
        ("photo", "upsert", 1),
        ("quote", "upsert", 1),
    ]


def test_each_status_is_a_version_and_all_stay(sandbox, garage):
    quote_id = sandbox.store.create_mission()["quotes"][0]
    sandbox.store.set_quote_status(quote_id, "in_review")
    sandbox.store.set_quote_status(quote_id, "approved")
    quotes = [item["data"] for item in garage.feed() if item["entity"] == "quote"]
    assert [(quote["version"], quote["previous_status"], quote["status"]) for quote in quotes] == [
        (1, "draft", "submitted"),
        (2, "submitted", "in_review"),
        (3, "in_review", "approved"),
    ]


def test_drafts_are_left_out_of_the_quotes_of_a_mission(sandbox, garage):
    made = sandbox.store.create_mission(quotes=2)
    assert [quote["id"] for quote in garage.get(f"/missions/{made['id']}/quotes").json()] == made["quotes"][
        :1
    ]


def test_the_pages_hold_the_whole_feed_of_this_body_shop_only():
    with running_sandbox(missions=12, photos=1) as sandbox:
        mine, theirs = Garage(sandbox), Garage(sandbox, OTHER)
        one_by_one, at_once = mine.feed(limit=3), mine.feed(limit=200)
        assert one_by_one == at_once
        assert [item["seq"] for item in at_once] == sorted(item["seq"] for item in at_once)
        ours = {item["mission_id"] for item in at_once}
        assert ours and ours.isdisjoint(item["mission_id"] for item in theirs.feed())
        assert theirs.get(f"/missions/{min(ours)}").status_code == 404


def test_the_feed_holds_the_truth():
    with running_sandbox(missions=12, photos=2) as sandbox:
        known = {mission["id"]: mission for mission in truth(sandbox.store, "475869429")["missions"]}
        for item in Garage(sandbox).feed():
            mission = known[item["mission_id"]]
            if item["entity"] == "photo":
                assert item["data"]["sha256"] in {photo["sha256"] for photo in mission["photos"]}
            if item["entity"] == "quote":
                data = item["data"]
                told = {
                    "version": item["version"],
                    "status": data["status"],
                    "gross": data["totals"]["gross"],
                }
                assert told in next(
                    quote["versions"] for quote in mission["quotes"] if quote["id"] == item["id"]
                )


def test_a_delete_has_no_data_and_a_revival_a_higher_version(sandbox, garage):
    mission_id = sandbox.store.create_mission(quotes=0)["id"]
    sandbox.store.delete_mission(mission_id)
    assert garage.feed()[-1]["data"] is None
    assert truth(sandbox.store, "475869429")["missions"][0]["deleted"]
    sandbox.store.revive_mission(mission_id)
    assert summary(garage.feed()) == [
        ("mission", "upsert", 1),
        ("mission", "delete", 2),
        ("mission", "upsert", 3),
    ]


def test_a_shell_is_completed_later(sandbox, garage):
    mission_id = sandbox.store.create_mission(quotes=0, shell=True)["id"]
    sandbox.store.change_mission(mission_id, {})
    shell, complete = garage.feed()
    assert set(shell["data"]) == {"id", "number"}
    assert complete["version"] == 2 and complete["data"]["vehicle"]["plate"]


def test_a_quote_can_come_before_its_mission(sandbox, garage):
    sandbox.store.create_mission(quote_first=True)
    assert [item["entity"] for item in garage.feed()] == ["quote", "mission"]


def test_a_cursor_of_another_body_shop_or_none_at_all_is_expired(sandbox, garage):
    foreign = Garage(sandbox, OTHER).page()["next_cursor"]
    for cursor in (foreign, "nonsense", ""):
        answer = garage.get("/changes", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (410, "cursor-expired")


def test_a_limit_is_1_to_200(garage):
    assert [garage.get("/changes", params={"limit": n}).status_code for n in (0, 201, "x", 1, 200)] == [
        422
    ] * 3 + [200] * 2


def test_the_state_outlives_the_program(tmp_path):
    path = str(tmp_path / "state.sqlite3")
    with running_sandbox(missions=2, photos=1, state=path) as before:
        garage = Garage(before)
        items, cursor = garage.feed(), garage.page()["next_cursor"]
        garage.open_file()
    with running_sandbox(missions=2, photos=1, state=path) as after:
        garage = Garage(after)
        assert garage.feed()[: len(items)] == items
        assert [item["entity"] for item in garage.page(cursor=cursor)["items"]] == ["mission"]
        assert garage.open_file().json() == json.loads(
            after.store.db.rows("SELECT body FROM idempotency")[0]["body"]
        )
        assert after.store.returns.received()["fees"] == 1


def test_the_same_seed_gives_the_same_data_and_keys():
    with (
        running_sandbox(seed=7, missions=3, photos=0) as one,
        running_sandbox(seed=7, missions=3, photos=0) as two,
    ):
        assert [item["id"] for item in Garage(one).feed()] == [item["id"] for item in Garage(two).feed()]
        assert one.store.keys() == two.store.keys()
        assert {len(key) for key in one.store.keys().values()} == {53}


def test_some_totals_differ_by_a_cent_from_their_lines():
    from decimal import Decimal

    with running_sandbox(missions=40, photos=0) as sandbox:
        quotes = [item["data"] for item in Garage(sandbox).feed() if item["entity"] == "quote"]
        off = {
            Decimal(quote["totals"]["net"]) - sum(Decimal(line["amount"]) for line in quote["lines"])
            for quote in quotes
        }
        assert {Decimal("0.00"), Decimal("0.01")} <= off


def test_nobody_listens_once_it_has_ended():
    """Not even the kernel: whoever asks is refused at once, and waits for no answer."""
    with running_sandbox() as sandbox:
        assert requests.get(sandbox.url, timeout=PATIENCE).ok
    with pytest.raises(requests.ConnectionError, match="refused"):
        requests.get(sandbox.url, timeout=PATIENCE)

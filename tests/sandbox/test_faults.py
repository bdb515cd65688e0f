"""Each fault, over real HTTP: it strikes as often as asked, where asked, and leaves the truth alone."""

import hashlib
import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

import pytest
import requests

from claims360_link.sandbox.faults import DESCRIPTIONS, STATUS_FAULTS
from claims360_link.sandbox.truth import truth
from tests.processes import PATIENCE, until
from tests.sandbox.conftest import summary

DEMO = "475869429"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def photo(sandbox):
    """The id and hash of a photo that has travelled."""
    photo_id = sandbox.store.create_mission(photos=1)["photos"][0]
    return photo_id, sandbox.store.entity("photo", photo_id)["sha256"]


def test_faults_are_switched_by_request(sandbox):
    url = f"{sandbox.url}/_faults"
    added = requests.post(
        url,
        json={"fault": "429", "times": 2, "path": "/changes", "args": {"retry_after": 9}},
        timeout=PATIENCE,
    )
    assert added.status_code == 201
    assert requests.post(url, json={"fault": "nonsense"}, timeout=PATIENCE).status_code == 422
    assert requests.post(url, json={"fault": "500", "often": 3}, timeout=PATIENCE).status_code == 422
    assert [fault["fault"] for fault in requests.get(url, timeout=PATIENCE).json()["active"]] == ["429"]
    assert requests.delete(url, timeout=PATIENCE).json()["active"] == []


def test_a_fault_strikes_as_often_as_asked_and_is_counted(sandbox, garage):
    sandbox.store.faults.add("500", 2, path="/whoami")
    assert garage.get("/changes").status_code == 200
    assert [garage.get("/whoami").status_code for _ in range(3)] == [500, 500, 200]
    assert sandbox.store.faults.fired() == {"500": 2} and sandbox.store.faults.active() == []


def test_a_fault_strikes_one_body_shop_only(sandbox, garage):
    sandbox.store.faults.add("503", None, bodyshop="475869430")
    assert garage.get("/whoami").status_code == 200


@pytest.mark.parametrize("name", STATUS_FAULTS)
def test_every_status(sandbox, garage, name):
    status, code = STATUS_FAULTS[name]
    sandbox.store.faults.add(name, path="/")
    answer = garage.get("/whoami")
    assert answer.status_code == status
    if code:
        assert (answer.headers["Content-Type"], answer.json()["code"]) == ("application/problem+json", code)
    else:
        assert answer.text.startswith("<!doctype html>")


def test_retry_after_in_both_forms(sandbox, garage):
    sandbox.store.faults.add("429", retry_after=7)
    assert garage.get("/whoami").headers["Retry-After"] == "7"
    sandbox.store.faults.add("429_date", retry_after=60)
    before = time.time()
    assert parsedate_to_datetime(garage.get("/whoami").headers["Retry-After"]).timestamp() - before > 50
    sandbox.store.faults.add("503")
    assert int(garage.get("/whoami").headers["Retry-After"]) > 0


@pytest.mark.parametrize("name", ["reset", "500"])
def test_a_request_can_be_carried_out_and_its_answer_lost(sandbox, garage, name):
    sandbox.store.faults.add(name, after=True)
    if name == "reset":
        with pytest.raises(requests.ConnectionError):
            garage.open_file()
    else:
        assert garage.open_file().status_code == 500
    assert sandbox.store.returns.received()["fees"] == 1
    assert garage.open_file().status_code == 201
    assert sandbox.store.returns.received()["fees"] == 1


def test_a_reset_before_leaves_nothing_done(sandbox, garage):
    sandbox.store.faults.add("reset")
    with pytest.raises(requests.ConnectionError, match="reset by peer"):
        garage.open_file()
    assert sandbox.store.returns.received()["fees"] == 0
    assert sandbox.store.requests.counts["POST", "/v1/missions", 0] == 1


def test_a_stall_until_further_notice_ends_when_it_is_switched_off(sandbox, garage):
    faults = sandbox.store.faults
    faults.add("stall", times=None, seconds=10 * PATIENCE)
    with ThreadPoolExecutor() as others:
        answer = others.submit(garage.get, "/whoami")
        until(lambda: faults.fired() == {"stall": 1}, "it is stalled")
        assert not answer.done()
        faults.clear()
        assert answer.result().status_code == 200


def test_a_stall(sandbox, garage):
    sandbox.store.faults.add("stall", seconds=0.4)
    start = time.monotonic()
    assert garage.get("/whoami").status_code == 200
    assert time.monotonic() - start >= 0.4


def test_bodies_that_are_not_what_they_say(sandbox, garage):
    sandbox.store.faults.add("cut_body")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        garage.get("/whoami")
    sandbox.store.faults.add("empty_body")
    assert (garage.get("/whoami").status_code, garage.get("/whoami").status_code) == (200, 200)
    sandbox.store.faults.add("wrong_content_type")
    assert garage.get("/whoami").headers["Content-Type"].startswith("text/html")
    sandbox.store.faults.add("wrong_content_type", type="text")
    assert garage.get("/whoami").headers["Content-Type"].startswith("text/plain")
    assert garage.get("/whoami").headers["Content-Type"] == "application/json"


def test_an_empty_body_is_empty(sandbox, garage):
    sandbox.store.faults.add("empty_body")
    answer = garage.get("/whoami")
    assert (answer.status_code, answer.content) == (200, b"")


def test_items_repeat_within_the_limit(sandbox, garage):
    for _ in range(3):
        sandbox.store.create_mission()
    plain = garage.feed()
    sandbox.store.faults.add("repeat")
    page = garage.page(limit=4)
    assert [item["seq"] for item in page["items"]] == [plain[0]["seq"], plain[1]["seq"]] * 2
    assert garage.page(limit=4, cursor=page["next_cursor"])["items"][0] == plain[2]
    sandbox.store.faults.add("repeat", where="later")
    page = garage.page(limit=4)
    assert garage.page(limit=4, cursor=page["next_cursor"])["items"][0] == page["items"][-1]


def test_items_come_in_disorder(sandbox, garage):
    sandbox.store.create_mission()
    sandbox.store.faults.add("reorder")
    assert [item["entity"] for item in garage.feed()] == ["quote", "mission"]
    assert [item["entity"] for item in garage.feed()] == ["mission", "quote"]


def test_a_mission_comes_as_a_shell_first(sandbox, garage):
    sandbox.store.create_mission(quotes=0)
    sandbox.store.faults.add("shell_first")
    shell, complete = garage.feed()
    assert set(shell["data"]) == {"id", "number"}
    assert complete["version"] == 2 and complete["data"]["vehicle"]
    assert truth(sandbox.store, DEMO)["missions"][0]["version"] == 2


def test_a_quote_comes_before_its_mission(sandbox, garage):
    sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add("quote_first")
    assert [item["entity"] for item in garage.feed()] == ["photo", "quote", "mission"]


def test_a_feed_fault_waits_for_a_page_that_it_fits(sandbox, garage):
    for name in ("repeat", "reorder", "shell_first", "quote_first", "unknown_fields", "invalid_record"):
        sandbox.store.faults.add(name)
    assert garage.feed() == [] and sandbox.store.faults.fired() == {}


def test_unknown_fields_come_on_the_wire_and_unknown_values_for_good(sandbox, garage):
    sandbox.store.create_mission()
    sandbox.store.faults.add("unknown_fields")
    assert all("unknown_field" in item for item in garage.feed())
    items = garage.feed()
    assert not any("unknown_field" in item for item in items)
    assert [item["data"]["status"] for item in items[-2:]] == ["awaiting_robot", "peer_review"]
    assert truth(sandbox.store, DEMO)["missions"][0]["quotes"][0]["versions"][-1]["status"] == "peer_review"


@pytest.mark.parametrize(
    "variant", ["bad_date", "bad_amount", "missing_number", "string_data", "text_version"]
)
def test_one_record_is_broken_on_the_wire_only(sandbox, garage, variant):
    sandbox.store.create_mission()
    plain, told = garage.feed(), truth(sandbox.store, DEMO)
    sandbox.store.faults.add("invalid_record", variant=variant)
    broken = garage.feed()
    assert sum(one != other for one, other in zip(plain, broken, strict=True)) == 1
    assert garage.feed() == plain and truth(sandbox.store, DEMO) == told


def test_the_content_of_a_photo_by_ranges(sandbox, garage, photo):
    photo_id, sha256 = photo
    whole = garage.get(f"/photos/{photo_id}/content")
    assert sha(whole.content) == sha256
    assert (whole.headers["ETag"], whole.headers["Accept-Ranges"]) == (f'"{sha256}"', "bytes")
    rest = garage.get(
        f"/photos/{photo_id}/content", headers={"Range": "bytes=100-", "If-Range": f'"{sha256}"'}
    )
    assert (rest.status_code, rest.content) == (206, whole.content[100:])
    changed = garage.get(
        f"/photos/{photo_id}/content", headers={"Range": "bytes=100-", "If-Range": '"other"'}
    )
    assert (changed.status_code, changed.content) == (200, whole.content)
    assert garage.get(f"/photos/{photo_id}/content", headers={"Range": "bytes=99999999-"}).status_code == 416


def test_a_cut_photo_is_resumed(sandbox, garage, photo):
    sandbox.store.faults.add("cut_content")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        garage.get(f"/photos/{photo[0]}/content")
    sandbox.store.faults.add("cut_content", quiet=True)
    short = garage.get(f"/photos/{photo[0]}/content")
    assert (short.status_code, sha(short.content) == photo[1]) == (200, False)
    rest = garage.get(f"/photos/{photo[0]}/content", headers={"Range": f"bytes={len(short.content)}-"})
    assert sha(short.content + rest.content) == photo[1]


@pytest.mark.parametrize("name", ["wrong_hash", "not_an_image"])
def test_a_photo_that_is_not_what_its_hash_says(sandbox, garage, photo, name):
    sandbox.store.faults.add(name)
    wrong = garage.get(f"/photos/{photo[0]}/content")
    assert (wrong.status_code, wrong.headers["Content-Type"], sha(wrong.content) == photo[1]) == (
        200,
        "image/jpeg",
        False,
    )
    assert sha(garage.get(f"/photos/{photo[0]}/content").content) == photo[1]


def test_nuls_after_the_end_are_part_of_the_photo(sandbox, garage):
    sandbox.store.faults.add("nul_padded")
    photo_id = sandbox.store.create_mission(photos=1)["photos"][0]
    content = garage.get(f"/photos/{photo_id}/content").content
    assert content.endswith(bytes(512))
    assert sha(content) == sandbox.store.entity("photo", photo_id)["sha256"]


def test_a_signed_link_works_without_a_key_and_for_15_minutes(sandbox, garage, photo):
    sandbox.store.faults.add("redirect")
    answer = garage.get(f"/photos/{photo[0]}/content")
    assert answer.status_code == 302
    link = sandbox.url + answer.headers["Location"]
    assert sha(requests.get(link, timeout=PATIENCE).content) == photo[1]
    assert requests.get(link, headers={"X-Api-Key": "anything"}, timeout=PATIENCE).status_code == 400
    sandbox.store.faults.add("expired_link")
    old = sandbox.url + garage.get(f"/photos/{photo[0]}/content").headers["Location"]
    assert requests.get(old, timeout=PATIENCE).status_code == 403


def test_every_fault_is_listed_for_a_person(sandbox):
    page = requests.get(f"{sandbox.url}/atelier/{DEMO}/defauts", timeout=PATIENCE).text
    assert all(f'data-fault="{name}"' in page for name in DESCRIPTIONS)


def test_what_happens_in_claims360_can_be_asked_for_by_request(sandbox, garage):
    def ask(method: str, path: str, **body):
        return requests.request(method, f"{sandbox.url}/_control{path}", json=body, timeout=PATIENCE)

    made = ask("POST", "/missions", photos=1, data={"vehicle": {"plate": "T-LAX-018"}}).json()
    assert ask("POST", f"/quotes/{made['quotes'][0]}/status", status="approved").json()["version"] == 2
    assert ask("POST", f"/quotes/{made['quotes'][0]}/status", status="draft").status_code == 422
    assert ask("POST", f"/missions/{made['id']}/cancel").json()["version"] == 2
    assert ask("DELETE", f"/photos/{made['photos'][0]}").status_code == 200
    assert ask("POST", f"/missions/{made['id']}/delete").json() == {
        "id": made["id"],
        "version": 3,
        "deleted": True,
    }
    assert ask("POST", "/missions/unknown/cancel").status_code == 404
    assert summary(garage.feed())[-3:] == [
        ("mission", "upsert", 2),
        ("photo", "delete", 2),
        ("mission", "delete", 3),
    ]
    told = ask("GET", f"/truth?bodyshop={DEMO}").json()["missions"][0]
    assert (told["plate"], told["deleted"], told["photos"][0]["deleted"]) == ("T-LAX-018", True, True)
    counts = ask("GET", "/requests").json()["counts"]
    assert {"method": "GET", "path": "/v1/changes", "status": 200, "count": 1} in counts
    assert json.dumps(ask("GET", "/received").json()["opened"]) == "[]"

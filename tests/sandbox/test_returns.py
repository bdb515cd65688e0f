"""What PlanManager returns, once and only once."""

import io
from datetime import timedelta

import pytest
import time_machine
from PIL import Image

from claims360_link.sandbox.store import utc_now


def jpeg(shade: int = 0, size: tuple[int, int] = (8, 8)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 0, 0)).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def mission_id(sandbox):
    return sandbox.store.create_mission(quotes=0)["id"]


def test_plate_and_mileage_are_taken_over_and_come_back_in_the_feed(sandbox, garage, mission_id):
    answer = garage.return_vehicle(mission_id, plate="T-LAX-018", mileage=128_412)
    assert answer.status_code == 200 and answer.json()["mission_id"] == mission_id
    last = garage.feed()[-1]
    assert (last["version"], last["data"]["vehicle"]["plate"]) == (2, "T-LAX-018")
    vehicle = sandbox.store.returns.received()["vehicles"][0]
    assert (vehicle["plate"], vehicle["mileage"], vehicle["requests"]) == ("T-LAX-018", 128_412, 1)


def test_a_repeated_key_gets_the_first_answer(sandbox, garage):
    first, again = garage.open_file(), garage.open_file()
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    received = sandbox.store.returns.received()
    assert received["fees"] == 1 and received["opened"][0]["requests"] == 2


def test_another_key_opens_another_file(sandbox, garage):
    assert garage.open_file("key-00000001").json() != garage.open_file("key-00000002").json()
    assert sandbox.store.returns.received()["fees"] == 2
    assert [item["data"]["vehicle"]["plate"] for item in garage.feed()] == ["1-ABC-234"] * 2


def test_the_same_key_with_another_body_is_a_mismatch(garage):
    garage.open_file()
    answer = garage.open_file(mileage=8)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")


def test_a_key_is_kept_24_hours(sandbox, garage):
    start = utc_now()
    for hours, fees in ((0, 1), (23, 1), (25, 2)):
        with time_machine.travel(start + timedelta(hours=hours)):
            garage.open_file()
        assert sandbox.store.returns.received()["fees"] == fees


@pytest.mark.parametrize("key", ["", "short-1", "x" * 129])
def test_a_key_has_8_to_128_characters(sandbox, garage, key):
    answer = garage.open_file(key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert sandbox.store.returns.received()["fees"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"plate": ""}, "plate"),
        ({"plate": "x" * 17}, "plate"),
        ({"plate": None}, "plate"),
        ({"mileage": -1}, "mileage"),
        ({"mileage": 10_000_000}, "mileage"),
        ({"mileage": "7"}, "mileage"),
        ({"mileage": True}, "mileage"),
        ({"mileage": 1.5}, "mileage"),
        ({"owner": "Delvaux"}, "owner"),
    ],
)
def test_nothing_but_a_plate_and_a_mileage_is_taken(sandbox, garage, mission_id, body, field):
    answer = garage.return_vehicle(mission_id, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation")
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert garage.open_file(**body).status_code == 422
    assert sandbox.store.returns.received() == {"vehicles": [], "opened": [], "photos": [], "fees": 0}


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"plate": "x", "mileage": 1e999}', b'{"plate": "x", "mileage": NaN}']
)
def test_what_is_no_such_json_is_refused(garage, text):
    assert garage.send("POST", "/missions", data=text).status_code == 422


@pytest.mark.parametrize("status", ["closed", "cancelled"])
def test_a_closed_mission_takes_nothing(sandbox, garage, mission_id, status):
    sandbox.store.change_mission(mission_id, {"status": status})
    for answer in (
        garage.return_vehicle(mission_id),
        garage.return_photo(mission_id, jpeg(), "key-00000002"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "mission-closed")


def test_the_first_answer_also_stands_once_the_mission_is_closed(sandbox, garage, mission_id):
    first = garage.return_vehicle(mission_id)
    sandbox.store.close_mission(mission_id)
    assert garage.return_vehicle(mission_id).json() == first.json()


def test_keys_are_of_a_body_shop_and_of_a_kind(sandbox, garage, mission_id):
    assert garage.get("/whoami").json()["key_scope"] == "planmanager"
    assert garage.get("/whoami", scope="bodyshop").json()["key_scope"] == "bodyshop"
    assert garage.get("/changes", scope="bodyshop").status_code == 403
    assert (
        garage.ask("PUT", f"/missions/{mission_id}/vehicle", scope="planmanager").json()["code"]
        == "key-scope"
    )
    for headers in (
        {"X-Api-Key": "x"},
        {"X-Bodyshop-Id": "475869430"},
        {"X-Bodyshop-Id": "1"},
        {"X-Api-Key": None},
    ):
        assert garage.get("/whoami", headers=headers).json()["code"] == "key-unknown"


def test_rotated_keys_end_the_old_ones(sandbox, garage):
    old = sandbox.store.keys()["planmanager"]
    sandbox.store.rotate_keys()
    assert garage.get("/whoami", headers={"X-Api-Key": old}).status_code == 401
    assert garage.get("/whoami").status_code == 200


def test_a_photo_is_stored_once_by_its_hash_and_comes_back_as_the_repairers(sandbox, garage, mission_id):
    stored = garage.return_photo(mission_id, jpeg(1), "key-00000001")
    again = garage.return_photo(mission_id, jpeg(1), "key-00000002")
    other = garage.return_photo(mission_id, jpeg(2), "key-00000003")
    assert [answer.status_code for answer in (stored, again, other)] == [201, 200, 201]
    assert stored.json() == again.json() != other.json()
    assert [(item["data"]["source"], item["data"]["file_name"]) for item in garage.feed()[1:]] == [
        ("repairer", "a.jpg")
    ] * 2
    assert garage.get(f"/photos/{stored.json()['id']}/content").content == jpeg(1)
    assert [photo["duplicate"] for photo in sandbox.store.returns.received()["photos"]] == [
        False,
        True,
        False,
    ]


def test_a_photo_is_believed_once_it_is_decoded(garage, mission_id):
    for content in (b"", b"plain text", jpeg(size=(400, 400))[:700], b"\xff\xd8\xff\xe0" + b"x" * 400):
        answer = garage.return_photo(mission_id, content)
        assert (answer.status_code, answer.json()["code"]) == (415, "photo-type")


@pytest.mark.parametrize("kind", ["heic", "webp", "png", "portrait"])
def test_every_kind_of_photo_is_taken(sandbox, garage, mission_id, kind):
    elsewhere = sandbox.store.create_mission(quotes=0)["id"]
    drawn = sandbox.store.add_photo(elsewhere, kind=kind)
    answer = garage.return_photo(mission_id, sandbox.store.content(drawn))
    assert answer.status_code == 201
    assert answer.json()["mime"] == sandbox.store.entity("photo", drawn)["data"]["mime"]


@pytest.mark.parametrize("excess", [1, 54_000_000])
def test_a_photo_has_at_most_10_megabytes(garage, mission_id, excess):
    photo = jpeg()
    assert garage.return_photo(mission_id, photo.ljust(10_000_000, b"\0")).status_code == 201
    answer = garage.return_photo(mission_id, photo.ljust(10_000_000 + excess, b"\0"), "key-00000002")
    assert (answer.status_code, answer.json()["code"]) == (413, "photo-too-large")


def test_a_mission_has_at_most_100_photos(sandbox, garage, mission_id):
    for n in range(100):
        sandbox.store.add_photo(mission_id, content=jpeg(n))
    answer = garage.return_photo(mission_id, jpeg(200))
    assert (answer.status_code, answer.json()["code"]) == (422, "photo-limit")
    assert garage.return_photo(mission_id, jpeg(5), "key-00000002").status_code == 200

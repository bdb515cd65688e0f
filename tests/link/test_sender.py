"""Sending, over real HTTP against the sandbox: one file a dossier, each photo once, and nothing else ever leaves."""

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from claims360_link import credentials, photos, sender, sync, work
from claims360_link.client import Claims360Client
from claims360_link.models import Configuration, SyncRun, SyncState
from claims360_link.sandbox.server import Sandbox
from claims360_link.status import status_of
from dossiers import outbox, uploads
from dossiers.intake import decide
from dossiers.models import Dossier, Mission, MissionState, Opening, Photo, Source, Transmission
from dossiers.models.transmission import SendState
from dossiers.sentences import ERRORS
from repairers.models import Repairer, User
from tests.dossiers import pictures
from tests.dossiers.factories import DossierFactory
from tests.link.world import DEMO, mission_of, pull, set_options

PLATE = "1-ABC-234"
Ask = Callable[..., Transmission]


@pytest.fixture
def dossier(configured: Repairer) -> Dossier:
    return DossierFactory(repairer=configured, plate=PLATE, owner_name="Carlier Anne", claim_number="")


@pytest.fixture
def mission(sandbox: Sandbox, dossier: Dossier, staff: User) -> Mission:
    """A mission that came from Claims360 and is in the dossier."""
    made = sandbox.store.create_mission(quotes=0, data={"vehicle": {"plate": PLATE}})
    pull(dossier.repairer)
    return decide.link(mission_of(made["id"]).pk, dossier.pk, staff)


@pytest.fixture
def ask(dossier: Dossier, staff: User) -> Ask:
    """Asks for a transmission; each click another kilometre, unless it is told."""
    clicks = iter(range(84_210, 99_999))

    def ask_(*photos: Photo, of: Dossier = dossier, **more: Any) -> Transmission:
        given = {"plate": PLATE, "mileage": next(clicks), "mailbox": DEMO}
        ids = [photo.pk for photo in photos]
        return outbox.ask(of, staff, link=Source.CLAIMS360, photo_ids=ids, **{**given, **more})

    return ask_


@pytest.fixture
def add(dossier: Dossier, staff: User) -> Callable[..., Photo]:
    def add_(name: str = "IMG_0001.jpg", caption: str = "", of: Dossier = dossier) -> Photo:
        upload = SimpleUploadedFile(name, pictures.jpeg())
        return uploads.add_photo(of, upload, staff, caption)

    return add_


def deliver(row: Transmission) -> Transmission:
    work.deliver(row.pk)
    row.refresh_from_db()
    return row


def in_a_while(row: Transmission, **later: float) -> Transmission:
    with time_machine.travel(timezone.now() + dt.timedelta(**later), tick=True):
        return deliver(row)


def received(sandbox: Sandbox) -> dict[str, Any]:
    return sandbox.store.returns.received()


def requests(sandbox: Sandbox, method: str, ending: str) -> list[int]:
    """The statuses of the requests that came, in their order."""
    log = sandbox.store.requests.last
    return [one["status"] for one in log if one["method"] == method and one["path"].endswith(ending)]


def error(row: Transmission) -> tuple[str, str]:
    assert row.error == "" or row.error in ERRORS
    return row.state, row.error


def impatience_with(fault: str) -> AbstractContextManager[Any]:
    """An answer that stalls is not waited for; any other for as long as this machine takes."""
    return override_settings(CLAIMS360_READ_TIMEOUT=2.0) if fault == "stall" else nullcontext()


WAITS, PERSON, DONE = SendState.PENDING, SendState.NEEDS_PERSON, SendState.DELIVERED


# --- to a mission that is there -----------------------------------------------------------------------------------


def test_plate_mileage_and_the_chosen_photos_arrive_and_nothing_else(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox
) -> None:
    chosen = [add("IMG_0001.jpg", "front left"), add("photo été.HEIC.jpg")]
    add("left out.jpg")
    row = deliver(ask(*chosen, mileage=90_000))
    assert error(row) == (DONE, "") and row.delivered_at is not None
    came = received(sandbox)
    [vehicle] = came["vehicles"]
    assert (vehicle["mission_id"], vehicle["plate"], vehicle["mileage"]) == (
        mission.external_id,
        PLATE,
        90_000,
    )
    hashes = [photo.prepared.sha256 for photo in chosen]
    assert [photo["sha256"] for photo in came["photos"]] == hashes
    for sent, photo in zip(came["photos"], chosen, strict=True):
        content = sandbox.store.content(sent["photo_id"])
        assert hashlib.sha256(content).hexdigest() == photo.prepared.sha256
        assert not [place for place in pictures.LOCATIONS if place in content]
    assert sandbox.store.entity("photo", came["photos"][0]["photo_id"])["data"]["caption"] == "front left"
    assert came["opened"] == [] and "Carlier" not in json.dumps(came)
    assert [one.external_id for one in row.photos.all()] == [one["photo_id"] for one in came["photos"]]


def test_delivered_is_delivered(ask: Ask, add: Any, mission: Mission, sandbox: Sandbox) -> None:
    row = deliver(ask(add()))
    sandbox.store.requests.clear()
    deliver(row)
    in_a_while(row, hours=5)
    assert not sandbox.store.requests.last


def test_each_click_in_its_order(ask: Ask, mission: Mission, sandbox: Sandbox) -> None:
    first, second = ask(mileage=1), ask(mileage=2)
    assert error(deliver(second)) == (WAITS, "")
    deliver(first)
    deliver(second)
    assert [one["mileage"] for one in received(sandbox)["vehicles"]] == [1, 2]


@pytest.mark.parametrize(
    ("fault", "args", "code"),
    [
        ("503", {}, "maintenance"),
        ("429", {"retry_after": 90}, "rate-limited"),
        ("500", {}, "outage"),
        ("502", {}, "outage"),
        ("reset", {}, "unreachable"),
        ("reset", {"after": True}, "unreachable"),
        ("stall", {"seconds": 4}, "timeout"),
        ("empty_body", {}, "answer-unreadable"),
        ("cut_body", {}, "answer-cut"),
        ("wrong_content_type", {}, "answer-unreadable"),
    ],
)
@pytest.mark.parametrize("path", ["/vehicle", "/photos"])
def test_what_only_has_to_be_tried_later(
    ask: Ask,
    add: Any,
    mission: Mission,
    sandbox: Sandbox,
    fault: str,
    args: dict[str, Any],
    code: str,
    path: str,
) -> None:
    """However often, it is never counted as failed; and what was carried out is not carried out twice."""
    row = ask(add())
    for n in range(2):
        sandbox.store.faults.add(fault, path=path, method="PUT" if path == "/vehicle" else "POST", **args)
        with impatience_with(fault):
            assert error(in_a_while(row, minutes=n * 5)) == (WAITS, code)
        assert row.not_before is not None and row.attempts == 0
    assert error(in_a_while(row, minutes=10)) == (DONE, "")
    came = received(sandbox)
    assert len(came["vehicles"]) == len(came["photos"]) == 1
    sent = Photo.objects.get(dossier=row.dossier)
    assert [one["sha256"] for one in sandbox.store.children(mission.external_id, "photo")] == [
        sent.prepared_id
    ]


def test_it_waits_as_long_as_it_is_told(ask: Ask, mission: Mission, sandbox: Sandbox) -> None:
    sandbox.store.faults.add("429", path="/vehicle", retry_after=600)
    row = deliver(ask())
    assert in_a_while(row, minutes=9).state == WAITS
    assert in_a_while(row, minutes=11).state == DONE


@pytest.mark.parametrize(
    ("happens", "code"), [("delete_mission", "not-found"), ("close_mission", "mission-closed")]
)
def test_a_mission_that_is_gone_or_closed_goes_to_a_person_never_to_a_new_file(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox, happens: str, code: str
) -> None:
    row = ask(add())
    getattr(sandbox.store, happens)(mission.external_id)
    assert error(deliver(row)) == (PERSON, code)
    in_a_while(row, days=2)
    assert not Opening.objects.exists() and received(sandbox)["opened"] == []


def test_a_mission_that_closes_between_two_photos(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox
) -> None:
    row = ask(add(), add())
    sandbox.store.faults.add("409", path="/photos", method="POST")
    assert error(deliver(row)) == (PERSON, "mission-closed")
    assert received(sandbox)["photos"] == [], "the second was not tried"


# --- photos -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "args", "code"),
    [
        ("413", {}, "photo-too-large"),
        ("415", {}, "photo-type"),
        ("422", {"code": "photo-limit"}, "photo-limit"),
        ("422", {"code": "something-new-" * 10}, "refused"),
    ],
)
def test_a_refused_photo_holds_up_no_other(
    ask: Ask,
    add: Any,
    mission: Mission,
    sandbox: Sandbox,
    staff: User,
    fault: str,
    args: dict[str, Any],
    code: str,
) -> None:
    chosen = [add(), add(), add()]
    row = ask(*chosen)
    sandbox.store.faults.add(fault, path="/photos", method="POST", **args)
    assert error(deliver(row)) == (PERSON, "delivered-in-part")
    first, *others = row.photos.all()
    assert (first.state, first.error) == (PERSON, code) and code in ERRORS
    assert [one.state for one in others] == [DONE, DONE]
    outbox.try_again(row.pk, staff)
    assert error(deliver(row)) == (DONE, "")
    assert len(received(sandbox)["vehicles"]) == 1, "plate and mileage had arrived"
    assert len(received(sandbox)["photos"]) == 3


def test_photos_that_are_there_are_not_sent_again(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox
) -> None:
    """Neither of an earlier transmission, nor one still on its way when it was asked for."""
    photo = add()
    rows = [ask(photo), ask(photo)]
    for row in rows:
        assert error(deliver(row)) == (DONE, "")
    assert error(deliver(ask(photo))) == (DONE, "")
    assert requests(sandbox, "POST", "/photos") == [201]
    assert [row.photos.get().error for row in rows] == ["", "already-there"]


def test_photos_that_claims360_has_by_their_hash_are_not_sent(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox
) -> None:
    photo = add()
    row = ask(photo)
    with photo.prepared.file.open("rb") as file:
        sandbox.store.add_photo(mission.external_id, content=file.read())
    pull(row.dossier.repairer)
    assert error(deliver(row)) == (DONE, "")
    assert requests(sandbox, "POST", "/photos") == []


def test_our_own_photos_come_back_and_are_recognised(
    ask: Ask, add: Any, mission: Mission, sandbox: Sandbox, configured: Repairer
) -> None:
    photo = add()
    deliver(ask(photo))
    pull(configured)
    back = Photo.objects.get(mission=mission)
    assert (back.origin, back.sha256) == ("repairer", photo.prepared.sha256)
    client = credentials.client_for(configured.pk, "planmanager")
    assert photos.fetch_pending(configured.pk, client) == {"received": 1, "stored": 1, "failed": 0}
    back.refresh_from_db()
    assert back.content == photo.prepared
    assert requests(sandbox, "GET", "/content") == [], "without a download"


def test_a_photo_whose_file_can_t_be_read_waits(ask: Ask, add: Any, mission: Mission) -> None:
    photo = add()
    row = ask(photo)
    photo.prepared.file.storage.delete(photo.prepared.file.name)
    assert error(deliver(row)) == (WAITS, "disk-error")


# --- a file of its own --------------------------------------------------------------------------------------------


def test_a_dossier_without_a_mission_opens_one_file(
    ask: Ask, add: Any, dossier: Dossier, sandbox: Sandbox, configured: Repairer
) -> None:
    first, second = ask(add(), mileage=1), ask(mileage=2)
    assert error(deliver(second)) == (WAITS, "")
    assert error(deliver(first)) == (DONE, "")
    assert error(deliver(second)) == (DONE, "")
    came = received(sandbox)
    [opened] = came["opened"]
    assert (opened["plate"], opened["mileage"], came["fees"]) == (PLATE, 1, 1)
    assert [(one["mission_id"], one["mileage"]) for one in came["vehicles"]] == [(opened["mission_id"], 2)]
    assert [one["mission_id"] for one in came["photos"]] == [opened["mission_id"]]
    pull(configured)
    mission = mission_of(opened["mission_id"])
    assert (mission.dossier, mission.state) == (dossier, MissionState.DOSSIER), "it comes back to its dossier"
    assert deliver(ask(mileage=3)).mission == mission
    assert received(sandbox)["fees"] == 1


def test_what_the_opening_told_is_told_again_after_something_else(ask: Ask, sandbox: Sandbox) -> None:
    for mileage in (1, 2):
        deliver(ask(mileage=mileage))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        deliver(ask(mileage=1))
    assert [one["mileage"] for one in received(sandbox)["vehicles"]] == [2, 1]


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("reset", {"after": True}),
        ("reset", {}),
        ("503", {"after": True}),
        ("cut_body", {}),
        ("empty_body", {}),
        ("wrong_content_type", {}),
        ("stall", {"seconds": 3}),
    ],
)
def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    ask: Ask, sandbox: Sandbox, fault: str, args: dict[str, Any]
) -> None:
    row = ask()
    for n in range(2):
        sandbox.store.faults.add(fault, path="/missions", method="POST", **args)
        with impatience_with(fault):
            assert in_a_while(row, minutes=5 * n).state == WAITS
    assert error(in_a_while(row, hours=22)) == (DONE, "")
    assert received(sandbox)["fees"] == 1
    assert Opening.objects.get().mission_external_id == received(sandbox)["opened"][0]["mission_id"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL writes every commit to the disk")
@pytest.mark.django_db(transaction=True)
def test_a_power_cut_after_the_post_undoes_no_attempt(ask: Ask) -> None:
    """Its key and its first attempt are on the disk before Claims360 is asked: nobody opens with another."""
    row = ask()
    told: list[str] = []
    connection.connection.set_trace_callback(told.append)
    deliver(row)
    connection.connection.set_trace_callback(None)
    begun = next(n for n, one in enumerate(told) if one.startswith('UPDATE "dossiers_opening"'))
    assert told[begun + 1 : begun + 3] == ["COMMIT", "PRAGMA synchronous=NORMAL"]
    assert told.index("PRAGMA synchronous=FULL") < begun


def test_a_worker_that_died_after_the_post(ask: Ask, sandbox: Sandbox) -> None:
    """Its row says that it was under way: the same key gives the same file."""
    row = ask()
    deliver(row)
    Opening.objects.update(mission_external_id="", state=SendState.IN_FLIGHT)
    Transmission.objects.update(state=SendState.IN_FLIGHT, body_delivered_at=None)
    Transmission.objects.update(in_flight_since=timezone.now() - dt.timedelta(minutes=11))
    assert error(deliver(row)) == (DONE, "")
    assert received(sandbox)["fees"] == 1 and received(sandbox)["opened"][0]["requests"] == 2


def test_the_opened_mission_came_before_its_receipt(
    ask: Ask, dossier: Dossier, sandbox: Sandbox, configured: Repairer
) -> None:
    set_options(INFORMEX_QUEING="off")
    row = ask()
    sandbox.store.faults.add("reset", path="/missions", method="POST", after=True)
    deliver(row)
    pull(configured)
    mission = Mission.objects.get()
    assert (mission.state, mission.dossier) == (MissionState.WAITING, None), "a person would have to choose"
    assert error(in_a_while(row, minutes=5)) == (DONE, "")
    mission.refresh_from_db()
    assert (mission.state, mission.dossier) == (MissionState.DOSSIER, dossier)


def test_after_23_hours_a_person_decides_with_the_candidates_seen(
    ask: Ask, dossier: Dossier, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    sandbox.store.faults.add("reset", path="/missions", method="POST", after=True)
    deliver(row)
    pull(configured)
    candidate = Mission.objects.get()
    sandbox.store.requests.clear()
    assert error(in_a_while(row, hours=23, minutes=1)) == (PERSON, "opening-unsure")
    assert candidate.number in row.error_detail
    with pytest.raises(outbox.CannotSend, match="opening-unsure"):
        outbox.try_again(row.pk, staff)
    another = ask()
    assert error(in_a_while(another, hours=48)) == (PERSON, "opening-unsure")
    assert requests(sandbox, "POST", "/missions") == [] and received(sandbox)["fees"] == 1
    decide.link(candidate.pk, dossier.pk, staff)
    outbox.try_again(row.pk, staff)
    assert error(in_a_while(row, hours=49)) == (DONE, ""), "once a person has linked it"
    assert [one["mission_id"] for one in received(sandbox)["vehicles"]] == [candidate.external_id]


def test_no_person_is_asked_before_the_feed_was_looked_at(
    ask: Ask, sandbox: Sandbox, configured: Repairer
) -> None:
    """Nothing ran since the attempt: the opened file, if there is one, can't have been seen yet."""
    pull(configured)
    row = ask()
    sandbox.store.faults.add("reset", path="/missions", method="POST", after=True)
    deliver(row)
    sandbox.store.requests.clear()
    assert error(in_a_while(row, hours=25)) == (WAITS, "opening-unread")
    assert not sandbox.store.requests.last
    pull(configured)
    assert error(in_a_while(row, hours=26)) == (PERSON, "opening-unsure")
    assert Mission.objects.get().number in row.error_detail


def test_a_feed_that_was_read_during_the_attempt_says_nothing(
    ask: Ask, sandbox: Sandbox, configured: Repairer
) -> None:
    """It was read to its end before Claims360 opened the file; then the worker died."""
    row = ask()
    begun = timezone.now()
    pull(configured)
    sandbox.store.faults.add("reset", path="/missions", method="POST", after=True)
    deliver(row)
    Opening.objects.update(state=SendState.IN_FLIGHT, in_flight_since=begun, first_attempt_at=begun)
    assert error(in_a_while(row, hours=25)) == (WAITS, "opening-unread")
    with time_machine.travel(begun + dt.timedelta(minutes=15), tick=True):
        pull(configured)
    assert error(in_a_while(row, hours=26)) == (PERSON, "opening-unsure")
    assert Mission.objects.get().number in row.error_detail


def test_a_mission_that_came_meanwhile_is_updated_instead(
    ask: Ask, dossier: Dossier, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    made = sandbox.store.create_mission(quotes=0, data={"vehicle": {"plate": PLATE}})
    pull(configured)
    decide.link(mission_of(made["id"]).pk, dossier.pk, staff)
    assert error(deliver(row)) == (DONE, "")
    assert received(sandbox)["fees"] == 0
    assert [one["mission_id"] for one in received(sandbox)["vehicles"]] == [made["id"]]


def test_two_missions_that_came_meanwhile_need_a_choice(
    ask: Ask, dossier: Dossier, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    made = [sandbox.store.create_mission(quotes=0) for _ in range(2)]
    pull(configured)
    for one in made:
        decide.link(mission_of(one["id"]).pk, dossier.pk, staff)
    assert error(deliver(row)) == (PERSON, "choose-mission")
    assert received(sandbox)["fees"] == 0 and received(sandbox)["vehicles"] == []


def test_a_refused_opening_can_be_asked_for_anew(ask: Ask, sandbox: Sandbox, staff: User) -> None:
    row = ask(plate="1-ABC-\u200b234")  # Claims360 takes printable plates only
    assert error(deliver(row)) == (PERSON, "validation")
    assert error(deliver(ask())) == (DONE, "")
    assert received(sandbox)["fees"] == 1


# --- keys and configurations --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["401", "403"])
def test_refused_keys_pause_the_repairer_and_it_goes_on(
    ask: Ask, sandbox: Sandbox, configured: Repairer, fault: str
) -> None:
    set_options(INFORMEX_QUEING="off")
    row, another = ask(), ask(of=DossierFactory(repairer=configured, plate="2-XYZ-999"))
    sandbox.store.faults.add(fault, times=None)
    assert error(deliver(row)) == (WAITS, "keys-refused")
    state = SyncState.objects.get(repairer=configured)
    assert state.refused_since is not None and status_of(configured.pk).error == "keys-refused"
    sandbox.store.requests.clear()
    assert error(deliver(another)) == (WAITS, "keys-refused")
    assert error(in_a_while(row, minutes=30)) == (WAITS, "keys-refused")
    assert not sandbox.store.requests.last, "it is not asked again before an hour is over"
    sandbox.store.faults.clear()
    sync.sync(configured.pk, SyncRun.Trigger.BUTTON)
    assert [error(in_a_while(one, minutes=35)) for one in (row, another)] == [(DONE, "")] * 2


def test_keys_refused_for_days_make_no_opening_unsure(
    ask: Ask, sandbox: Sandbox, configured: Repairer
) -> None:
    row = ask()
    sandbox.store.faults.add("401", times=None)
    for hours in (0, 10, 30, 60):
        assert error(in_a_while(row, hours=hours)) == (WAITS, "keys-refused")
    assert len(requests(sandbox, "POST", "/missions")) == 4
    sandbox.store.faults.clear()
    assert error(in_a_while(row, hours=70)) == (DONE, "")


def reset_to(configured: Repairer, sandbox: Sandbox, staff: User, bodyshop_id: str) -> None:
    credentials.reset(Configuration.objects.get(repairer=configured).pk, staff, "another contract")
    keys = sandbox.store.keys(bodyshop_id)
    credentials.configure(configured.pk, bodyshop_id, keys["bodyshop"], keys["planmanager"], staff)


def test_another_bodyshop_id_sends_nothing_that_was_asked_for_before(
    ask: Ask, mission: Mission, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    rows = [ask(), ask(of=DossierFactory(repairer=configured))]
    reset_to(configured, sandbox, staff, "475869430")
    assert [error(deliver(row)) for row in rows] == [(PERSON, "mailbox-changed")] * 2
    came = received(sandbox)
    assert came["vehicles"] == came["opened"] == []
    fresh = ask(of=rows[1].dossier, mailbox="475869430")
    assert error(deliver(fresh)) == (DONE, "")
    assert [one["bodyshop_id"] for one in received(sandbox)["opened"]] == ["475869430"]


def test_the_same_bodyshop_id_with_new_keys_goes_on(
    ask: Ask, mission: Mission, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    sandbox.store.rotate_keys(DEMO)
    assert error(deliver(row)) == (WAITS, "keys-refused")
    reset_to(configured, sandbox, staff, DEMO)
    assert error(in_a_while(row, minutes=2)) == (DONE, "")


def test_keys_that_are_entered_anew_while_the_old_ones_are_being_refused(
    ask: Ask, mission: Mission, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    old = credentials.client_for(configured.pk, "bodyshop")
    sandbox.store.rotate_keys(DEMO)

    def entered_anew(*_: object) -> Claims360Client:
        reset_to(configured, sandbox, staff, DEMO)
        return old

    sender.deliver(row.pk, entered_anew)
    row.refresh_from_db()
    assert error(row) == (WAITS, "keys-refused")
    state = SyncState.objects.get(repairer=configured)
    assert (state.refused_since, state.error) == (None, ""), "the new ones were not"
    assert error(in_a_while(row, minutes=2)) == (DONE, "")


def test_without_a_configuration_it_waits(
    ask: Ask, mission: Mission, sandbox: Sandbox, configured: Repairer, staff: User
) -> None:
    row = ask()
    credentials.reset(Configuration.objects.get().pk, staff, "wrong")
    assert error(deliver(row)) == (WAITS, "not-configured")


def test_off_nothing_is_sent(ask: Ask, mission: Mission, sandbox: Sandbox) -> None:
    row = ask()
    set_options(CLAIMS360_ENABLED=False)
    assert error(deliver(row)) == (WAITS, "")
    assert received(sandbox)["vehicles"] == []


def test_a_dead_claims360(ask: Ask, configured: Repairer) -> None:
    row = ask()
    client = credentials.client("475869429", "x" * 53)
    client.base_url = "http://127.0.0.1:9"
    sender.deliver(row.pk, lambda _repairer, _kind: client)
    row.refresh_from_db()
    assert error(row) == (WAITS, "unreachable")

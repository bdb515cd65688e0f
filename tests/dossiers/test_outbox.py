"""Transmissions of a dossier: what may be written, in what order they go, and who takes them in hand."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from dossiers import outbox
from dossiers.models import (
    Content,
    Dossier,
    Event,
    Mission,
    MissionState,
    Opening,
    Photo,
    Source,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.transmission import SendState
from dossiers.outbox import CannotSend
from dossiers.sentences import ERRORS
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, MissionFactory, PhotoFactory
from tests.processes import PATIENCE

MAILBOX = "475869429"
Ask = Callable[..., Transmission]


@pytest.fixture
def dossier(repairer: Repairer) -> Dossier:
    return DossierFactory(repairer=repairer, plate="1-ABC-234", mileage=84_210)


@pytest.fixture
def mission(dossier: Dossier) -> Mission:
    return MissionFactory(repairer=dossier.repairer, dossier=dossier)


@pytest.fixture
def ask(dossier: Dossier, staff: User) -> Ask:
    """Asks for a transmission; each click another kilometre, unless it is told."""
    clicks = iter(range(84_210, 99_999))

    def ask_(of: Dossier = dossier, user: User = staff, **more: Any) -> Transmission:
        given = {"plate": "1-ABC-234", "mileage": next(clicks), "photo_ids": [], "mailbox": MAILBOX}
        return outbox.ask(of, user, link=Source.CLAIMS360, **{**given, **more})

    return ask_


def photo(dossier: Dossier, digit: str) -> Photo:
    """A photo that was added here and is ready to be sent."""
    known = {"bytes": 1, "mime": "image/jpeg", "width": 4, "height": 3}
    content, _ = Content.objects.get_or_create(
        sha256=digit * 64, defaults={"file": f"photos/{digit}", **known}
    )
    return PhotoFactory(dossier=dossier, content=content, prepared=content, sha256=digit * 64)


def claim(row: Transmission, after: dt.timedelta = dt.timedelta()) -> Transmission | None:
    return outbox.claim(row.pk, Source.CLAIMS360, timezone.now() + after)


def state(row: Transmission) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.error


def done(row: Transmission) -> None:
    taken = claim(row)
    assert taken is not None
    outbox.delivered(taken)


# --- what may be asked for ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"plate": "  "}, "plate-missing", "plate"),
        ({"plate": "x" * 17}, "plate-too-long", "plate"),
        ({"mileage": None}, "mileage-missing", "mileage"),
        ({"mileage": -1}, "mileage-range", "mileage"),
        ({"mileage": 10_000_000}, "mileage-range", "mileage"),
        ({"photo_ids": range(1, 102)}, "too-many-photos", "photos"),
        ({"photo_ids": [999_999]}, "photo-not-here", "photos"),
        ({"mission_id": 999_999}, "mission-not-here", "mission"),
    ],
)
def test_what_is_refused(ask: Ask, mission: Mission, asked: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(CannotSend) as refusal:
        ask(**asked)
    assert (refusal.value.code, refusal.value.field) == (code, field) and code in ERRORS
    assert not Transmission.objects.exists() and not Opening.objects.exists() and not Event.objects.exists()


@pytest.mark.parametrize("mileage", [0, 9_999_999])
def test_the_ends_of_the_mileage(ask: Ask, mission: Mission, mileage: int) -> None:
    assert ask(plate=" 1-ABC-234 ", mileage=mileage).body == {"plate": "1-ABC-234", "mileage": mileage}


def test_only_own_and_prepared_photos(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    others = photo(DossierFactory(repairer=dossier.repairer), "a")
    imported = PhotoFactory(dossier=dossier, external_id="p1", source="claims360")
    unprepared = PhotoFactory(dossier=dossier)
    for row in (others, imported, unprepared):
        with pytest.raises(CannotSend, match="photo-not-here"):
            ask(photo_ids=[row.pk])


def test_what_is_written(ask: Ask, dossier: Dossier, mission: Mission, staff: User) -> None:
    chosen, _left_out = photo(dossier, "a"), photo(dossier, "b")
    row = ask(photo_ids=[chosen.pk, chosen.pk], mileage=90_000)
    assert (row.mission, row.state, row.mailbox, row.created_by) == (
        mission,
        SendState.PENDING,
        MAILBOX,
        staff,
    )
    assert row.body == {"plate": "1-ABC-234", "mileage": 90_000}, "and nothing else of the dossier"
    assert [one.photo for one in row.photos.all()] == [chosen]
    keys = [row.idempotency_key, row.photos.get().idempotency_key]
    assert len(set(keys)) == 2 and all(8 <= len(key) <= 128 for key in keys)
    event = Event.objects.get(dossier=dossier)
    assert (event.verb, event.actor, event.args["photos"]) == ("sending-asked", staff, 1)


def test_several_missions_need_a_choice(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    other = MissionFactory(repairer=dossier.repairer, dossier=dossier)
    with pytest.raises(CannotSend, match="choose-mission"):
        ask()
    assert ask(mission_id=other.pk).mission == other
    assert not Opening.objects.exists()


@pytest.mark.parametrize("source", [Source.CLAIMS360, Source.WINFORMEX])
def test_a_mission_elsewhere_is_no_target(ask: Ask, dossier: Dossier, source: Source) -> None:
    """Neither another dossier's, nor one that came by the older platform."""
    elsewhere = DossierFactory(repairer=dossier.repairer) if source == Source.CLAIMS360 else dossier
    mission = MissionFactory(repairer=dossier.repairer, dossier=elsewhere, source=source)
    with pytest.raises(CannotSend, match="mission-not-here"):
        ask(mission_id=mission.pk)
    assert ask().mission is None


def test_a_withdrawn_mission_is_not_made_up_for_by_another_file(
    ask: Ask, dossier: Dossier, mission: Mission
) -> None:
    mission.state = MissionState.WITHDRAWN
    mission.save()
    with pytest.raises(CannotSend, match="mission-withdrawn"):
        ask()
    assert not Opening.objects.exists() and "mission-withdrawn" in ERRORS


# --- one file a dossier, one row a click --------------------------------------------------------------------------


def test_a_dossier_has_one_opening(ask: Ask, dossier: Dossier) -> None:
    first, second = ask(mileage=1), ask(mileage=2)
    assert first != second and Opening.objects.get().body == first.body
    assert Opening.objects.get().idempotency_key not in (first.idempotency_key, second.idempotency_key)


def test_a_double_click_is_one(ask: Ask, dossier: Dossier) -> None:
    chosen = photo(dossier, "a")
    with time_machine.travel(timezone.now(), tick=False):
        first = ask(mileage=1, photo_ids=[chosen.pk])
        assert ask(mileage=1, photo_ids=[chosen.pk]) == first
        done(first)
        assert ask(mileage=1, photo_ids=[chosen.pk]) == first, (
            "even if the worker was quicker than the finger"
        )
    assert TransmissionPhoto.objects.count() == Opening.objects.count() == Event.objects.count() == 1


def test_what_differs_is_no_double_click(
    ask: Ask, dossier: Dossier, mission: Mission, helpdesk: User
) -> None:
    first = ask(mileage=1)
    assert ask(mileage=1, photo_ids=[photo(dossier, "a").pk]) != first
    assert ask(mileage=1, user=helpdesk) != first
    other = MissionFactory(repairer=dossier.repairer, dossier=dossier)
    assert ask(mileage=1, mission_id=other.pk) != first
    with time_machine.travel(timezone.now() + dt.timedelta(seconds=6)):
        assert ask(mileage=1, mission_id=mission.pk) != first
    outbox.cancel(first.pk, None)
    assert ask(mileage=1, mission_id=mission.pk) != first


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_open_one_file(ask: Ask, dossier: Dossier) -> None:
    start = threading.Barrier(6)

    def click(mileage: int) -> None:
        start.wait()
        ask(mileage=mileage)
        connections.close_all()

    threads = [threading.Thread(target=click, args=[mileage]) for mileage in (1, 1, 1, 2, 2, 2)]
    with time_machine.travel(timezone.now(), tick=False):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert Opening.objects.count() == 1
    assert sorted(row.body["mileage"] for row in Transmission.objects.all()) == [1, 2]


def test_an_opening_that_cost_nothing_makes_room(ask: Ask) -> None:
    """Refused for what it said, a corrected one may open the file; one that may have opened it stays."""
    ask(mileage=1)
    opening = Opening.objects.get()
    outbox.to_person(opening, "validation")
    ask(mileage=2)
    fresh = Opening.objects.get()
    assert (fresh.body["mileage"], fresh.state) == (2, SendState.PENDING)
    assert fresh.idempotency_key != opening.idempotency_key
    fresh.first_attempt_at = timezone.now()  # an attempt before the refusal was not answered
    outbox.to_person(fresh, "validation")
    ask(mileage=3)
    assert Opening.objects.get().body["mileage"] == 2


def test_an_opening_for_another_mailbox_makes_room_if_it_was_not_tried(ask: Ask) -> None:
    ask()
    ask(mailbox="475869430")
    assert Opening.objects.get().mailbox == "475869430"
    Opening.objects.update(first_attempt_at=timezone.now())
    ask(mailbox=MAILBOX)
    assert Opening.objects.get().mailbox == "475869430"


# --- photos that are there already --------------------------------------------------------------------------------


def test_photos_sent_before_are_not_sent_again(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    chosen = photo(dossier, "a")
    first = ask(photo_ids=[chosen.pk])
    first.photos.update(state=SendState.DELIVERED)
    again = ask(photo_ids=[chosen.pk]).photos.get()
    assert (again.state, again.error) == (SendState.DELIVERED, "already-there")
    assert outbox.sent_photo_ids(dossier, Source.CLAIMS360) == {chosen.pk}


def test_photos_that_claims360_has_are_not_sent(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    chosen, withdrawn = photo(dossier, "a"), photo(dossier, "b")
    for digit in "ab":
        known = {"dossier": None, "repairer": dossier.repairer, "source": "claims360", "external_id": digit}
        PhotoFactory(mission=mission, sha256=digit * 64, withdrawn=digit == "b", **known)
    row = ask(photo_ids=[chosen.pk, withdrawn.pk])
    assert row.photos.get(photo=chosen).error == "already-there"
    assert row.photos.get(photo=withdrawn).state == SendState.PENDING


def test_photos_sent_with_the_opening_are_there(ask: Ask, dossier: Dossier) -> None:
    """The opened mission comes back later than its photos were sent."""
    chosen = photo(dossier, "a")
    ask(photo_ids=[chosen.pk]).photos.update(state=SendState.DELIVERED)
    Opening.objects.update(mission_external_id="m-opened")
    opened = MissionFactory(repairer=dossier.repairer, dossier=dossier, external_id="m-opened")
    other = MissionFactory(repairer=dossier.repairer, dossier=dossier)
    assert ask(photo_ids=[chosen.pk], mission_id=opened.pk).photos.get().error == "already-there"
    assert ask(photo_ids=[chosen.pk], mission_id=other.pk).photos.get().error == ""


def test_cancelled_and_failed_photos_count_as_not_sent(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    chosen = photo(dossier, "a")
    row = ask(photo_ids=[chosen.pk])
    assert outbox.sent_photo_ids(dossier, Source.CLAIMS360) == {chosen.pk}
    outbox.cancel(row.pk, None)
    assert outbox.sent_photo_ids(dossier, Source.CLAIMS360) == set()


# --- whose turn it is ---------------------------------------------------------------------------------------------


def test_one_at_a_time_in_the_order_of_the_clicks(ask: Ask, dossier: Dossier, mission: Mission) -> None:
    first, second, third = ask(), ask(), ask()
    elsewhere = ask(of=DossierFactory(repairer=dossier.repairer))
    assert outbox.next_due(Source.CLAIMS360, timezone.now()) == [first.pk, elsewhere.pk]
    assert claim(second) is None
    taken = claim(first)
    assert taken is not None and (taken.state, taken.attempts) == (SendState.IN_FLIGHT, 1)
    assert claim(first) is None, "another worker has it"
    assert claim(second) is None
    outbox.delivered(taken)
    assert claim(third) is None and claim(second) is not None


def test_one_that_waits_holds_up_the_next(ask: Ask, mission: Mission) -> None:
    first, second = ask(), ask()
    taken = claim(first)
    assert taken is not None
    outbox.try_later(taken, "outage", timezone.now() + dt.timedelta(minutes=1))
    assert outbox.next_due(Source.CLAIMS360, timezone.now()) == []
    assert outbox.next_due(Source.CLAIMS360, timezone.now() + dt.timedelta(minutes=2)) == [first.pk]
    assert claim(second, dt.timedelta(minutes=2)) is None


def test_one_that_needs_a_person_does_not(ask: Ask, mission: Mission) -> None:
    first, second = ask(), ask()
    taken = claim(first)
    assert taken is not None
    outbox.to_person(taken, "not-found")
    assert claim(second) is not None


def test_a_dead_worker_s_is_taken_up_again_and_after_three_goes_to_a_person(
    ask: Ask, mission: Mission
) -> None:
    row = ask()
    late = dt.timedelta(minutes=10, seconds=1)
    assert claim(row) is not None and claim(row, dt.timedelta(minutes=9)) is None
    attempts = [claim(row, late * n) for n in (1, 2)]
    assert [one.attempts for one in attempts if one] == [2, 3]
    assert claim(row, late * 3) is None
    assert state(row) == (SendState.NEEDS_PERSON, "killed-three-times")


def test_a_slow_worker_says_that_it_lives(ask: Ask, mission: Mission) -> None:
    row = ask()
    claim(row)
    outbox.still_at_it(row, timezone.now() + dt.timedelta(minutes=9))
    assert claim(row, dt.timedelta(minutes=15)) is None
    assert claim(row, dt.timedelta(minutes=20)) is not None


def test_what_waits_is_never_counted_as_failed(ask: Ask, mission: Mission) -> None:
    row = ask()
    for n in range(8):
        taken = claim(row, dt.timedelta(hours=n))
        assert taken is not None and taken.attempts == 1
        outbox.try_later(taken, "maintenance", timezone.now())
    assert state(row) == (SendState.PENDING, "maintenance")


# --- what a person does about it ----------------------------------------------------------------------------------


def test_try_again(ask: Ask, dossier: Dossier, mission: Mission, staff: User) -> None:
    row = ask(photo_ids=[photo(dossier, digit).pk for digit in "abc"])
    sent, refused, cut = row.photos.all()
    TransmissionPhoto.objects.filter(pk=sent.pk).update(state=SendState.DELIVERED)
    TransmissionPhoto.objects.filter(pk=refused.pk).update(state=SendState.NEEDS_PERSON, error="photo-type")
    TransmissionPhoto.objects.filter(pk=cut.pk).update(state=SendState.IN_FLIGHT)
    keys = set(row.photos.values_list("idempotency_key", flat=True))
    with pytest.raises(CannotSend, match="nothing-to-try"):
        outbox.try_again(row.pk, staff)
    outbox.to_person(row, "delivered-in-part")
    outbox.try_again(row.pk, staff)
    assert state(row) == (SendState.PENDING, "")
    states = [SendState.DELIVERED, SendState.PENDING, SendState.PENDING]
    assert list(row.photos.values_list("state", flat=True)) == states
    assert set(row.photos.values_list("idempotency_key", flat=True)) == keys, "the same keys"
    assert Event.objects.filter(verb="sending-again", actor=staff).count() == 1


def test_an_unsure_opening_is_not_tried_again_but_a_linked_mission_is(
    ask: Ask, dossier: Dossier, staff: User
) -> None:
    row = ask()
    opening = Opening.objects.get()
    opening.first_attempt_at = timezone.now()
    outbox.to_person(opening, "opening-unsure")
    outbox.to_person(row, "opening-unsure")
    with pytest.raises(CannotSend, match="opening-unsure"):
        outbox.try_again(row.pk, staff)
    MissionFactory(repairer=dossier.repairer, dossier=dossier)
    outbox.try_again(row.pk, staff)
    assert state(row) == (SendState.PENDING, "")
    opening.refresh_from_db()
    assert opening.state == SendState.NEEDS_PERSON, "it opens nothing any more"


def test_cancel(ask: Ask, dossier: Dossier, staff: User) -> None:
    row = ask(photo_ids=[photo(dossier, digit).pk for digit in "ab"])
    sent, _unsent = row.photos.all()
    TransmissionPhoto.objects.filter(pk=sent.pk).update(state=SendState.DELIVERED)
    claim(row)
    with pytest.raises(CannotSend, match="nothing-to-cancel"):
        outbox.cancel(row.pk, staff)
    row.refresh_from_db()
    outbox.to_person(row, "outage")
    outbox.cancel(row.pk, staff)
    assert state(row)[0] == SendState.CANCELLED
    assert list(row.photos.values_list("state", flat=True)) == [SendState.DELIVERED, SendState.CANCELLED]
    assert not Opening.objects.exists(), "it was never tried: it goes with the last that needed it"
    assert Event.objects.filter(verb="sending-cancelled", actor=staff).count() == 1
    with pytest.raises(CannotSend, match="nothing-to-cancel"):
        outbox.cancel(row.pk, staff)


def test_an_opening_stays_while_it_is_needed_or_was_tried(ask: Ask, staff: User) -> None:
    first, second = ask(), ask()
    outbox.cancel(first.pk, staff)
    assert Opening.objects.exists(), "the second still needs it"
    Opening.objects.update(first_attempt_at=timezone.now())
    outbox.cancel(second.pk, staff)
    assert Opening.objects.exists(), "it may have opened a file"

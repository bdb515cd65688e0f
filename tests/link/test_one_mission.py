"""One mission asked for by itself: what Claims360 has now is taken over, and the feed still ends where it would."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from claims360_link import one_mission, work
from claims360_link.models import Inquiry, SyncState
from claims360_link.sandbox.server import Sandbox
from dossiers.forgetting import forget
from dossiers.models import Mission, MissionState, Photo, QuoteVersion, SetAside
from repairers.locking import one_writer
from repairers.models import Repairer, User
from tests.link.world import DEMO, expected, held, mission_of, pull, set_options


def asked(repairer: Repairer, external_id: str) -> Inquiry:
    """Asked for, and answered by a worker."""
    inquiry = one_mission.ask(repairer.pk, external_id, None)
    work.ask_anew(inquiry.pk)
    return Inquiry.objects.get(pk=inquiry.pk)


def test_what_changed_is_there_at_once(configured: Repairer, sandbox: Sandbox) -> None:
    """Mission, quotes and photos; a first photo is fetched, and the next sync finds what is held."""
    made = sandbox.store.create_mission(quotes=1, photos=1)
    pull(configured)
    sandbox.store.change_mission(made["id"], {"vehicle": {"plate": "2-XYZ-999"}})
    sandbox.store.set_quote_status(made["quotes"][0], "approved")
    sandbox.store.add_photo(made["id"])
    inquiry = asked(configured, made["id"])
    assert (inquiry.error, inquiry.is_new) == ("", True)
    assert inquiry.tally["photos"]["received"] == 1
    assert mission_of(made["id"]).plate_key == "2XYZ999"
    assert QuoteVersion.objects.get(version=2).status == "approved"
    assert not asked(configured, made["id"]).is_new
    pull(configured)
    assert held(configured) == expected(sandbox)
    assert SetAside.objects.count() == 0 and Photo.objects.count() == 2


def test_a_shell_is_completed(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission(shell=True, quotes=0)
    pull(configured)
    asked(configured, made["id"])
    assert mission_of(made["id"]).state == MissionState.WAITING and mission_of(made["id"]).plate


def test_of_a_record_that_can_t_be_read(configured: Repairer, sandbox: Sandbox) -> None:
    """Its mission comes, and the record is no longer aside; the feed goes on as ever."""
    sandbox.store.faults.add("invalid_record", times=None, variant="missing_number", entity="mission")
    made = sandbox.store.create_mission(quotes=0)
    pull(configured)
    assert SetAside.objects.get().resolved_at is None
    asked(configured, made["id"])
    assert mission_of(made["id"]).state == MissionState.WAITING
    assert SetAside.objects.get().resolved_at is not None
    sandbox.store.faults.clear()
    sandbox.store.change_mission(made["id"], {"vehicle": {"mileage": 81_000}})
    pull(configured)
    assert held(configured) == expected(sandbox)


def test_what_was_forgotten_is_not_fetched_again(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission()
    pull(configured)
    mission = mission_of(made["id"])
    with one_writer(configured.pk):
        forget(configured.pk, [mission.pk], [], "owner-forgotten")
    asked(configured, made["id"])
    assert (mission_of(made["id"]).facts, mission_of(made["id"]).plate) == ({}, "")


def test_a_dossier_keeps_what_was_edited(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(INFORMEX_QUEING="off")
    made = sandbox.store.create_mission(data={"vehicle": {"make": "Audi", "model": "A3"}})
    pull(configured)
    dossier = mission_of(made["id"]).dossier
    dossier.make = "AUDI"
    dossier.save()
    sandbox.store.change_mission(made["id"], {"vehicle": {"make": "Seat", "model": "Leon"}})
    asked(configured, made["id"])
    dossier.refresh_from_db()
    assert (dossier.make, dossier.model) == ("AUDI", "Leon")


def test_what_the_feed_brought_meanwhile_counts(
    configured: Repairer, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the answer and its storing a sync brings a newer version: the answer is the older one."""
    made = sandbox.store.create_mission()
    pull(configured)
    read = one_mission.mapping.batch

    def slow(*records: object) -> object:
        batch = read(*records)
        monkeypatch.setattr(one_mission.mapping, "batch", read)
        sandbox.store.change_mission(made["id"], {"vehicle": {"plate": "2-NEW-222"}})
        pull(configured)
        return batch

    monkeypatch.setattr(one_mission.mapping, "batch", slow)
    asked(configured, made["id"])
    assert mission_of(made["id"]).plate_key == "2NEW222"
    assert held(configured) == expected(sandbox)


def test_a_deleted_one_is_not_known_any_more(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission()
    pull(configured)
    sandbox.store.delete_mission(made["id"])
    assert asked(configured, made["id"]).error == "not-found"
    assert mission_of(made["id"]).state == MissionState.WAITING, "the feed tells what became of it"


def test_an_answer_that_is_none(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission()
    pull(configured)
    sandbox.store.faults.add("wrong_content_type", times=None, path=f"/missions/{made['id']}")
    assert asked(configured, made["id"]).error == "answer-unreadable"


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ({"refused_since": timezone.now()}, "keys-refused"),
        ({"error": "maintenance", "not_before": timezone.now() + dt.timedelta(hours=1)}, "maintenance"),
    ],
)
def test_claims360_is_not_asked_before_its_time(
    configured: Repairer, sandbox: Sandbox, state: dict[str, object], error: str
) -> None:
    SyncState.objects.create(repairer=configured, bodyshop_id=DEMO, **state)
    sandbox.store.requests.clear()
    assert asked(configured, "m1").error == error
    set_options(CLAIMS360_ENABLED=False)
    assert asked(configured, "m1").error == "not-active"
    assert sandbox.store.requests.as_list() == []


def test_refused_keys_are_told(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.rotate_keys()
    assert asked(configured, "m1").error == "keys-refused"


def test_asked_twice_it_is_answered_once(configured: Repairer, sandbox: Sandbox) -> None:
    first = one_mission.ask(configured.pk, "m1", None)
    assert one_mission.ask(configured.pk, "m1", None) == first
    work.pick_up_pending()
    work.ask_anew(first.pk)
    before = Inquiry.objects.get().ended_at
    work.ask_anew(first.pk)
    assert Inquiry.objects.get().ended_at == before is not None
    assert one_mission.ask(configured.pk, "m1", None) != first, "it has ended"


# --- the button


def test_the_button(client: Client, configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    """It shows that Claims360 is asked, looks again by itself, and loads the page anew once something came."""
    made = sandbox.store.create_mission(quotes=0)
    pull(configured)
    client.force_login(staff)
    mission = Mission.objects.get()
    url, page = (
        f"/claims360/missions/{mission.pk}/ask/",
        f"http://testserver/claims360/missions/{mission.pk}/",
    )
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    assert "every 1s" in client.post(url, headers=headers).content.decode()
    sandbox.store.change_mission(made["id"], {"vehicle": {"plate": "2-XYZ-999"}})
    work.ask_anew(Inquiry.objects.get().pk)
    answer = client.get(url, headers=headers)
    assert "1 mission" in answer.content.decode() and "every 1s" not in answer.content.decode()
    assert answer["HX-Refresh"] == "true"
    headers["HX-Current-URL"] = "http://testserver/claims360/?state=waiting"
    assert client.get(url, headers=headers)["HX-Trigger"] == '{"list-changed": {}}'
    assert client.post(url, headers={"Referer": page})["Location"] == page
    assert "Claims360 asked for it: " in client.get(page).content.decode()


def test_nobody_answers(client: Client, active: None, repairer: Repairer, staff: User) -> None:
    client.force_login(staff)
    mission = Mission.objects.create(
        repairer=repairer, external_id="m1", received_at=timezone.now(), updated_at=timezone.now()
    )
    long_ago = timezone.now() - dt.timedelta(minutes=5)
    Inquiry.objects.create(repairer=repairer, mission_external_id="m1", asked_at=long_ago)
    page = client.get(f"/claims360/missions/{mission.pk}/").content.decode()
    assert "Claims360 could not be asked" in page and "No worker answers." in page


def test_what_came_by_winformex_is_not_asked_for(
    client: Client, active: None, repairer: Repairer, staff: User
) -> None:
    client.force_login(staff)
    at = {"received_at": timezone.now(), "updated_at": timezone.now()}
    mission = Mission.objects.create(repairer=repairer, external_id="m1", source="winformex", **at)
    assert client.post(f"/claims360/missions/{mission.pk}/ask/").status_code == 404
    assert "Ask Claims360" not in client.get(f"/claims360/missions/{mission.pk}/").content.decode()

"""What a program does: decide the queue, open and change dossiers, add photos, send, refresh, set options."""

import io
from typing import Any

import pytest
from PIL import Image

from claims360_link.models import SyncState
from dossiers import outbox, services
from dossiers.models import (
    Dossier,
    Event,
    Mission,
    OptionChange,
    Photo,
    Quote,
    QuoteState,
    Source,
    Transmission,
)
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.options import read_options
from repairers.models import Repairer, User
from tests.api.programs import Program
from tests.dossiers.factories import (
    DossierFactory,
    MissionFactory,
    PhotoFactory,
    QuoteFactory,
    QuoteVersionFactory,
    TransmissionFactory,
    line,
    linked_mission,
)

pytestmark = pytest.mark.usefixtures("active")


def jpeg(colour: str = "navy") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG", exif=Image.Exif())
    return data.getvalue()


@pytest.fixture
def waiting(repairer: Repairer) -> Mission:
    return MissionFactory(repairer=repairer, state="waiting", reason="queueing", facts={"plate": "1-ABC-234"})


@pytest.fixture
def dossier(repairer: Repairer) -> Dossier:
    return DossierFactory(repairer=repairer, plate="1-ABC-234", mileage=84_210)


def verbs() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("verb", flat=True))


# --- The queue


def test_a_mission_is_accepted_and_somebody_else_comes_too_late(program: Program, waiting: Mission) -> None:
    done = program.post(f"missions/{waiting.pk}/accept")
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["dossier"]) == ("dossier", Dossier.objects.get().pk)
    assert done.json()["reason"] == {"code": "accepted", "text": "accepted"}
    waiting.refresh_from_db()
    assert waiting.decided_by.username == "workshop"
    late = program.post(f"missions/{waiting.pk}/accept", accept_language="nl")
    assert (late.status_code, late.json()["code"]) == (409, "already-decided")
    assert late.json()["detail"] == "Iemand anders heeft hier intussen over beslist."


def test_with_if_match_only_what_was_read_is_decided(program: Program, waiting: Mission) -> None:
    seen = program.get(f"missions/{waiting.pk}")["ETag"]
    Mission.objects.update(status="cancelled")
    late = program.post(f"missions/{waiting.pk}/accept", if_match=seen)
    assert late.status_code == 412
    assert not Dossier.objects.exists()
    seen = program.get(f"missions/{waiting.pk}")["ETag"]
    assert program.post(f"missions/{waiting.pk}/accept", if_match=seen).status_code == 200


def test_a_mission_goes_where_the_program_says(
    program: Program, waiting: Mission, repairer: Repairer
) -> None:
    first, second = DossierFactory.create_batch(2, repairer=repairer)
    path = f"missions/{waiting.pk}"
    assert program.post(f"{path}/link", {"dossier": first.pk}).json()["dossier"] == first.pk
    assert program.post(f"{path}/move", {"dossier": second.pk}).json()["dossier"] == second.pk
    back = program.post(f"{path}/undo").json()
    assert (back["state"], back["dossier"]) == ("waiting", None)
    refused = program.post(f"{path}/deny", {"reason": " "})
    assert refused.json()["errors"] == [
        {"field": "reason", "code": "blank", "detail": "This field may not be blank."}
    ]
    denied = program.post(f"{path}/deny", {"reason": "Not ours"}).json()
    assert denied["reason"]["text"] == "denied: Not ours"
    assert program.post(f"{path}/reconsider").json()["state"] == "waiting"
    assert program.post(f"{path}/new-dossier").json()["dossier"] not in (None, first.pk, second.pk)
    closed = DossierFactory(repairer=repairer, status="closed")
    refused = program.post(f"{path}/move", {"dossier": closed.pk})
    assert (refused.status_code, refused.json()["code"]) == (409, "dossier-closed")


def test_a_decision_is_taken_back_while_nobody_has_built_on_it(
    program: Program, waiting: Mission, staff: User
) -> None:
    path = f"missions/{waiting.pk}"
    assert program.get(path).json()["decision"] is None
    decision = program.post(f"{path}/accept").json()["decision"]
    assert (decision["text"], decision["by"]) == (f"accepted mission {waiting.number}", "workshop")
    back = program.post(f"{path}/take-back", {"decision": decision["id"]}, idempotency_key="back-1").json()
    assert (back["state"], back["dossier"], back["decision"]) == ("waiting", None, None)
    assert Dossier.objects.get().status == "closed"
    assert (
        program.post(f"{path}/take-back", {"decision": decision["id"]}, idempotency_key="back-1").json()
        == back
    )
    again = program.post(f"{path}/take-back", {"decision": decision["id"]}, accept_language="fr")
    assert (again.status_code, again.json()["code"]) == (409, "already-undone")
    assert again.json()["detail"] == "Ceci a déjà été annulé."
    decision = program.post(f"{path}/accept").json()["decision"]["id"]
    services.add_comment(Dossier.objects.latest("pk"), "Paint ordered", staff)
    refused = program.post(f"{path}/take-back", {"decision": decision})
    assert (refused.status_code, refused.json()["code"]) == (409, "dossier-worked-on")


def test_a_decision_is_taken_back_by_what_it_was_taken_on(
    program: Program, waiting: Mission, repairer: Repairer, quote: Quote
) -> None:
    other = MissionFactory(repairer=repairer, state="waiting")
    decision = program.post(f"missions/{waiting.pk}/deny", {"reason": "Not ours"}).json()["decision"]["id"]
    for path in (f"missions/{other.pk}", f"quotes/{quote.pk}"):
        refused = program.post(f"{path}/take-back", {"decision": decision})
        assert (refused.status_code, refused.json()["code"]) == (409, "not-to-be-undone")
    assert program.post(f"missions/{waiting.pk}/take-back", {"decision": "last"}).status_code == 422
    assert program.get(f"missions/{waiting.pk}").json()["state"] == "denied"


def test_a_quotes_decision_is_taken_back(program: Program, quote: Quote) -> None:
    path = f"quotes/{quote.pk}"
    for deed in ({"version": 2}, {"version": 2, "reason": "Too dear"}):
        done = program.post(f"{path}/{'deny' if 'reason' in deed else 'accept'}", deed).json()
        assert program.get(path).json()["decision"] == done["decision"] is not None
        late = program.post(f"{path}/take-back", {"decision": done["decision"]["id"]}, if_match='"before"')
        assert late.status_code == 412
        back = program.post(f"{path}/take-back", {"decision": done["decision"]["id"]}).json()
        assert (back["state"], back["accepted_version"], back["decision"]) == ("waiting", 1, None)


def test_another_repairers_dossier_is_no_place_for_a_mission(program: Program, waiting: Mission) -> None:
    refused = program.post(f"missions/{waiting.pk}/link", {"dossier": DossierFactory().pk})
    assert (refused.status_code, refused.json()["code"]) == (409, "no-such-dossier")


def test_what_a_mission_says_otherwise_is_taken_over_or_not(program: Program, dossier: Dossier) -> None:
    mission = linked_mission(dossier, make="Škoda", mileage=90_000)
    path = f"missions/{mission.pk}"
    assert program.get(path).json()["offers"] == [
        {"fact": "make", "own": "Peugeot", "theirs": "Škoda"},
        {"fact": "mileage", "own": 84_210, "theirs": 90_000},
    ]
    assert len(program.post(f"{path}/take-offer", {"fact": "make"}).json()["offers"]) == 1
    assert program.post(f"{path}/keep-own", {"fact": "mileage"}).json()["offers"] == []
    dossier.refresh_from_db()
    assert (dossier.make, dossier.mileage) == ("Škoda", 84_210)
    for gone in ("make", "nonsense"):
        refused = program.post(f"{path}/take-offer", {"fact": gone})
        assert (refused.status_code, refused.json()["code"]) == (409, "offer-gone")


# --- Quotes and photos


@pytest.fixture
def quote(dossier: Dossier) -> Quote:
    """In its second version, which waits; the first was accepted."""
    quote = QuoteFactory(
        mission=linked_mission(dossier),
        version=2,
        state=QuoteState.WAITING,
        gross="181.50",
        previous_gross="121",
    )
    bumper = line("Bumper front", "100.00", code="7P5 807 217")
    QuoteVersionFactory(quote=quote, version=1, lines=[bumper])
    door = line("Door", "50.00", code="7P5 831 055")
    totals = {"net": "150.00", "vat": "31.50", "gross": "181.50"}
    QuoteVersionFactory(quote=quote, version=2, lines=[bumper, door], totals=totals)
    return quote


def test_a_quote_has_its_versions_and_what_changed(program: Program, quote: Quote) -> None:
    told = program.get(f"quotes/{quote.pk}").json()
    second, first = told["versions"]
    assert (told["gross"], told["previous_gross"], told["accepted_version"]) == ("181.50", "121.00", 1)
    assert [change["kind"] for change in second["changes"]] == ["added"]
    assert (second["changes"][0]["new"]["description"], second["changes"][0]["difference"]) == (
        "Door",
        "50.00",
    )
    assert (second["difference"], first["difference"], first["changes"]) == ("60.50", None, [])
    assert (first["accepted"], second["accepted"]) == (True, False)
    [row] = program.get("quotes", {"state": "waiting"}).json()["results"]
    assert "versions" not in row and row["id"] == quote.pk


def test_a_quote_is_decided_by_the_version_that_was_looked_at(program: Program, quote: Quote) -> None:
    unseen = program.post(f"quotes/{quote.pk}/accept", {"version": 1})
    assert (unseen.status_code, unseen.json()["code"]) == (409, "newer-version")
    denied = program.post(f"quotes/{quote.pk}/deny", {"version": 2, "reason": "Too dear"}).json()
    assert (denied["state"], denied["accepted_version"]) == ("denied", 1)
    seen = program.get(f"quotes/{quote.pk}")["ETag"]
    late = program.post(f"quotes/{quote.pk}/accept", {"version": 2}, if_match='"before"')
    assert late.status_code == 412
    accepted = program.post(f"quotes/{quote.pk}/accept", {"version": 2}, if_match=seen).json()
    assert (accepted["state"], accepted["accepted_version"]) == ("dossier", 2)
    assert verbs() == ["quote-denied", "quote-accepted"]


def test_a_photo_is_added_once_and_comes_back_without_exif(program: Program, dossier: Dossier) -> None:
    path = f"dossiers/{dossier.pk}/photos"
    added = program.send_file(path, jpeg())
    assert added.status_code == 201
    assert program.send_file(path, jpeg()).json()["id"] == added.json()["id"]
    [row] = program.get("photos", {"dossier": dossier.pk}).json()["results"]
    shown = program.client.get(row["renditions"]["thumb"])
    assert (shown["Content-Type"], shown["Content-Language"]) == ("image/jpeg", "en")
    picture = Image.open(io.BytesIO(b"".join(shown.streaming_content)))
    assert (picture.size, dict(picture.getexif())) == ((320, 240), {})
    kept = program.client.get(row["renditions"]["thumb"], headers={"If-None-Match": shown["ETag"]})
    assert kept.status_code == 304
    assert program.get(f"photos/{row['id']}/large", accept="image/jpeg").status_code == 200
    nothing = program.get("photos/999999/large", accept="image/*")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "not-found")
    refused = program.send_file(path, b"no photo")
    assert (refused.status_code, refused.json()["code"]) == (422, "photo-not-an-image")


def test_a_photos_key_is_for_its_content(program: Program, dossier: Dossier) -> None:
    path = f"dossiers/{dossier.pk}/photos"
    first = program.send_file(path, jpeg(), idempotency_key="k")
    assert program.send_file(path, jpeg(), idempotency_key="k").json() == first.json()
    assert program.send_file(path, jpeg("red"), idempotency_key="k").status_code == 422
    assert Photo.objects.count() == 1


def test_a_photo_that_has_not_come_yet_has_no_rendition(program: Program, dossier: Dossier) -> None:
    photo = PhotoFactory(dossier=dossier, fetch_state=FetchState.PENDING, fetch_error="timeout")
    told = program.get(f"photos/{photo.pk}").json()
    assert (told["renditions"], told["fetch_state"], told["error"]["code"]) == (None, "pending", "timeout")
    assert program.get(f"photos/{photo.pk}/large").status_code == 404


# --- Dossiers


def test_a_dossier_is_opened_changed_and_commented_on(program: Program, repairer: Repairer) -> None:
    facts = {"plate": "1-ABC-234", "deductible": "250", "occurred_on": "2026-03-01", "damage_zones": ["roof"]}
    opened = program.post("dossiers", {"repairer": repairer.pk, **facts}).json()
    path = f"dossiers/{opened['id']}"
    assert {name: opened[name] for name in facts} == {**facts, "deductible": "250.00"}
    changed = program.patch(path, {"mileage": 84_210, "deductible": None}).json()
    assert (changed["mileage"], changed["deductible"], changed["plate"]) == (84_210, None, "1-ABC-234")
    said = program.post(f"{path}/comments", {"text": "Paint ordered"}).json()
    assert [(one["author"], one["text"]) for one in said["comments"]] == [("workshop", "Paint ordered")]
    for status, then in (("ready", "ready"), ("closed", "closed"), ("reopen", "ready")):
        assert program.post(f"{path}/status", {"status": status}).json()["status"] == then
    edited = Event.objects.get(verb="dossier-edited")
    assert (edited.args, edited.actor_name) == ({"fields": ["deductible", "mileage"]}, "workshop")


def test_what_a_program_may_not_write_stays(program: Program, dossier: Dossier) -> None:
    program.patch(f"dossiers/{dossier.pk}", {"id": 7, "repairer": 99, "status": "closed", "created_at": None})
    fresh = Dossier.objects.get()
    assert (fresh.pk, fresh.repairer_id, fresh.status) == (dossier.pk, dossier.repairer_id, "new")
    assert verbs() == []


# --- The link


def test_it_is_sent_by_a_worker_and_its_state_can_be_followed(
    program: Program, configured: Repairer, dossier: Dossier
) -> None:
    mission = linked_mission(dossier)
    photo = program.send_file(f"dossiers/{dossier.pk}/photos", jpeg()).json()["id"]
    body = {"mileage": 90_000, "photos": [photo]}
    asked = program.post(f"dossiers/{dossier.pk}/transmissions", body, idempotency_key="send-1")
    again = program.post(f"dossiers/{dossier.pk}/transmissions", body, idempotency_key="send-1")
    assert (asked.status_code, again.json()) == (202, asked.json())
    told = asked.json()
    assert told["body"] == {"plate": "1-ABC-234", "mileage": 90_000}
    assert (told["mission"], told["state"], told["link"]) == (mission.pk, "pending", Source.CLAIMS360)
    assert [row["photo"] for row in told["photos"]] == [photo]
    assert Transmission.objects.count() == 1
    dossier.refresh_from_db()
    assert dossier.mileage == 90_000
    cancelled = program.post(f"transmissions/{told['id']}/cancel").json()
    assert cancelled["state"] == SendState.CANCELLED
    refused = program.post(f"transmissions/{told['id']}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing-to-cancel")


def test_what_is_not_given_stays_as_somebody_writes_it_meanwhile(
    program: Program, configured: Repairer, dossier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask_while_somebody_writes(*args: Any, **kwargs: Any) -> Transmission:
        row = ask(*args, **kwargs)
        Dossier.objects.update(plate="2-XYZ-999")
        return row

    ask = outbox.ask
    monkeypatch.setattr(outbox, "ask", ask_while_somebody_writes)
    assert program.post(f"dossiers/{dossier.pk}/transmissions", {"mileage": 90_000}).status_code == 202
    dossier.refresh_from_db()
    assert (dossier.plate, dossier.mileage) == ("2-XYZ-999", 90_000)


def test_what_needs_a_person_is_tried_again_by_one(program: Program, dossier: Dossier) -> None:
    row = TransmissionFactory(dossier=dossier, state=SendState.NEEDS_PERSON, error="maintenance")
    told = program.get(f"transmissions/{row.pk}").json()
    assert told["error"]["text"] == "Claims360 is under maintenance; it is tried again by itself."
    assert program.post(f"transmissions/{row.pk}/again", if_match='"before"').status_code == 412
    again = program.post(f"transmissions/{row.pk}/again").json()
    assert (again["state"], again["error"]) == ("pending", None)


@pytest.mark.parametrize(
    ("facts", "body", "status", "code"),
    [
        ({"mileage": None}, {}, 422, "mileage-missing"),
        ({"plate": ""}, {"mileage": 1}, 422, "plate-missing"),
        ({}, {"photos": [12]}, 422, "photo-not-here"),
        ({}, {"mission": 12}, 422, "mission-not-here"),
    ],
)
def test_what_can_not_be_sent(
    program: Program,
    configured: Repairer,
    dossier: Dossier,
    facts: dict[str, Any],
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    Dossier.objects.update(**facts)
    refused = program.post(f"dossiers/{dossier.pk}/transmissions", body)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not Transmission.objects.exists()


def test_refresh_asks_for_a_sync_and_says_how_far_it_is(program: Program, configured: Repairer) -> None:
    path = f"repairers/{configured.pk}/sync"
    before = program.get(path).json()
    assert (before["configured"], before["said"]["title"]) == (True, "Not synchronised yet")
    asked = program.post(path)
    assert (asked.status_code, asked.json()["said"]["moving"]) == (202, True)
    assert SyncState.objects.get().asked_by.username == "workshop"


def test_without_a_configuration_nothing_is_synchronised_or_sent(
    program: Program, repairer: Repairer, dossier: Dossier
) -> None:
    assert program.get(f"repairers/{repairer.pk}/sync").json()["configured"] is False
    for path in (f"repairers/{repairer.pk}/sync", f"dossiers/{dossier.pk}/transmissions"):
        refused = program.post(path, {})
        assert (refused.status_code, refused.json()["code"]) == (409, "not-configured")


# --- The options


def test_the_helpdesks_program_changes_the_options_and_the_history_says_so(program: Program) -> None:
    assert program.get("options").json() == {
        "CLAIMS360_ENABLED": True,
        "INFORMEX_QUEING": "missions",
        "INFORMEX_EXCLUDES": "",
    }
    wrong = program.patch("options", {"INFORMEX_EXCLUDES": "insurer = Ethias\nnonsense"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["detail"].startswith("Line 2: ")
    changed = program.patch(
        "options", {"INFORMEX_EXCLUDES": "insurer = Ethias", "INFORMEX_QUEING": "missions"}
    )
    assert changed.json()["INFORMEX_EXCLUDES"] == "insurer = Ethias"
    assert len(read_options().excludes) == 1
    row = OptionChange.objects.get()
    assert (row.name, row.old, row.new) == ("INFORMEX_EXCLUDES", "", "insurer = Ethias")
    assert (row.changed_by.username, row.address) == ("workshop", "127.0.0.1")

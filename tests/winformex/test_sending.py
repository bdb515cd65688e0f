"""Out to Winformex II: before Claims360 is active, exactly what was chosen, once; afterwards nothing at all."""

import logging
import re
import threading
from io import StringIO
from typing import Any

import pytest
import requests
from constance import config
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from claims360_link.sandbox.server import Sandbox
from claims360_link.sandbox.winformex import received
from dossiers import outbox, uploads
from dossiers.models import Dossier, Event, Opening, Photo, Source, Transmission
from dossiers.models.transmission import SendState
from dossiers.outbox import CannotSend
from dossiers.waiting import GIVEN_UP
from dossiers.winformex import sending
from dossiers.winformex.client import shared_session
from dossiers.winformex.nudges import DELIVER, PICK_UP_PENDING
from planmanager.celery import app
from repairers.models import Repairer, User
from tests.api.programs import IntegrationFactory, Program, secret_of
from tests.dossiers.factories import DossierFactory, MissionFactory
from tests.link.world import DEMO, set_options
from tests.processes import PATIENCE
from tests.security.world import picture

FRENCH = (
    "Après l'activation de claims360, il n'est plus possible d'envoyer des données de PlanManager vers l'ancienne "
    "plateforme winformex II."
)
Committed = DjangoCaptureOnCommitCallbacks


@pytest.fixture
def dossier(repairer: Repairer, sandbox: Sandbox) -> Dossier:
    Repairer.objects.filter(pk=repairer.pk).update(mailbox_number=DEMO)
    return DossierFactory(repairer=repairer, plate="1-ABC-234", mileage=84_210)


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def photos(dossier: Dossier, staff: User) -> list[Photo]:
    return [uploads.add_photo(dossier, picture(colour), staff) for colour in ("navy", "green", "red")]


def url(dossier: Dossier) -> str:
    return f"/dossiers/{dossier.pk}/winformex/"


def click(browser: Client, dossier: Dossier, **more: Any) -> Transmission:
    answer = browser.post(url(dossier), {"plate": dossier.plate, "mileage": dossier.mileage, **more})
    assert answer.status_code == 302, answer.content.decode()
    return Transmission.objects.latest("pk")


def delivered(row: Transmission) -> Transmission:
    sending.deliver(row.pk)
    row.refresh_from_db()
    return row


def states(row: Transmission) -> list[str]:
    return list(row.photos.values_list("state", flat=True))


def due(row: Transmission) -> None:
    Transmission.objects.filter(pk=row.pk).update(not_before=None)


class Held(HTTPAdapter):
    """A line on which a request to `path` waits until it may go on."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.arrived, self.go_on = path, threading.Event(), threading.Event()

    def send(self, request: PreparedRequest, *args: Any, **more: Any) -> Response:  # type: ignore[override]
        if self.path in str(request.url):
            self.arrived.set()
            self.go_on.wait(PATIENCE)
        return super().send(request, *args, **more)


def in_a_thread(transmission_id: int) -> None:
    sending.deliver(transmission_id)
    connections.close_all()


# --- before activation ------------------------------------------------------------------------------------------------


def test_exactly_plate_mileage_and_the_chosen_photos_leave(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox, staff: User
) -> None:
    row = click(browser, dossier, plate="2-XYZ-999", photos=[photos[0].pk, photos[2].pk])
    assert (row.link, row.mailbox, row.created_by) == (Source.WINFORMEX, DEMO, staff)
    assert (delivered(row).state, states(row)) == ("delivered", ["delivered", "delivered"])
    there = received(sandbox.store, DEMO)
    [file] = there["files"]
    assert (file["plate"], file["mileage"], file["reference"]) == ("2-XYZ-999", 84_210, row.idempotency_key)
    assert [one["sha256"] for one in there["photos"]] == [photos[0].prepared_id, photos[2].prepared_id]
    assert Opening.objects.count() == 0, "nothing is opened at Claims360"
    asked = [request for request in sandbox.store.requests.last if request["path"].startswith("/winformex")]
    assert {request["method"] for request in asked} == {"PUT"} and len(asked) == 3


def test_the_file_of_a_mission_has_its_number(browser: Client, dossier: Dossier, sandbox: Sandbox) -> None:
    mission = MissionFactory(
        repairer=dossier.repairer, dossier=dossier, source="winformex", number="2026/0004711"
    )
    MissionFactory(repairer=dossier.repairer, dossier=dossier, source="claims360")
    row = click(browser, dossier)
    assert (row.mission, delivered(row).state) == (mission, "delivered")
    assert received(sandbox.store, DEMO)["files"][0]["reference"] == "2026/0004711"


def test_of_several_missions_one_is_chosen(browser: Client, dossier: Dossier) -> None:
    missions = MissionFactory.create_batch(2, repairer=dossier.repairer, dossier=dossier, source="winformex")
    answer = browser.post(url(dossier), {"plate": "1-ABC-234", "mileage": "1"})
    assert (answer.status_code, Transmission.objects.count()) == (422, 0)
    assert click(browser, dossier, mission=missions[1].pk).mission == missions[1]


def test_a_dossier_has_one_file_and_no_photo_twice(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    first = click(browser, dossier, photos=[photos[0].pk])
    second = click(browser, dossier, mileage=90_000, photos=[photos[0].pk, photos[1].pk])
    assert outbox.next_due(Source.WINFORMEX, timezone.now()) == [first.pk]
    for row in (first, first, second):
        delivered(row)
    there = received(sandbox.store, DEMO)
    assert [(file["mileage"], file["requests"]) for file in there["files"]] == [(90_000, 2)]
    assert [one["requests"] for one in there["photos"]] == [1, 1]


def test_a_lost_answer_puts_nothing_there_twice(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    row = click(browser, dossier, photos=[photos[0].pk])
    for what in ("files", "photos"):
        sandbox.store.faults.add("reset", 1, after=True, path=f"/{what}/")
        assert (delivered(row).state, row.error) == ("pending", "winformex-unreachable")
        due(row)
    assert delivered(row).state == "delivered"
    there = received(sandbox.store, DEMO)
    assert [file["requests"] for file in there["files"]] == [2]
    assert [photo["requests"] for photo in there["photos"]] == [2]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("500", "winformex-down"),
        ("502", "winformex-down"),
        ("503", "winformex-down"),
        ("429", "winformex-down"),
        ("reset", "winformex-unreachable"),
        ("wrong_content_type", "winformex-down"),
    ],
)
def test_what_passes_is_tried_again_by_itself(
    browser: Client, dossier: Dossier, sandbox: Sandbox, fault: str, code: str
) -> None:
    row = click(browser, dossier)
    sandbox.store.faults.add(fault, 1)
    assert (delivered(row).state, row.error, row.attempts) == ("pending", code, 0)
    assert row.not_before is not None and row.not_before > timezone.now()
    assert delivered(row).state == "pending", "not before its time"
    due(row)
    assert delivered(row).state == "delivered"


def test_a_dead_winformex(browser: Client, dossier: Dossier, settings: Settings) -> None:
    settings.WINFORMEX_URL = "http://127.0.0.1:9/winformex"
    row = click(browser, dossier)
    assert (delivered(row).state, row.error) == ("pending", "winformex-unreachable")


@pytest.mark.parametrize("fault", ["401", "404", "422"])
def test_what_is_refused_for_good_goes_to_a_person(
    browser: Client, dossier: Dossier, sandbox: Sandbox, fault: str
) -> None:
    row = click(browser, dossier)
    sandbox.store.faults.add(fault, 1)
    assert (delivered(row).state, row.error, row.error_detail) == (
        "needs_person",
        "winformex-refused",
        f"HTTP {fault}",
    )
    browser.post(f"/dossiers/{dossier.pk}/transmissions/{row.pk}/again/")
    assert delivered(row).state == "delivered"


def test_a_refused_photo_holds_up_no_other(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    row = click(browser, dossier, photos=[photo.pk for photo in photos])
    sandbox.store.faults.add("413", 1, path=str(photos[1].prepared_id))
    assert (delivered(row).state, row.error) == ("needs_person", "delivered-in-part")
    assert states(row) == ["delivered", "needs_person", "delivered"]


def test_another_mailbox_meanwhile(browser: Client, dossier: Dossier) -> None:
    row = click(browser, dossier)
    Repairer.objects.update(mailbox_number="475869430")
    assert (delivered(row).state, row.error) == ("needs_person", "mailbox-changed")


@pytest.mark.parametrize(("missing", "words"), [("address", "No address"), ("mailbox", "mailbox number")])
def test_where_nothing_can_be_sent_it_is_said(
    browser: Client, dossier: Dossier, settings: Settings, missing: str, words: str
) -> None:
    if missing == "address":
        settings.WINFORMEX_URL = ""
    else:
        Repairer.objects.update(mailbox_number="")
    assert words in browser.get(url(dossier)).content.decode()
    assert browser.post(url(dossier), {"plate": "1-ABC-234", "mileage": "1"}).status_code == 422
    assert not Transmission.objects.exists()


def test_what_was_sent_to_winformex_is_not_at_claims360(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox, staff: User
) -> None:
    """After the activation the "i" opens the dossier's file there, with all of its photos."""
    delivered(click(browser, dossier, photos=[photos[0].pk]))
    set_options(CLAIMS360_ENABLED=True)
    assert outbox.sent_photo_ids(dossier, Source.CLAIMS360) == set()
    row = outbox.ask(
        dossier,
        staff,
        plate="1-ABC-234",
        mileage=1,
        photo_ids=[photos[0].pk],
        link=Source.CLAIMS360,
        mailbox=DEMO,
    )
    assert states(row) == ["pending"]
    assert Opening.objects.get().link == Source.CLAIMS360


def test_the_token_goes_along_and_is_in_no_log(
    browser: Client, dossier: Dossier, sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WINFORMEX_TOKEN = "a-secret-of-the-old-platform"
    with caplog.at_level(logging.DEBUG):
        assert delivered(click(browser, dossier)).state == "delivered"
    assert "PUT /winformex/mailboxes" in caplog.text
    assert settings.WINFORMEX_TOKEN not in caplog.text


def test_a_click_wakes_a_worker_and_each_minute_looks_for_what_was_lost(
    browser: Client,
    dossier: Dossier,
    django_capture_on_commit_callbacks: Committed,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    woken: list[Any] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, *_, **__: woken.append((name, *args)))
    with django_capture_on_commit_callbacks(execute=True):
        row = click(browser, dossier)
    with django_capture_on_commit_callbacks(execute=True):
        sending.pick_up_pending()
    assert woken == [(DELIVER, row.pk), (DELIVER, row.pk)]


def test_the_tasks_are_there() -> None:
    app.loader.import_default_modules()
    assert {DELIVER, PICK_UP_PENDING} <= app.tasks.keys()
    assert PICK_UP_PENDING in {entry["task"] for entry in app.conf.beat_schedule.values()}


# --- the switch, and after it -----------------------------------------------------------------------------------------


def test_after_the_activation_page_command_and_code_refuse_with_the_sentence(
    browser: Client, dossier: Dossier, active: None, staff: User
) -> None:
    User.objects.update(language="fr")
    assert 'id="winformex"' not in browser.get(f"/dossiers/{dossier.pk}/").content.decode()
    for answer in (browser.get(url(dossier)), browser.post(url(dossier), {"plate": "1", "mileage": "1"})):
        assert answer.status_code == 410
        assert re.sub("&#x27;", "'", answer.content.decode()).count(FRENCH) == 1
    with pytest.raises(CommandError, match="Après l'activation de claims360"):
        call_command("winformex_send", dossier.pk)
    for ask in (sending.ask, outbox_ask):
        with pytest.raises(CannotSend) as refusal:
            ask(dossier, staff, plate="1", mileage=1, photo_ids=[])
        assert refusal.value.code == "winformex-over"
    assert not Transmission.objects.exists()


def outbox_ask(dossier: Dossier, user: User, **more: Any) -> Transmission:
    return outbox.ask(dossier, user, link=Source.WINFORMEX, mailbox=DEMO, **more)


def test_what_waits_at_the_switch_is_given_up_visibly(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    done = delivered(click(browser, dossier, photos=[photos[0].pk]))
    ill = click(browser, dossier, mileage=90_000)
    sandbox.store.faults.add("422", 1)
    delivered(ill)
    waits = click(browser, dossier, mileage=90_001, photos=[photos[1].pk])
    set_options(CLAIMS360_ENABLED=True)
    for _ in range(2):
        sending.pick_up_pending()
    for row in (done, ill, waits):
        row.refresh_from_db()
    assert [(row.state, row.error) for row in (done, ill, waits)] == [
        ("delivered", ""),
        ("cancelled", "winformex-over"),
        ("cancelled", "winformex-over"),
    ]
    assert states(waits) == ["cancelled"]
    assert Event.objects.filter(dossier=dossier, verb="sending-ended", actor=None).count() == 2
    page = browser.get(f"/dossiers/{dossier.pk}/").content.decode()
    assert "not sent any more: 1-ABC-234, 90,001 km" in page
    assert "After the activation of Claims360, data can no longer be sent" in page


def test_a_task_that_comes_after_the_switch_sends_nothing(
    browser: Client, dossier: Dossier, sandbox: Sandbox
) -> None:
    row = click(browser, dossier)
    set_options(CLAIMS360_ENABLED=True)
    assert (delivered(row).state, row.error) == ("cancelled", "winformex-over")
    assert received(sandbox.store, DEMO) == {"files": [], "photos": []}


@pytest.mark.django_db(transaction=True)
def test_what_a_worker_has_in_hand_ends_before_its_next_call(
    transactional_db: None, browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    """The switch comes while the first photo is on its way: that one arrives, the others stay here."""
    row = click(browser, dossier, photos=[photo.pk for photo in photos])
    line = Held(f"photos/{photos[0].prepared_id}")
    shared_session().mount(sandbox.url, line)
    worker = threading.Thread(target=in_a_thread, args=(row.pk,))
    worker.start()
    assert line.arrived.wait(PATIENCE)
    config.CLAIMS360_ENABLED = True
    sending.pick_up_pending()
    row.refresh_from_db()
    assert row.state == SendState.IN_FLIGHT, "its worker lives"
    line.go_on.set()
    worker.join(PATIENCE)
    del shared_session().adapters[sandbox.url]
    row.refresh_from_db()
    assert (row.state, row.error) == ("cancelled", "winformex-over")
    assert states(row) == ["delivered", "cancelled", "cancelled"]
    assert len(received(sandbox.store, DEMO)["photos"]) == 1


def test_what_a_dead_worker_had_in_hand_is_given_up_too(browser: Client, dossier: Dossier) -> None:
    row = click(browser, dossier)
    now = timezone.now()
    outbox.claim(row.pk, Source.WINFORMEX, now)
    set_options(CLAIMS360_ENABLED=True)
    assert outbox.end_all(Source.WINFORMEX, "winformex-over", now + GIVEN_UP / 2) == 0
    assert outbox.end_all(Source.WINFORMEX, "winformex-over", now + GIVEN_UP * 2) == 1


def test_after_the_switch_nobody_tries_again(browser: Client, dossier: Dossier, sandbox: Sandbox) -> None:
    row = click(browser, dossier)
    sandbox.store.faults.add("422", 1)
    delivered(row)
    set_options(CLAIMS360_ENABLED=True)
    answer = browser.post(f"/dossiers/{dossier.pk}/transmissions/{row.pk}/again/", follow=True)
    assert "After the activation of Claims360, data can no longer be sent" in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "needs_person"


def test_the_switch_wakes_a_worker(
    db: None, django_capture_on_commit_callbacks: Committed, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, *_args, **_more: woken.append(name))
    with django_capture_on_commit_callbacks(execute=True):
        config.CLAIMS360_ENABLED = True
    assert woken == [PICK_UP_PENDING]


def test_switched_off_again_it_can_be_sent_again(browser: Client, dossier: Dossier, active: None) -> None:
    set_options(CLAIMS360_ENABLED=False)
    assert delivered(click(browser, dossier)).state == "delivered"


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command_sends_what_it_names(dossier: Dossier, photos: list[Photo], sandbox: Sandbox) -> None:
    out = StringIO()
    call_command("winformex_send", dossier.pk, "--photo", photos[1].pk, stdout=out)
    assert len(out.getvalue().splitlines()) == 1
    assert Transmission.objects.get().state == "delivered"
    assert [one["sha256"] for one in received(sandbox.store, DEMO)["photos"]] == [photos[1].prepared_id]
    for wrong in ((0,), (dossier.pk, "--photo", 0)):
        with pytest.raises(CommandError):
            call_command("winformex_send", *wrong)


def test_the_sandbox_shows_what_it_received(
    browser: Client, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    delivered(click(browser, dossier, photos=[photos[0].pk]))
    page = requests.get(f"{sandbox.url}/atelier/{DEMO}/winformex", timeout=PATIENCE).text
    assert "1-ABC-234" in page and f'data-sha256="{photos[0].prepared_id}"' in page
    thumbnail = requests.get(f"{sandbox.url}/atelier/{DEMO}/winformex/1", timeout=PATIENCE)
    assert thumbnail.headers["Content-Type"] == "image/jpeg"


# --- the API ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def program(dossier: Dossier) -> Program:
    return Program(secret_of(IntegrationFactory(sites=[dossier.repairer.site])))


def test_a_program_sends_what_it_names(
    program: Program, dossier: Dossier, photos: list[Photo], sandbox: Sandbox
) -> None:
    body = {"plate": "2-XYZ-999", "photos": [photos[0].pk]}
    answers = [
        program.post(f"dossiers/{dossier.pk}/winformex", body, idempotency_key="once-more") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    row = Transmission.objects.get()
    assert (row.link, delivered(row).state) == (Source.WINFORMEX, "delivered")
    assert received(sandbox.store, DEMO)["files"][0]["plate"] == "2-XYZ-999"


def test_after_the_activation_the_api_refuses_with_the_sentence(
    program: Program, dossier: Dossier, active: None
) -> None:
    answer = program.post(f"dossiers/{dossier.pk}/winformex", {}, accept_language="fr")
    assert (answer.status_code, answer.json()["code"]) == (409, "winformex-over")
    assert answer.json()["detail"] == FRENCH
    assert not Transmission.objects.exists()

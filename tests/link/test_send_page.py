"""The "i": exactly the plate, the mileage and the chosen photos leave, once."""

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from dossiers.models import (
    Content,
    Dossier,
    MissionState,
    Opening,
    Photo,
    Source,
    Transmission,
    TransmissionPhoto,
)
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, MissionFactory, PhotoFactory, TransmissionFactory
from tests.link.world import DEMO

FEE = "Each file costs a fee."


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def dossier(configured: Repairer) -> Dossier:
    return DossierFactory(repairer=configured, plate="1-ABC-234", mileage=84_210)


def photo(dossier: Dossier, digit: str) -> Photo:
    """A photo that was added here and is ready to be sent."""
    known = {"bytes": 1, "mime": "image/jpeg", "width": 4, "height": 3}
    content = Content.objects.create(sha256=digit * 64, file=f"photos/{digit}", **known)
    return PhotoFactory(
        dossier=dossier, content=content, prepared=content, sha256=digit * 64, caption=f"view {digit}"
    )


def url(dossier: Dossier) -> str:
    return f"/claims360/dossiers/{dossier.pk}/send/"


def text(browser: Client, dossier: Dossier) -> str:
    return browser.get(url(dossier)).content.decode()


def send(browser: Client, dossier: Dossier, **fields: object) -> HttpResponse:
    return browser.post(url(dossier), {"plate": "1-ABC-234", "mileage": "84210", **fields})


def test_what_the_popup_shows(browser: Client, dossier: Dossier) -> None:
    sent, fresh = photo(dossier, "a"), photo(dossier, "b")
    PhotoFactory(dossier=dossier, caption="came from Claims360", external_id="p1", source="claims360")
    PhotoFactory(dossier=dossier, caption="not ready")
    row = TransmissionFactory(dossier=dossier, state=SendState.DELIVERED)
    TransmissionPhoto.objects.create(
        transmission=row, photo=sent, idempotency_key="k", state=SendState.DELIVERED
    )
    page = text(browser, dossier)
    assert 'value="1-ABC-234"' in page and 'value="84210"' in page
    assert f'value="{sent.pk}" aria-label="view a · already sent"' in page
    assert f'value="{fresh.pk}" aria-label="view b"' in page
    assert "came from Claims360" not in page and "not ready" not in page and " checked" not in page


def test_exactly_that_is_written(browser: Client, dossier: Dossier, staff: User) -> None:
    mission = MissionFactory(repairer=dossier.repairer, dossier=dossier)
    chosen, _left_out = photo(dossier, "a"), photo(dossier, "b")
    answer = send(browser, dossier, plate=" 2-XYZ-999 ", mileage="90000", photos=[chosen.pk])
    assert answer.headers["Location"] == f"/dossiers/{dossier.pk}/"
    row = Transmission.objects.get()
    assert row.body == {"plate": "2-XYZ-999", "mileage": 90_000}
    assert (row.mission, row.mailbox, row.link, row.created_by) == (mission, DEMO, Source.CLAIMS360, staff)
    assert [one.photo for one in row.photos.all()] == [chosen]
    dossier.refresh_from_db()
    assert (dossier.plate, dossier.mileage) == ("2-XYZ-999", 90_000), "what was typed is the dossier's too"


def test_a_second_click_sends_nothing_twice(browser: Client, dossier: Dossier) -> None:
    MissionFactory(repairer=dossier.repairer, dossier=dossier)
    with time_machine.travel(timezone.now(), tick=False):
        assert [send(browser, dossier).status_code for _click in range(2)] == [302, 302]
    assert Transmission.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"mileage": ""}, "This field is required."),
        ({"mileage": "-1"}, "greater than or equal to 0"),
        ({"mileage": "10000000"}, "less than or equal to 9999999"),
        ({"mileage": "many"}, "Enter a whole number."),
        ({"plate": " "}, "This field is required."),
        ({"plate": "x" * 60}, "at most 16 characters"),
        ({"photos": ["999999"]}, "is not in the dossier any more"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    browser: Client, dossier: Dossier, fields: dict[str, object], words: str
) -> None:
    chosen = photo(dossier, "a")
    known = {"photos": [chosen.pk, *fields.get("photos", [])]}
    answer = send(browser, dossier, **{**fields, **known})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert f'value="{chosen.pk}" checked' in answer.content.decode()
    assert not Transmission.objects.exists() and not Opening.objects.exists()
    dossier.refresh_from_db()
    assert (dossier.plate, dossier.mileage) == ("1-ABC-234", 84_210)


def test_choosing_all_photos_without_javascript_keeps_what_was_typed(
    browser: Client, dossier: Dossier
) -> None:
    first, second = MissionFactory.create_batch(2, repairer=dossier.repairer, dossier=dossier)
    sent, *fresh = (photo(dossier, digit) for digit in "abc")
    row = TransmissionFactory(dossier=dossier, mission=first, state=SendState.DELIVERED)
    TransmissionPhoto.objects.create(
        transmission=row, photo=sent, idempotency_key="k", state=SendState.DELIVERED
    )
    typed = {"plate": "2-XYZ-999", "mileage": "90 0x", "mission": second.pk}
    answer = send(browser, dossier, **typed, photos=[sent.pk], choose="unsent")
    page = answer.content.decode()
    assert answer.status_code == 200 and "aria-invalid" not in page, "nothing is checked before it is sent"
    assert 'value="2-XYZ-999"' in page and 'value="90 0x"' in page
    assert f'value="{second.pk}" selected' in page
    assert [f'value="{one.pk}" checked' in page for one in (sent, *fresh)] == [False, True, True]
    assert Transmission.objects.get() == row


@pytest.mark.parametrize("photos", [["x"], ["²"], ["-1"], ["9" * 30]])
def test_photos_that_are_none_are_not_chosen(browser: Client, dossier: Dossier, photos: list[str]) -> None:
    send(browser, dossier, photos=photos)
    assert Transmission.objects.get().photos.count() == 0


def test_photos_of_another_dossier_do_not_leave(browser: Client, dossier: Dossier) -> None:
    theirs = photo(DossierFactory(repairer=dossier.repairer), "c")
    assert send(browser, dossier, photos=[theirs.pk]).status_code == 422
    assert not Transmission.objects.exists()


def test_without_a_mission_a_file_is_opened_and_that_is_said(browser: Client, dossier: Dossier) -> None:
    assert FEE in text(browser, dossier)
    send(browser, dossier)
    assert Opening.objects.get().body == {"plate": "1-ABC-234", "mileage": 84_210}
    page = text(browser, dossier)
    assert FEE not in page and "Goes to the file that was opened for this dossier." in page


def test_with_one_mission_it_is_named(browser: Client, dossier: Dossier) -> None:
    MissionFactory(repairer=dossier.repairer, dossier=dossier, number="2026/77")
    page = text(browser, dossier)
    assert "Goes to mission 2026/77." in page and FEE not in page


def test_of_several_missions_one_is_chosen(browser: Client, dossier: Dossier) -> None:
    first, second = MissionFactory.create_batch(2, repairer=dossier.repairer, dossier=dossier)
    MissionFactory(repairer=dossier.repairer, dossier=dossier, source=Source.WINFORMEX)
    others = MissionFactory(repairer=dossier.repairer, state=MissionState.WAITING)
    for wrong in ("", others.pk, "x"):
        assert send(browser, dossier, mission=wrong).status_code == 422
    assert not Transmission.objects.exists()
    send(browser, dossier, mission=second.pk)
    assert Transmission.objects.get().mission == second != first


def test_not_configured_leads_to_the_popup(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer, plate="1-ABC-234", mileage=1)
    page = text(browser, dossier)
    assert "Claims360 is not configured for this repairer." in page
    assert f"/claims360/configure/?repairer={repairer.pk}" in page
    assert send(browser, dossier).status_code == 422
    assert not Transmission.objects.exists()

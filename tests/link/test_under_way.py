"""What moves in the rows of the tab while somebody looks at it: photos that come in, and what is being sent."""

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Dossier, Mission, MissionState, Photo, Transmission, TransmissionPhoto
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from repairers.models import Repairer, User
from tests.dossiers.factories import PhotoFactory, RepairerFactory, TransmissionFactory
from tests.link.tab import HTMX, mission, text

MOVING = {**HTMX, "HX-Target": "moving"}


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


def photos_of(row: Mission, came: int, coming: int) -> None:
    for n in range(came + coming):
        state = FetchState.STORED if n < came else FetchState.PENDING
        known = {"source": "claims360", "external_id": f"{row.pk}-{n}", "fetch_state": state}
        PhotoFactory(repairer=row.repairer, mission=row, dossier=None, **known)


def sending(dossier: Dossier, sent: int, to_send: int) -> Transmission:
    made: Transmission = TransmissionFactory(dossier=dossier, state=SendState.IN_FLIGHT)
    for n in range(sent + to_send):
        photo = PhotoFactory(repairer=dossier.repairer, dossier=dossier)
        state = SendState.DELIVERED if n < sent else SendState.PENDING
        TransmissionPhoto.objects.create(
            transmission=made, photo=photo, idempotency_key=f"{made.pk}-{n}", state=state
        )
    return made


def look(browser: Client, page: str) -> str:
    """What the page gets that looks again by itself."""
    found = re.search(r"""hx-vals='{"moving": "([\d:,-]+)", "again": "(\d+)"}'""", page)
    assert found, "nothing looks again"
    return text(browser, f"?moving={found[1]}&again={found[2]}", **MOVING)


def again(page: str) -> int | None:
    """Seconds until the page looks again."""
    found = re.search(r"load delay:(\d+)s", page)
    return int(found[1]) if found else None


def test_photos_that_come_in_are_counted_in_their_row_until_all_are_there(
    browser: Client, repairer: Repairer
) -> None:
    row = mission(repairer)
    photos_of(row, came=3, coming=3)
    page = text(browser)
    assert "3 of 6 photos" in page and 'value="3" max="6"' in page and again(page) == 1
    Photo.objects.filter(fetch_state=FetchState.PENDING).earliest("pk").delete()
    now = look(browser, page)
    assert f'id="photos-{row.pk}" hx-swap-oob="true"' in now and "3 of 5 photos" in now
    Photo.objects.update(fetch_state=FetchState.STORED)
    now = look(browser, now)
    assert "5 photos" in now and "<progress" not in now
    assert again(now) is None, "it is over"


def test_what_is_being_sent_is_counted_in_the_row_of_its_dossier(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer, MissionState.DOSSIER)
    made = sending(row.dossier, sent=2, to_send=3)
    page = text(browser)
    assert "being sent: 2 of 5 photos" in page and 'value="2" max="5"' in page
    made.photos.update(state=SendState.DELIVERED)
    assert "being sent: 5 of 5 photos" in look(browser, page)
    Transmission.objects.update(state=SendState.NEEDS_PERSON, error="mission-closed")
    now = look(browser, page)
    assert "Needs you" in now and "being sent" not in now and again(now) is None


def test_plate_and_mileage_alone_only_move(browser: Client, repairer: Repairer) -> None:
    sending(mission(repairer, MissionState.DOSSIER).dossier, sent=0, to_send=0)
    page = text(browser)
    assert re.search(r"being sent\s*<progress", page) and again(page) == 1


def test_the_longer_nothing_moves_the_later_it_is_looked_at(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer)
    photos_of(row, came=0, coming=2)
    page, waits = text(browser), []
    for _look in range(7):
        page = look(browser, page)
        waits.append(again(page))
    assert waits == [2, 4, 8, 16, 30, 30, 30]
    Photo.objects.filter(pk=Photo.objects.earliest("pk").pk).update(fetch_state=FetchState.STORED)
    assert again(look(browser, page)) == 1


def test_where_nothing_moves_nothing_looks(browser: Client, repairer: Repairer) -> None:
    row = mission(repairer, MissionState.DOSSIER)
    photos_of(row, came=2, coming=0)
    TransmissionFactory(dossier=row.dossier, state=SendState.DELIVERED)
    page = text(browser)
    assert again(page) is None and "2 photos" in page


def test_nobody_looks_at_what_moves_elsewhere(browser: Client, repairer: Repairer) -> None:
    theirs = mission(RepairerFactory())
    photos_of(theirs, came=1, coming=1)
    page = text(browser, f"?moving={theirs.pk}:1-&again=1", **MOVING)
    assert "photos" not in page and again(page) is None


@pytest.mark.parametrize(
    "asked", ["moving=", "moving=x&again=x", "moving=1:-&again=999", f"moving={'9' * 30}:"]
)
def test_what_asks_for_no_row_gets_none(browser: Client, repairer: Repairer, asked: str) -> None:
    assert "hx-get" not in text(browser, f"?{asked}", **MOVING)


@pytest.mark.parametrize("rows", [1, 40])
def test_a_look_takes_the_same_statements_however_many_move(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for n in range(rows):
        row = mission(repairer, (MissionState.WAITING, MissionState.DOSSIER)[n % 2])
        photos_of(row, came=1, coming=1)
        if row.dossier:
            sending(row.dossier, sent=1, to_send=1)
    page = text(browser)
    # The session, the user, whether Claims360 is active, the repairers, the missions, their dossiers.
    with django_assert_num_queries(6):
        look(browser, page)

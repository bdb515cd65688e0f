"""A photo of its own page: what is known of it, and the way to the others."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Content, Dossier, MissionState, Photo, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.waiting import GIVEN_UP
from repairers.models import Repairer
from tests.dossiers.factories import DossierFactory, MissionFactory, PhotoFactory, TransmissionFactory

pytestmark = pytest.mark.django_db


def photo_of(dossier: Dossier | None, number: int, **more: object) -> Photo:
    facts = {"bytes": 1, "mime": "image/jpeg", "width": 400, "height": 300}
    content = Content.objects.create(sha256=f"{number:064}", **facts)
    return PhotoFactory(dossier=dossier, content=content, sha256=content.sha256, **more)


def page_of(browser: Client, photo: Photo) -> str:
    return browser.get(f"/dossiers/photos/{photo.pk}/").content.decode()


def test_each_photo_leads_to_the_one_before_and_after_it(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    first, middle, last = (photo_of(dossier, number) for number in range(3))
    page = page_of(browser, middle)
    assert "Photo 2 of 3" in page
    assert f'href="/dossiers/photos/{first.pk}/" data-key="ArrowLeft" rel="prev"' in page
    assert f'href="/dossiers/photos/{last.pk}/" data-key="ArrowRight" rel="next"' in page
    assert 'data-key="ArrowLeft"' not in page_of(browser, first)
    assert 'data-key="End"' not in page_of(browser, last)


def test_what_is_known_of_a_photo(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    theirs = photo_of(
        None, 1, repairer=repairer, mission=MissionFactory(repairer=repairer, dossier=dossier),
        external_id="p-1", source="claims360", origin="expert", category="damage", caption="Bumper",
    )  # fmt: skip
    page = page_of(browser, theirs)
    for text in ("Bumper", "Damage", "from: expert", "received on", "400 × 300"):
        assert text in page
    assert "not sent" not in page, "only what was added here can be sent"
    assert "not sent" in page_of(browser, photo_of(dossier, 2))


def test_a_photo_of_a_mission_without_a_dossier_stands_among_those_of_its_mission(
    browser: Client, repairer: Repairer
) -> None:
    mission = MissionFactory(repairer=repairer, state=MissionState.WAITING)
    both = [
        photo_of(None, n, repairer=repairer, mission=mission, external_id=f"p-{n}", source="claims360")
        for n in range(2)
    ]
    page = page_of(browser, both[0])
    assert "Photo 1 of 2" in page
    assert f"/claims360/missions/{mission.pk}/#photos" in page


def test_what_is_not_here_or_not_ones_own_has_no_page(browser: Client, repairer: Repairer) -> None:
    pending = PhotoFactory(dossier=DossierFactory(repairer=repairer), fetch_state=FetchState.PENDING)
    others = photo_of(DossierFactory(), 1)
    for photo in (pending, others):
        assert browser.get(f"/dossiers/photos/{photo.pk}/").status_code == 404


@pytest.mark.parametrize("many", [1, 100])
def test_the_page_costs_the_same_however_many_photos_there_are(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    dossier = DossierFactory(repairer=repairer)
    photo, *_ = [photo_of(dossier, number) for number in range(many)]
    page_of(browser, photo)
    asks = {"HX-Request": "true", "HX-Target": "dialog"}
    with django_assert_num_queries(5):
        browser.get(f"/dossiers/photos/{photo.pk}/", headers=asks)


# --- before and after


def test_before_beside_after_and_what_tells_of_neither_below(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    for number, category in enumerate(("repaired", "damage", "vehicle", "")):
        photo_of(dossier, number, category=category, file_name=f"{category or 'plain'}.jpg")
    asks = {"HX-Request": "true", "HX-Target": "photo-grid"}
    response = browser.get(f"/dossiers/{dossier.pk}/?photos=stages", headers=asks)
    assert response.templates[0].name == "dossiers/_photo_grid.html"
    stages = response.context["page"].stages
    assert [[view.photo.file_name for view in stage.photos] for stage in stages] == [
        ["damage.jpg"], [], ["repaired.jpg"], ["vehicle.jpg", "plain.jpg"],
    ]  # fmt: skip
    page = response.content.decode()
    order = ("Before the repair", "damage.jpg", "During the repair", "repaired.jpg", "Other photos")
    assert [page.index(text) for text in order] == sorted(page.index(text) for text in order)


def test_only_what_was_added_here_changes_its_category(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    own = photo_of(dossier, 1)
    mission = MissionFactory(repairer=repairer, dossier=dossier)
    outside = {"repairer": repairer, "mission": mission, "external_id": "p-1", "source": "claims360"}
    theirs = photo_of(None, 2, category="damage", **outside)
    others = photo_of(DossierFactory(), 3)
    for photo, status in ((own, 302), (theirs, 404), (others, 404)):
        answer = browser.post(f"/dossiers/photos/{photo.pk}/category/", {"category": "repaired"})
        assert answer.status_code == status
    browser.post(f"/dossiers/photos/{own.pk}/category/", {"category": "no-such-thing"})
    assert [row.category for row in Photo.objects.order_by("pk")] == ["repaired", "damage", ""]


# --- long work shows itself


def grid_of(browser: Client, dossier: Dossier) -> str:
    asks = {"HX-Request": "true", "HX-Target": "photo-grid"}
    return browser.get(f"/dossiers/{dossier.pk}/", headers=asks).content.decode()


def test_photos_that_were_added_are_counted_at_the_top_of_the_page_too(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    photo_of(dossier, 1)
    assert '<span class="muted" id="photo-count" hx-swap-oob="true">1</span>' in grid_of(browser, dossier)
    page = browser.get(f"/dossiers/{dossier.pk}/").content.decode()
    assert page.count('<span class="muted" id="photo-count">1</span>') == 1


def test_photos_that_come_in_show_how_far_they_are_until_all_are_here(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    mission = MissionFactory(repairer=repairer, dossier=dossier)
    known = {"repairer": repairer, "mission": mission, "source": "claims360"}
    photo_of(None, 1, external_id="p-1", **known)
    late = PhotoFactory(dossier=None, external_id="p-2", fetch_state=FetchState.PENDING, **known)
    page = grid_of(browser, dossier)
    assert "Photos that have come in: 1 of 2." in page
    assert 'value="1" max="2"' in page
    assert "every 3s" in page
    since = timezone.now() - timedelta(minutes=3)
    Photo.objects.filter(pk=late.pk).update(fetch_since=since)
    at = timezone.localtime(since + GIVEN_UP)
    assert f"It goes on by itself around {at:%H:%M}." in grid_of(browser, dossier), "its worker died"
    Photo.objects.filter(pk=late.pk).update(fetch_since=None)
    put_off = {"fetch_not_before": timezone.now() + timedelta(minutes=5), "fetch_error": "outage"}
    Photo.objects.filter(pk=late.pk).update(**put_off)
    page = grid_of(browser, dossier)
    assert "Claims360 is out of order at the moment" in page
    assert "every 30s" in page
    Photo.objects.filter(pk=late.pk).update(fetch_state=FetchState.FAILED)
    page = grid_of(browser, dossier)
    assert "<progress" not in page
    assert "every" not in page.split("hx-target")[0]


def test_a_transmission_shows_how_many_photos_are_there_until_all_are(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    row = TransmissionFactory(dossier=dossier, state=SendState.IN_FLIGHT)
    for number, state in enumerate((SendState.DELIVERED, SendState.IN_FLIGHT, SendState.PENDING)):
        row.photos.create(photo=photo_of(dossier, number), idempotency_key=f"{number}", state=state)
    asks = {"HX-Request": "true", "HX-Target": "transmissions"}
    answer = browser.get(f"/dossiers/{dossier.pk}/", headers=asks)
    assert "Photos sent: 1 of 3." in answer.content.decode()
    assert 'value="1" max="3"' in answer.content.decode()
    assert "HX-Trigger" not in answer
    row.photos.update(state=SendState.DELIVERED)
    Transmission.objects.update(state=SendState.DELIVERED)
    answer = browser.get(f"/dossiers/{dossier.pk}/", headers=asks)
    assert "<progress" not in answer.content.decode()
    assert "photos-changed" in answer["HX-Trigger"], "the photos are marked as sent"

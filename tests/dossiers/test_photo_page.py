"""A photo of its own page: what is known of it, and the way to the others."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Content, Dossier, MissionState, Photo
from dossiers.models.photo import FetchState
from repairers.models import Repairer
from tests.dossiers.factories import DossierFactory, MissionFactory, PhotoFactory

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

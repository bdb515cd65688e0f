"""What the garage sees: by which way a mission came, and one row for what came by both."""

import re

import pytest
from django.test import Client

from dossiers.dossier_page import comments_with, photos_of
from dossiers.intake import decide
from dossiers.models import Dossier, Mission, Photo, Source
from planmanager.shell import Shell
from repairers.models import Repairer, User
from tests.core.records import mission as their_mission
from tests.core.records import photo as their_photo
from tests.core.records import take_in
from tests.winformex.test_twins import both, comes
from tests.winformex.world import album, held, mission, picture, quote, send

BOTH = "Claims360 + Winformex II"


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


def rows(browser: Client, query: str = "") -> list[str]:
    """The missions that the list shows."""
    return re.findall(r'<tr data-mission="([^"]+)"', browser.get(f"/claims360/{query}").content.decode())


def text(browser: Client, url: str) -> str:
    return browser.get(url).content.decode()


def test_the_row_says_by_which_way(browser: Client, repairer: Repairer) -> None:
    take_in(repairer, their_mission(external_id="m9"))
    assert "Winformex II</span>" not in text(browser, "/claims360/")
    send(repairer, mission())
    assert '<span class="tag">Winformex II</span>' in text(browser, "/claims360/")


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59Z"])
def test_a_comment_of_a_time_that_was_never_meant_stands_where_its_mission_came(
    browser: Client, repairer: Repairer, staff: User, never: str
) -> None:
    """A Windows program writes its "no time yet" so."""
    send(repairer, mission(comments=[{"author": "Expert", "at": never, "text": "Please hurry."}]))
    came = decide.accept(Mission.objects.get().pk, staff)
    for url in (f"/claims360/missions/{came.pk}/", f"/dossiers/{came.dossier_id}/"):
        assert "Please hurry." in text(browser, url)
    [comment] = comments_with(came)
    assert comment.at == came.received_at


@pytest.mark.parametrize("first", [Source.CLAIMS360, Source.WINFORMEX])
def test_what_came_by_both_ways_is_one_row(
    browser: Client, repairer: Repairer, staff: User, first: str
) -> None:
    leader, follower = both(repairer, first)
    page = text(browser, "/claims360/?state=waiting")
    assert rows(browser) == [leader.external_id] and f'<span class="tag">{BOTH}</span>' in page
    assert 'aria-current="true"' in page and ">1<" in page
    decide.accept(leader.pk, staff)
    assert rows(browser) == [leader.external_id]
    assert BOTH in text(browser, f"/claims360/missions/{leader.pk}/")
    assert "the same mission, by the other way" in text(browser, f"/dossiers/{Dossier.objects.get().pk}/")
    assert follower.external_id not in rows(browser, "?state=all")


def test_the_badge_counts_it_once(repairer: Repairer, staff: User, active: None, rf: object) -> None:
    both(repairer, Source.CLAIMS360)
    request = rf.get("/")  # type: ignore[attr-defined]
    request.user = staff
    assert Shell(request).waiting == 1


def test_filtered_by_the_way(browser: Client, repairer: Repairer) -> None:
    leader, _follower = both(repairer, Source.CLAIMS360)
    take_in(repairer, their_mission(external_id="m9"))
    send(repairer, mission(number="other"))
    ours, theirs = held("other").external_id, "m9"
    assert set(rows(browser)) == {leader.external_id, ours, theirs}
    assert set(rows(browser, "?source=winformex")) == {leader.external_id, ours}
    assert set(rows(browser, "?source=claims360")) == {leader.external_id, theirs}


def test_quotes_and_photos_of_both_stand_together(browser: Client, repairer: Repairer) -> None:
    leader = comes(repairer, Source.CLAIMS360)
    send(repairer, mission(quotes=[quote()]), album(picture()))
    page = text(browser, "/claims360/")
    assert "€&nbsp;121.00" in page or "121.00" in page
    assert "1 photo&nbsp;·" in page
    page = text(browser, f"/claims360/missions/{leader.pk}/")
    assert 'class="photo"' in page and "Pare-chocs" in page


def test_a_photo_that_came_by_both_ways_is_shown_once(repairer: Repairer, staff: User) -> None:
    leader = comes(repairer, Source.CLAIMS360)
    send(repairer, album(picture(), picture(80)))
    sha256 = Photo.objects.order_by("pk")[0].sha256
    take_in(repairer, their_photo(sha256=sha256))
    decide.accept(leader.pk, staff)
    assert Photo.objects.count() == 3
    assert len(photos_of(Dossier.objects.get())) == 2


def test_the_set_aside_of_winformex_show_too(browser: Client, repairer: Repairer) -> None:
    send(repairer, b"no document")
    assert "this document is no JSON that can be read" in text(browser, "/claims360/?state=set_aside")
    assert not Mission.objects.exists()

"""Liste dossier and the dossier: what they show, to whom, and what a click does."""

import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from constance import config
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from dossiers import services
from dossiers.models import Content, Dossier, Event, Mission, MissionState, Photo, QuoteState, Transmission
from dossiers.models.dossier import DossierStatus
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.waiting import GIVEN_UP
from repairers.models import Repairer, User
from tests.dossiers.factories import (
    DossierFactory,
    MissionFactory,
    PhotoFactory,
    QuoteFactory,
    QuoteVersionFactory,
    RepairerFactory,
    TransmissionFactory,
    line,
    linked_mission,
)
from tests.dossiers.html import posted_form
from tests.link.world import set_options

LIST = "/dossiers/"


def text(browser: Client, url: str, **query: str) -> str:
    response = browser.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def page_of(browser: Client, dossier: Dossier) -> str:
    return text(browser, f"/dossiers/{dossier.pk}/")


def shown(browser: Client, **query: str) -> set[int]:
    return {dossier.pk for dossier in browser.get(LIST, query).context["page"]}


def verbs(dossier: Dossier) -> list[str]:
    return list(Event.objects.filter(dossier=dossier).order_by("pk").values_list("verb", flat=True))


def jpeg(colour: str = "navy") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG")
    return data.getvalue()


# --- Liste dossier


@pytest.mark.parametrize("rows", [1, 300])
def test_the_list_takes_the_same_statements_for_1_and_300_rows(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for dossier in DossierFactory.create_batch(rows, repairer=repairer):
        linked_mission(dossier)
    with django_assert_num_queries(8):
        browser.get(LIST)


def test_the_list_is_paged_newest_first(browser: Client, repairer: Repairer) -> None:
    dossiers = DossierFactory.create_batch(51, repairer=repairer)
    assert max(shown(browser)) == dossiers[-1].pk
    assert len(shown(browser)) == 50
    assert shown(browser, page="2") == {dossiers[0].pk}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"plate": "1abc777"}, True),
        ({"plate": "--"}, False),
        ({"number": "c-99"}, True),
        ({"number": "2026/0012345"}, True),
        ({"number": "99999999999999999999"}, False),
        ({"owner": "carlier"}, True),
        ({"owner": "10482"}, True),
        ({"status": "ready"}, True),
        ({"status": "new"}, False),
        ({"open": "on"}, True),
        ({"sort": "owner"}, True),
        ({"sort": "-nonsense"}, True),
        ({"page": "last"}, True),
    ],
)
def test_filters(browser: Client, repairer: Repairer, query: dict[str, str], found: bool) -> None:
    dossier = DossierFactory(repairer=repairer, plate="1-ABC-777", claim_number="C/99", status="ready")
    MissionFactory(repairer=repairer, dossier=dossier, number="2026/0012345", number_key="20260012345")
    assert (dossier.pk in shown(browser, **query)) is found


def test_a_dossier_is_found_by_its_own_number(browser: Client, repairer: Repairer) -> None:
    first, _ = DossierFactory.create_batch(2, repairer=repairer, claim_number="")
    assert shown(browser, number=str(first.pk)) == {first.pk}


def test_only_open_leaves_out_the_closed_ones(browser: Client, repairer: Repairer) -> None:
    closed = DossierFactory(repairer=repairer, status="closed")
    assert closed.pk in shown(browser)
    assert closed.pk not in shown(browser, open="on")


def test_htmx_gets_the_list_alone_and_history_the_whole_page(browser: Client) -> None:
    asks = {"HX-Request": "true", "HX-Target": "list"}
    fragment = browser.get(LIST, headers=asks)
    assert fragment.templates[0].name == "dossiers/_list.html"
    assert "HX-Target" in fragment["Vary"]
    restored = browser.get(LIST, headers={**asks, "HX-History-Restore-Request": "true"})
    assert restored.templates[0].name == "dossiers/list.html"


# --- to whom


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("detail", "get"),
        ("edit", "get"),
        ("edit", "post"),
        ("status", "post"),
        ("comment", "post"),
        ("add-photos", "post"),
    ],
)
def test_another_repairers_dossier_is_not_there(browser: Client, name: str, method: str) -> None:
    other = DossierFactory(plate="2-XYZ-999")
    assert getattr(browser, method)(reverse(f"dossiers:{name}", args=[other.pk])).status_code == 404
    assert verbs(other) == []
    assert "2-XYZ-999" not in text(browser, LIST)


@pytest.mark.parametrize("name", ["undo-link", "move-link"])
def test_another_repairers_mission_is_not_there(browser: Client, repairer: Repairer, name: str) -> None:
    other = linked_mission(DossierFactory())
    mine = DossierFactory(repairer=repairer)
    for dossier_pk in (other.dossier_id, mine.pk):
        assert browser.post(reverse(f"dossiers:{name}", args=[dossier_pk, other.pk])).status_code == 404
    other.refresh_from_db()
    assert other.state == MissionState.DOSSIER


def test_another_repairers_quote_is_not_there(browser: Client) -> None:
    quote = QuoteFactory(mission=linked_mission(DossierFactory()), state=QuoteState.WAITING)
    url = reverse("dossiers:accept-quote", args=[quote.mission.dossier_id, quote.pk])
    assert browser.post(url, {"version": "1"}).status_code == 404
    quote.refresh_from_db()
    assert quote.state == QuoteState.WAITING


def test_a_dossier_number_beyond_any_id_is_not_there(browser: Client) -> None:
    assert browser.get(f"/dossiers/{10**30}/").status_code == 404


# --- create and edit


def test_create(browser: Client, repairer: Repairer) -> None:
    values = {
        "repairer": repairer.pk,
        "plate": "1-NEW-001",
        "mileage": "0",
        "damage_zones": ["bonnet", "front"],
    }
    response = browser.post("/dossiers/new/", values)
    dossier = Dossier.objects.get()
    assert response["Location"] == f"/dossiers/{dossier.pk}/"
    assert (dossier.plate, dossier.mileage, dossier.damage_zones) == ("1-NEW-001", 0, ["bonnet", "front"])
    assert verbs(dossier) == ["dossier-created"]


def test_a_dossier_is_not_created_for_another_repairer(browser: Client) -> None:
    response = browser.post("/dossiers/new/", {"repairer": RepairerFactory().pk})
    assert response.status_code == 422
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("plate", "X" * 60),
        ("mileage", "10000000"),
        ("mileage", "-1"),
        ("occurred_on", "0000-01-01"),
        ("occurred_on", "1899-12-31"),
        ("first_registered_on", "2026-02-30"),
        ("inspection_at", "0001-01-01T00:00"),
        ("deductible", "-5"),
        ("vat_recoverable_pct", "101"),
        ("damage_zones", "moon"),
        ("repairer", ""),
        ("owner_name", "x" * 256),
        ("power_kw", "99999999999"),
    ],
)
def test_bad_input_gets_a_sentence_at_its_field(
    browser: Client, repairer: Repairer, name: str, value: str
) -> None:
    typed = {"repairer": repairer.pk, "owner_phone": "0470 12 34 56", name: value}
    response = browser.post("/dossiers/new/", typed)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [name]
    assert "0470 12 34 56" in response.content.decode()
    assert not Dossier.objects.exists()


def form_as_shown(browser: Client, dossier: Dossier) -> dict[str, list[str]]:
    """What a browser posts when nobody touches the form."""
    return posted_form(text(browser, f"/dossiers/{dossier.pk}/edit/"), inside="form wide")


@pytest.fixture
def full(repairer: Repairer) -> Dossier:
    return DossierFactory(
        repairer=repairer,
        circumstances="From behind,\nat the lights.",
        deductible=Decimal("250"),
        vat_recoverable_pct=Decimal("12.345"),
        inspection_at="2026-03-12T09:30:15Z",
        occurred_on="2026-03-01",
        mileage=84210,
        damage_zones=["tow_bar", "bonnet"],
    )


@pytest.mark.parametrize("language", ["en", "fr", "nl"])
def test_saving_an_untouched_form_changes_nothing(
    browser: Client, staff: User, full: Dossier, language: str
) -> None:
    User.objects.filter(pk=staff.pk).update(language=language)
    before = Dossier.objects.values().get(pk=full.pk)
    response = browser.post(f"/dossiers/{full.pk}/edit/", form_as_shown(browser, full))
    assert response.status_code == 302
    assert verbs(full) == []
    assert Dossier.objects.values().get(pk=full.pk) == before


def test_an_edit_writes_what_was_changed_and_nothing_that_came_meanwhile(
    browser: Client, full: Dossier
) -> None:
    posted = {**form_as_shown(browser, full), "owner_name": ["Peeters Jan"]}
    Dossier.objects.filter(pk=full.pk).update(mileage=90000)
    browser.post(f"/dossiers/{full.pk}/edit/", posted)
    full.refresh_from_db()
    assert (full.owner_name, full.mileage) == ("Peeters Jan", 90000)
    event = Event.objects.get(dossier=full)
    assert (event.verb, event.args) == ("dossier-edited", {"fields": ["owner_name"]})
    assert "changed: owner" in page_of(browser, full)


def test_an_unlisted_damage_zone_is_kept(browser: Client, full: Dossier) -> None:
    posted = {**form_as_shown(browser, full), "damage_zones": ["tow_bar", "roof"]}
    browser.post(f"/dossiers/{full.pk}/edit/", posted)
    full.refresh_from_db()
    assert set(full.damage_zones) == {"tow_bar", "roof"}


def test_close_and_reopen(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer, status="ready")
    url = f"/dossiers/{dossier.pk}/status/"
    browser.post(url, {"status": "closed"})
    dossier.refresh_from_db()
    assert not dossier.is_open
    assert dossier.closed_at is not None
    browser.post(url, {"status": "reopen"})
    dossier.refresh_from_db()
    assert (dossier.status, dossier.closed_at) == ("ready", None)
    assert verbs(dossier) == ["dossier-status", "dossier-status"]
    assert "status: from ready to closed" in page_of(browser, dossier)


def test_a_status_that_is_not_listed_is_refused(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    browser.post(f"/dossiers/{dossier.pk}/status/", {"status": "sold"})
    dossier.refresh_from_db()
    assert dossier.status == "new"
    with pytest.raises(ValueError, match="sold"):
        services.set_status(dossier, "sold", User.objects.get())


def test_comments(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    mission = linked_mission(dossier)
    mission.comments = [{"author": "Expert", "at": "2026-03-10T10:00:00", "text": "Photos of the boot?"}]
    mission.save()
    url = f"/dossiers/{dossier.pk}/comments/"
    assert browser.post(url, {"text": "  "}).status_code == 422
    browser.post(url, {"text": "<b>Boot</b> photographed."})
    page = page_of(browser, dossier)
    assert "&lt;b&gt;Boot&lt;/b&gt; photographed." in page
    assert page.index("Photos of the boot?") < page.index("photographed.")


# --- what Claims360 gives


def test_an_offer_is_taken_over(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer, power_kw=81)
    mission = linked_mission(dossier, power_kw=92)
    assert "92\N{NO-BREAK SPACE}kW" in page_of(browser, dossier)
    url = reverse("dossiers:offer", args=[dossier.pk, mission.pk, "power_kw"])
    browser.post(url, {"answer": "take", "value": "92"})
    dossier.refresh_from_db()
    assert dossier.power_kw == 92


@pytest.mark.parametrize(
    ("answer", "value", "gone"), [("keep", "92", True), ("take", "93", False), ("", "92", False)]
)
def test_an_offer_is_answered_only_as_it_was_seen(
    browser: Client, repairer: Repairer, answer: str, value: str, gone: bool
) -> None:
    dossier = DossierFactory(repairer=repairer, power_kw=81)
    mission = linked_mission(dossier, power_kw=92)
    url = reverse("dossiers:offer", args=[dossier.pk, mission.pk, "power_kw"])
    browser.post(url, {"answer": answer, "value": value})
    dossier.refresh_from_db()
    assert dossier.power_kw == 81
    assert ("Take over" not in page_of(browser, dossier)) is gone


def test_undoing_a_link_asks_first(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    mission = linked_mission(dossier)
    url = reverse("dossiers:undo-link", args=[dossier.pk, mission.pk])
    assert mission.number in text(browser, url)
    assert Mission.objects.get().state == MissionState.DOSSIER
    browser.post(url)
    assert (Mission.objects.get().state, Mission.objects.get().dossier) == (MissionState.WAITING, None)


def test_moving_a_link(browser: Client, repairer: Repairer) -> None:
    dossier, target = DossierFactory.create_batch(2, repairer=repairer)
    mission = linked_mission(dossier)
    url = reverse("dossiers:move-link", args=[dossier.pk, mission.pk])
    refused = browser.post(url, {"dossier": DossierFactory().pk})
    assert refused.status_code == 422
    assert refused.context["form"].errors["dossier"]
    response = browser.post(url, {"dossier": target.pk}, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == f"/dossiers/{target.pk}/"
    assert Mission.objects.get().dossier == target


def test_the_dossier_that_a_mission_moves_to_is_searched(browser: Client, repairer: Repairer) -> None:
    here = DossierFactory(repairer=repairer, plate="1-ABC-234", owner_name="Dubois Marc")
    there = DossierFactory(repairer=repairer, plate="2-XYZ-999", owner_name="Dubois Anne")
    closed = DossierFactory(repairer=repairer, owner_name="Dubois Luc", status=DossierStatus.CLOSED)
    mission = linked_mission(here, plate="1-ABC-234")
    url = reverse("dossiers:move-link", args=[here.pk, mission.pk])
    assert 'type="radio"' not in text(browser, url), "it is in the only one that fits"
    for wanted in ("dubois", "2xyz", str(there.pk), there.claim_number):
        page = text(browser, f"{url}?q={wanted}")
        assert f'value="{there.pk}"' in page and "<html" in page, "without JavaScript"
        part = browser.get(url, {"q": wanted}, headers={"HX-Request": "true", "HX-Target": "choices"})
        found = part.content.decode()
        assert f'value="{there.pk}"' in found and "<html" not in found
        assert f'value="{here.pk}"' not in found and f'value="{closed.pk}"' not in found
    refused = browser.post(url, {"q": "dubois", "dossier": ""})
    assert refused.status_code == 422 and f'value="{there.pk}"' in refused.content.decode()
    browser.post(url, {"q": "dubois", "dossier": there.pk})
    assert Mission.objects.get().dossier == there


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [("withdrawn", "accepted", "withdrawn"), ("dossier", "cancelled", "cancelled in Claims360")],
)
def test_missions_that_ended_show_as_such(
    browser: Client, repairer: Repairer, state: str, status: str, word: str
) -> None:
    dossier = DossierFactory(repairer=repairer)
    MissionFactory(repairer=repairer, dossier=dossier, state=state, status=status)
    assert f">{word}</span>" in page_of(browser, dossier)


def test_a_waiting_version_shows_what_it_changes_and_is_accepted(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    quote = QuoteFactory(mission=linked_mission(dossier), version=2, state=QuoteState.WAITING)
    QuoteVersionFactory(quote=quote)
    lines = [line("Bumper front", "110.00", code="7P5 807 217"), line("Fog lamp", "60.00")]
    QuoteVersionFactory(quote=quote, version=2, lines=lines, totals={"gross": "205.70"})
    page = page_of(browser, dossier)
    assert "2 lines differ from v1." in page
    assert "+84.70" in page
    url = reverse("dossiers:accept-quote", args=[dossier.pk, quote.pk])
    browser.post(url, {"version": "1"})
    quote.refresh_from_db()
    assert (quote.state, quote.accepted_version) == (QuoteState.WAITING, 1)
    browser.post(url, {"version": "2"})
    quote.refresh_from_db()
    assert (quote.state, quote.accepted_version) == (QuoteState.DOSSIER, 2)


@pytest.mark.parametrize("active_too", [False, True])
def test_what_was_decided_of_a_version_is_undone_from_the_page(
    browser: Client, repairer: Repairer, active_too: bool
) -> None:
    """With Claims360 or before it: the same sentence as on the tab, and a button that takes it back."""
    set_options(CLAIMS360_ENABLED=active_too)
    dossier = DossierFactory(repairer=repairer)
    quote = QuoteFactory(mission=linked_mission(dossier), version=2, state=QuoteState.WAITING)
    for version in (1, 2):
        QuoteVersionFactory(quote=quote, version=version)
    page = {"headers": {"Referer": f"http://testserver/dossiers/{dossier.pk}/"}}
    for deed, said in (("accept", {}), ("deny", {"reason": "Too dear"})):
        url = reverse(f"dossiers:{deed}-quote", args=[dossier.pk, quote.pk])
        told = browser.post(url, {"version": "2", **said}, follow=True).content.decode()
        assert f"Version 2 is {'accepted' if deed == 'accept' else 'denied'}." in told
        events = told.split('name="events" value="')[1].split('"')[0]
        back = browser.post("/decisions/undo/", {"events": events}, follow=True, **page).content.decode()
        assert f"The decision on quote {quote} is taken back." in back and f"Dossier {dossier.pk}" in back
        quote.refresh_from_db()
        assert (quote.state, quote.accepted_version) == (QuoteState.WAITING, 1)


def test_an_undo_that_is_none_says_so(browser: Client, repairer: Repairer) -> None:
    for events in ("", "4711", "x"):
        told = browser.post(
            "/decisions/undo/", {"events": events}, headers={"Referer": "http://testserver/dossiers/"}
        )
        assert told["Location"].endswith("/dossiers/")
        assert "This can&#x27;t be undone any more." in browser.get("/dossiers/").content.decode()


def test_a_version_is_denied_with_a_reason(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    quote = QuoteFactory(mission=linked_mission(dossier), state=QuoteState.WAITING)
    url = reverse("dossiers:deny-quote", args=[dossier.pk, quote.pk])
    assert browser.post(url, {"version": "1", "reason": ""}).status_code == 422
    browser.post(url, {"version": "1", "reason": "Bonnet is missing"})
    quote.refresh_from_db()
    assert quote.state == QuoteState.DENIED
    assert "denied: Bonnet is missing" in page_of(browser, dossier)


@pytest.mark.parametrize("many", [1, 6])
def test_the_dossier_takes_the_same_statements_however_much_it_holds(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    dossier = DossierFactory(repairer=repairer)
    for _ in range(many):
        quote = QuoteFactory(mission=linked_mission(dossier, power_kw=92))
        QuoteVersionFactory(quote=quote)
        PhotoFactory(dossier=dossier)
        TransmissionFactory(dossier=dossier)
        services.add_comment(dossier, "Seen.", User.objects.get())
    with django_assert_num_queries(15):
        browser.get(f"/dossiers/{dossier.pk}/")


@pytest.mark.parametrize(("enabled", "there"), [(False, True), (True, False)])
def test_the_winformex_section_is_there_only_while_claims360_is_off(
    browser: Client, repairer: Repairer, enabled: bool, there: bool
) -> None:
    config.CLAIMS360_ENABLED = enabled
    dossier = DossierFactory(repairer=repairer)
    MissionFactory(repairer=repairer, dossier=dossier, source="winformex", number="W-4711")
    page = page_of(browser, dossier)
    assert ('id="winformex"' in page) is there
    assert ('title="Send to Claims360"' in page) is not there
    assert "W-4711" in page


# --- photos


def test_added_photos_are_shown_and_a_refused_file_has_its_sentence(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    good = SimpleUploadedFile("front.jpg", jpeg(), "image/jpeg")
    bad = SimpleUploadedFile("note.jpg", b"not a photo", "image/jpeg")
    asks = {"HX-Request": "true", "HX-Target": "photos"}
    response = browser.post(f"/dossiers/{dossier.pk}/photos/", {"photos": [good, bad]}, headers=asks)
    assert response.status_code == 422
    assert response.templates[0].name == "dossiers/_photos.html"
    (error,) = response.context["photos_form"].errors["photos"]
    assert error.startswith("note.jpg: ")
    photo = Photo.objects.get()
    assert (photo.file_name, photo.dossier) == ("front.jpg", dossier)
    assert reverse("dossiers:thumb", args=[photo.pk]) in response.content.decode()


def test_without_javascript_a_refused_file_is_told_at_the_top_of_the_page(
    browser: Client, repairer: Repairer
) -> None:
    bad = SimpleUploadedFile("note.jpg", b"not a photo", "image/jpeg")
    response = browser.post(f"/dossiers/{DossierFactory(repairer=repairer).pk}/photos/", {"photos": [bad]})
    (told,) = response.context["messages"]
    assert str(told).startswith("note.jpg: ") and told.level_tag == "error"


def test_a_caption_is_as_long_as_claims360_takes_it(browser: Client, repairer: Repairer) -> None:
    """None is cut unseen: what was typed is what is kept, and sent."""
    url = f"/dossiers/{DossierFactory(repairer=repairer).pk}/photos/"
    for length, status in ((201, 422), (200, 302)):
        photo = SimpleUploadedFile("front.jpg", jpeg(), "image/jpeg")
        assert browser.post(url, {"photos": [photo], "caption": "x" * length}).status_code == status
    assert Photo.objects.get().caption == "x" * 200


def test_adding_nothing_gets_a_sentence(browser: Client, repairer: Repairer) -> None:
    response = browser.post(f"/dossiers/{DossierFactory(repairer=repairer).pk}/photos/")
    assert response.status_code == 422
    assert response.context["photos_form"].errors["photos"]


def test_a_rendition_is_kept_by_the_browser_and_shown_to_its_own_people(
    browser: Client, repairer: Repairer, client: Client
) -> None:
    dossier = DossierFactory(repairer=repairer)
    browser.post(
        f"/dossiers/{dossier.pk}/photos/", {"photos": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")}
    )
    url = reverse("dossiers:thumb", args=[Photo.objects.get().pk])
    response = browser.get(url)
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(b"".join(response))).format == "JPEG"
    assert browser.get(url, headers={"If-None-Match": response["ETag"]}).status_code == 304


def test_a_hundred_photos_are_loaded_as_they_come_into_view_and_kept_by_their_hash(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    for number in range(100):
        facts = {"bytes": 1, "mime": "image/jpeg", "width": 4, "height": 3}
        content = Content.objects.create(sha256=f"{number:02}" * 32, **facts)
        PhotoFactory(dossier=dossier, content=content)
    page = page_of(browser, dossier)
    pictures = re.findall(r'<img src="(/dossiers/photos/[^"]+)"([^>]*)>', page)
    assert [url[-12:] for url, _ in pictures] == [f"{number:02}" * 6 for number in range(100)]
    assert all('loading="lazy"' in rest for _, rest in pictures)


def test_another_repairers_photo_is_not_there_even_with_the_same_content(
    browser: Client, repairer: Repairer
) -> None:
    mine = DossierFactory(repairer=repairer)
    browser.post(
        f"/dossiers/{mine.pk}/photos/", {"photos": SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")}
    )
    content = Photo.objects.get().content
    other = PhotoFactory(dossier=DossierFactory(), content=content)
    assert browser.get(reverse("dossiers:large", args=[other.pk])).status_code == 404


def test_a_photo_still_to_fetch_shows_as_such(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    photo = PhotoFactory(dossier=dossier, fetch_state=FetchState.PENDING, caption="Front left")
    page = page_of(browser, dossier)
    assert "<span>to fetch</span>" in page
    assert "Front left" in page
    assert browser.get(reverse("dossiers:thumb", args=[photo.pk])).status_code == 404


def test_our_own_photo_that_came_back_is_not_shown_twice(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    PhotoFactory(dossier=dossier, sha256="a" * 64, file_name="ours.jpg")
    PhotoFactory(
        dossier=None,
        repairer=repairer,
        mission=linked_mission(dossier),
        sha256="a" * 64,
        external_id="p-1",
        source="claims360",
        file_name="back.jpg",
    )
    page = page_of(browser, dossier)
    assert "ours.jpg" in page
    assert "back.jpg" not in page


# --- transmissions


def test_transmissions_in_words_and_looked_at_again_while_on_their_way(
    browser: Client, repairer: Repairer
) -> None:
    dossier = DossierFactory(repairer=repairer)
    row = TransmissionFactory(dossier=dossier, state=SendState.PENDING)
    assert 'hx-trigger="every 2s"' in page_of(browser, dossier)
    row.state = SendState.DELIVERED
    row.save()
    page = page_of(browser, dossier)
    assert 'hx-trigger="every 2s"' not in page
    assert ">delivered</span>" in page


def test_a_transmission_that_no_worker_takes_in_hand_says_so(browser: Client, repairer: Repairer) -> None:
    set_options(CLAIMS360_ENABLED=True)
    dossier, now = DossierFactory(repairer=repairer), timezone.now()
    known = {"dossier": dossier, "state": SendState.PENDING, "created_at": now}
    first, _ = TransmissionFactory.create_batch(2, **known)
    words = "No worker answers. It goes on by itself"
    assert words not in page_of(browser, dossier)
    Transmission.objects.update(created_at=now - dt.timedelta(minutes=3))
    assert page_of(browser, dossier).count(words) == 1, "the second waits for the first"
    Transmission.objects.filter(pk=first.pk).update(state=SendState.IN_FLIGHT)
    assert words not in page_of(browser, dossier)
    Transmission.objects.filter(pk=first.pk).update(state=SendState.PENDING, error="outage")
    assert words not in page_of(browser, dossier), "Claims360 is why"


def test_a_transmission_whose_worker_died_says_when_it_goes_on(browser: Client, repairer: Repairer) -> None:
    dossier, now = DossierFactory(repairer=repairer), timezone.now()
    known = {"dossier": dossier, "state": SendState.IN_FLIGHT, "in_flight_since": now}
    TransmissionFactory(**known)
    assert "Nothing has moved" not in page_of(browser, dossier)
    since = now - dt.timedelta(minutes=3)
    Transmission.objects.update(in_flight_since=since)
    at = timezone.localtime(since + GIVEN_UP)
    assert f"It goes on by itself around {at:%H:%M}." in page_of(browser, dossier)


@pytest.mark.parametrize("name", ["send-again", "cancel-sending"])
def test_another_repairers_transmission_is_not_there(browser: Client, name: str) -> None:
    row = TransmissionFactory(state=SendState.NEEDS_PERSON)
    assert browser.post(reverse(f"dossiers:{name}", args=[row.dossier_id, row.pk])).status_code == 404
    row.refresh_from_db()
    assert row.state == SendState.NEEDS_PERSON


@pytest.mark.parametrize(("name", "state"), [("send-again", "pending"), ("cancel-sending", "cancelled")])
def test_a_transmission_is_tried_again_or_cancelled(
    browser: Client, repairer: Repairer, name: str, state: str
) -> None:
    row = TransmissionFactory(dossier=DossierFactory(repairer=repairer), state=SendState.NEEDS_PERSON)
    browser.post(reverse(f"dossiers:{name}", args=[row.dossier_id, row.pk]))
    row.refresh_from_db()
    assert row.state == state

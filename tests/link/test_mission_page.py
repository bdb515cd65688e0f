"""A mission: its page, and the deeds on it from the list, from its page and without a script."""

from decimal import Decimal

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from claims360_link.views import quotes
from claims360_link.views.gate import own_quote
from dossiers.intake import decide
from dossiers.models import Dossier, Mission, MissionState, Quote, QuoteState
from dossiers.models.dossier import DossierStatus
from repairers.models import Repairer, User
from tests.dossiers.factories import (
    DossierFactory,
    MissionFactory,
    QuoteFactory,
    QuoteVersionFactory,
    RepairerFactory,
)

TAB = "http://testserver/claims360/?state=waiting"
FACTS = {"plate": "1-ABC-234", "make": "Škoda", "owner_name": "Peeters Jan", "power_kw": 81}


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


@pytest.fixture
def mission(repairer: Repairer) -> Mission:
    known = {"plate": "1-ABC-234", "plate_key": "1ABC234", "number": "2026/7", "number_key": "20267"}
    return MissionFactory(
        repairer=repairer, state=MissionState.WAITING, reason="queueing", facts=FACTS, **known
    )


def post(browser: Client, mission: Mission, deed: str, page: str = TAB, **fields: object) -> HttpResponse:
    """As htmx does it on `page`."""
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    return browser.post(f"/claims360/missions/{mission.pk}/{deed}/", fields, headers=headers)


def state_of(mission: Mission) -> str:
    mission.refresh_from_db()
    return mission.state


# --- the page


def test_the_page_shows_all_that_came(browser: Client, mission: Mission) -> None:
    Mission.objects.filter(pk=mission.pk).update(
        comments=[{"text": "<b>Please</b> call", "author": "Expert", "at": "2026-03-01T08:00:00Z"}],
        notes={"claim.occurred_on": "31.02.2026", "owner.colour": "red"},
    )
    quote = QuoteFactory(mission=mission, version=2, state=QuoteState.FOLLOWS)
    for version in (1, 2):
        QuoteVersionFactory(quote=quote, version=version)
    DossierFactory(repairer=mission.repairer, plate="1 abc 234", make="Audi", owner_name="", claim_number="")
    page = browser.get(f"/claims360/missions/{mission.pk}/").content.decode()
    for words in (
        "Mission 2026/7",
        "Škoda",
        "81",
        "&lt;b&gt;Please&lt;/b&gt; call",
        "31.02.2026",
        "v1 ·",
        "v2 ·",
    ):
        assert words in page
    shown = browser.get(f"/claims360/missions/{mission.pk}/").context["page"]
    assert shown.notes == [("date du sinistre", "31.02.2026"), ("owner.colour", "red")]
    compared = shown.compared
    verdicts = {row.label: [(fit.fits, fit.differs) for fit in row.fits] for row in compared}
    assert verdicts == {
        "plate": [(True, False)],
        "make": [(False, True)],
        "model": [(False, False)],
        "owner": [(False, False)],
    }


# --- the deeds


def test_accepted_into_the_dossier_that_matches(browser: Client, mission: Mission) -> None:
    dossier = DossierFactory(repairer=mission.repairer, plate="1ABC234", claim_number="")
    answer = post(browser, mission, "accept")
    assert state_of(mission) == MissionState.DOSSIER and mission.dossier == dossier
    assert f"Mission 2026/7 is in dossier {dossier.pk}." in answer.content.decode()
    assert (answer["HX-Reswap"], "list-changed" in answer["HX-Trigger"]) == ("none", True)


def test_accepted_into_a_new_dossier(browser: Client, mission: Mission) -> None:
    other = DossierFactory(repairer=mission.repairer, plate="1ABC234", claim_number="")
    post(browser, mission, "new-dossier")
    assert state_of(mission) == MissionState.DOSSIER and mission.dossier != other


def test_several_are_possible(browser: Client, mission: Mission) -> None:
    DossierFactory.create_batch(2, repairer=mission.repairer, plate="1ABC234", claim_number="")
    answer = post(browser, mission, "accept")
    assert "Several dossiers are possible: choose." in answer.content.decode()
    assert state_of(mission) == MissionState.WAITING


@pytest.mark.parametrize(("deed", "fields"), [("accept", {}), ("deny", {"reason": "x"}), ("reconsider", {})])
def test_somebody_else_was_faster(
    browser: Client, mission: Mission, helpdesk: User, deed: str, fields: dict[str, str]
) -> None:
    decide.accept(mission.pk, helpdesk)
    answer = post(browser, mission, deed, **fields)
    assert answer.status_code == 200
    assert "Somebody else has decided this meanwhile." in answer.content.decode()
    assert "list-changed" in answer["HX-Trigger"], "what the user looks at is old"
    assert state_of(mission) == MissionState.DOSSIER


def test_linked_to_a_candidate_or_to_one_that_was_searched(browser: Client, mission: Mission) -> None:
    likely = DossierFactory(repairer=mission.repairer, plate="1ABC234", claim_number="")
    other = DossierFactory(repairer=mission.repairer, plate="2-XYZ-999", owner_name="Dubois Marc")
    url = f"/claims360/missions/{mission.pk}/link/"
    first = browser.get(url).content.decode()
    assert f'value="{likely.pk}"' in first and f'value="{other.pk}"' not in first
    for wanted in ("2xyz", "dubois", str(other.pk), other.claim_number):
        part = browser.get(url, {"q": wanted}, headers={"HX-Request": "true", "HX-Target": "choices"})
        assert f'value="{other.pk}"' in part.content.decode() and "<html" not in part.content.decode()
    answer = post(browser, mission, "link", dossier=other.pk)
    assert state_of(mission) == MissionState.DOSSIER and mission.dossier == other
    assert "close-dialog" in answer["HX-Trigger-After-Settle"]


def test_linked_to_none_that_is_not_an_open_one_of_the_repairer(browser: Client, mission: Mission) -> None:
    closed = DossierFactory(repairer=mission.repairer, status=DossierStatus.CLOSED, plate="1ABC234")
    others = DossierFactory(plate="1ABC234")
    for wanted in ("1abc", str(others.pk), str(closed.pk), "--", "\x00", "x\x00y", "9" * 40):
        page = browser.get(f"/claims360/missions/{mission.pk}/link/", {"q": wanted}).content.decode()
        assert 'type="radio"' not in page
    for pk, why in (
        (closed.pk, "not open"),
        (others.pk, "not open"),
        ("x", "not open"),
        ("", "Choose a dossier."),
    ):
        answer = post(browser, mission, "link", dossier=pk)
        assert answer.status_code == 422 and why in answer.content.decode()
    assert state_of(mission) == MissionState.WAITING


def test_denied_with_a_reason_only(browser: Client, mission: Mission) -> None:
    assert post(browser, mission, "deny", reason=" ").status_code == 422
    assert state_of(mission) == MissionState.WAITING
    post(browser, mission, "deny", reason="not ours")
    assert state_of(mission) == MissionState.DENIED and mission.reason_args == {"reason": "not ours"}
    post(browser, mission, "reconsider")
    assert state_of(mission) == MissionState.WAITING


@pytest.mark.parametrize("deed", ["accept", "new-dossier", "reconsider"])
def test_a_deed_is_no_link(browser: Client, mission: Mission, deed: str) -> None:
    assert browser.get(f"/claims360/missions/{mission.pk}/{deed}/").status_code == 405
    assert state_of(mission) == MissionState.WAITING


# --- where a deed leads to


@pytest.mark.parametrize(
    ("referer", "location"),
    [
        (TAB, TAB),
        ("http://testserver/claims360/missions/{pk}/", "http://testserver/claims360/missions/{pk}/"),
        ("http://testserver/claims360/missions/{pk}/deny/", "/claims360/"),
        ("http://evil.example/claims360/", "/claims360/"),
        ("", "/claims360/"),
    ],
)
def test_without_a_script_back_to_the_page(
    browser: Client, mission: Mission, referer: str, location: str
) -> None:
    headers = {"Referer": referer.format(pk=mission.pk)}
    answer = browser.post(f"/claims360/missions/{mission.pk}/deny/", {"reason": "x"}, headers=headers)
    assert answer.headers["Location"] == location.format(pk=mission.pk)


@pytest.mark.parametrize(
    ("page", "location"),
    [
        ("/claims360/missions/{pk}/", "http://testserver/claims360/missions/{pk}/"),
        ("/claims360/missions/{pk}/deny/", "/claims360/"),
    ],
)
def test_on_another_page_that_page_is_shown_anew(
    browser: Client, mission: Mission, page: str, location: str
) -> None:
    page = f"http://testserver{page.format(pk=mission.pk)}"
    answer = post(browser, mission, "deny", page, reason="x")
    assert answer["HX-Redirect"] == location.format(pk=mission.pk)


def test_what_was_decided_there_is_undone_there(browser: Client, mission: Mission) -> None:
    page = f"http://testserver/claims360/missions/{mission.pk}/"
    post(browser, mission, "accept", f"{page}#quotes")
    events = browser.get(page).content.decode().split('name="events" value="')[1].split('"')[0]
    headers = {"HX-Request": "true", "HX-Current-URL": f"{page}#quotes"}
    answer = browser.post("/decisions/undo/", {"events": events}, headers=headers)
    assert answer["HX-Redirect"] == page, "without the place in it: the browser would not load it anew"
    assert "is taken back" in browser.get(page).content.decode()
    assert state_of(mission) == MissionState.WAITING


# --- a version that waits though its mission has a dossier


@pytest.fixture
def linked(repairer: Repairer) -> Mission:
    row = MissionFactory(repairer=repairer, dossier=DossierFactory(repairer=repairer))
    quote = QuoteFactory(mission=row, version=2, state=QuoteState.WAITING, gross=Decimal("121.00"))
    QuoteVersionFactory(quote=quote, version=2)
    return row


def decide_quote(browser: Client, mission: Mission, deed: str, **fields: object) -> HttpResponse:
    headers = {"HX-Request": "true", "HX-Current-URL": TAB}
    url = f"/claims360/quotes/{mission.quotes.get().pk}/{deed}/"
    return browser.post(url, fields, headers=headers)


def test_the_version_is_accepted(browser: Client, linked: Mission) -> None:
    answer = decide_quote(browser, linked, "accept", version=2)
    quote = linked.quotes.get()
    assert (quote.state, quote.accepted_version) == (QuoteState.DOSSIER, 2)
    assert "Version 2 is accepted." in answer.content.decode() and "list-changed" in answer["HX-Trigger"]


def test_the_version_is_denied_with_a_reason(browser: Client, linked: Mission) -> None:
    assert decide_quote(browser, linked, "deny", version=2, reason="").status_code == 422
    decide_quote(browser, linked, "deny", version=2, reason="too dear")
    quote = linked.quotes.get()
    assert (quote.state, quote.accepted_version) == (QuoteState.DENIED, 1)


@pytest.mark.parametrize(("deed", "fields"), [("accept", {}), ("deny", {"reason": "too dear"})])
def test_only_the_version_that_was_seen(
    browser: Client, linked: Mission, deed: str, fields: dict[str, str]
) -> None:
    answer = decide_quote(browser, linked, deed, version=1, **fields)
    assert "A newer version came meanwhile." in answer.content.decode()
    assert linked.quotes.get().state == QuoteState.WAITING


@pytest.mark.parametrize(("deed", "fields"), [("accept", {}), ("deny", {"reason": "too dear"})])
def test_a_version_that_comes_at_the_moment_of_the_click_is_not_decided_unseen(
    browser: Client, linked: Mission, deed: str, fields: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_before_it_came(request: HttpRequest, pk: int) -> Quote:
        quote = own_quote(request, pk)
        Quote.objects.filter(pk=pk).update(version=3)
        return quote

    monkeypatch.setattr(quotes, "own_quote", read_before_it_came)
    answer = decide_quote(browser, linked, deed, version=2, **fields)
    assert "A newer version came meanwhile." in answer.content.decode()
    assert (linked.quotes.get().state, linked.quotes.get().accepted_version) == (QuoteState.WAITING, 1)


def test_a_quote_without_a_dossier_is_not_decided_alone(browser: Client, mission: Mission) -> None:
    quote = QuoteFactory(mission=mission, state=QuoteState.FOLLOWS)
    assert browser.post(f"/claims360/quotes/{quote.pk}/accept/", {"version": 1}).status_code == 404


def test_the_dossiers_of_others_are_no_candidates(browser: Client, mission: Mission) -> None:
    DossierFactory(repairer=RepairerFactory(site=mission.repairer.site), plate="1ABC234", claim_number="")
    post(browser, mission, "accept")
    assert state_of(mission) == MissionState.DOSSIER and Dossier.objects.count() == 2

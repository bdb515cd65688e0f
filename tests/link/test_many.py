"""Many rows of the queue at once, and the reasons that the helpdesk offers."""

import pytest
from django.test import Client
from django.utils import translation

from dossiers.models import DenyReason, Mission, Quote, QuoteState
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, QuoteFactory, QuoteVersionFactory, RepairerFactory
from tests.link.tab import HTMX, TAB, mission, text

MANY = f"{TAB}many/"


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


def states(*rows: Mission | Quote) -> list[str]:
    for row in rows:
        row.refresh_from_db()
    return [row.state for row in rows]


def waiting_quote(repairer: Repairer) -> Quote:
    row = mission(repairer, "dossier")
    quote = QuoteFactory(mission=row, state=QuoteState.WAITING, accepted_version=None)
    QuoteVersionFactory(quote=quote, version=quote.version)
    return quote


def post(browser: Client, path: str, **asked: object) -> str:
    return browser.post(path, asked, follow=True).content.decode()


def test_chosen_ones_are_accepted_and_all_of_it_is_undone(browser: Client, repairer: Repairer) -> None:
    one, two = (mission(repairer, plate=f"1-AAA-00{n}") for n in (1, 2))
    quote, left = waiting_quote(repairer), mission(repairer, plate="1-AAA-003")
    chosen = [f"m{one.pk}", f"m{two.pk}", f"q{quote.pk}.{quote.version}"]
    assert all(f'value="{row}"' in text(browser) for row in chosen)
    page = post(browser, f"{MANY}accept/", row=chosen)
    assert "3 rows are accepted." in page
    assert states(one, two, quote, left) == ["dossier", "dossier", "dossier", "waiting"]
    events = page.split('name="events" value="')[1].split('"')[0]
    assert "3 decisions are taken back." in post(browser, "/decisions/undo/", events=events)
    assert states(one, two, quote) == ["waiting", "waiting", "waiting"]


def test_one_that_is_not_possible_holds_up_no_other_and_says_why(browser: Client, repairer: Repairer) -> None:
    fits, doubtful = mission(repairer, plate="1-AAA-001"), mission(repairer, plate="1-BBB-001")
    for _ in range(2):
        DossierFactory(repairer=repairer, plate="1-BBB-001", claim_number="")
    quote, others = waiting_quote(repairer), mission(RepairerFactory())
    rows = [f"m{doubtful.pk}", f"m{fits.pk}", f"q{quote.pk}.{quote.version + 1}", f"m{others.pk}", "m", "x1"]
    page = post(browser, f"{MANY}accept/", row=rows)
    assert "1 row is accepted." in page
    assert f"Nothing was done for {doubtful}. Several dossiers are possible: choose." in page
    assert f"Nothing was done for {quote}. A newer version came meanwhile" in page
    assert states(fits, doubtful, quote, others) == ["dossier", "waiting", "waiting", "waiting"]
    assert "Choose rows first." in post(browser, f"{MANY}accept/")


def test_chosen_ones_are_denied_for_one_reason(browser: Client, repairer: Repairer) -> None:
    one, two = mission(repairer), mission(repairer, plate="1-AAA-002")
    rows = [f"m{one.pk}", f"m{two.pk}"]
    asked = browser.post(f"{MANY}deny/", {"row": rows}, headers={**HTMX, "HX-Target": "dialog"})
    assert "Deny 2 rows" in asked.content.decode() and "No room in the workshop" in asked.content.decode()
    assert states(one, two) == ["waiting", "waiting"]
    assert browser.post(f"{MANY}deny/", {"row": rows, "confirmed": 1}).status_code == 422
    listed = DenyReason.objects.get(text_en="No room in the workshop")
    page = post(browser, f"{MANY}deny/", row=rows, confirmed=1, listed=listed.pk, reason="until June")
    assert "2 rows are denied." in page
    assert states(one, two) == ["denied", "denied"]
    assert one.reason_args == {"reason": "No room in the workshop: until June"}
    assert "No room in the workshop: until June" in text(browser, f"missions/{one.pk}/")


def test_a_reason_of_the_list_is_enough_and_none_is_too_little(browser: Client, repairer: Repairer) -> None:
    row, listed = mission(repairer), DenyReason.objects.filter(kind="mission")[0]
    deny = f"{TAB}missions/{row.pk}/deny/"
    assert browser.post(deny, {}).status_code == 422
    of_quotes = DenyReason.objects.filter(kind="quote")[0]
    assert browser.post(deny, {"listed": of_quotes.pk}).status_code == 422
    browser.post(deny, {"listed": listed.pk})
    row.refresh_from_db()
    assert row.reason_args == {"reason": listed.text_en}


def test_the_helpdesk_edits_the_list(
    client: Client, active: None, helpdesk: User, repairer: Repairer
) -> None:
    client.force_login(helpdesk)
    texts = {f"text_{code}": f"Holiday ({code})" for code in ("fr", "nl", "de", "en")}
    client.post("/admin/dossiers/denyreason/add/", {"kind": "mission", "position": 1, **texts})
    assert "Holiday (en)" in text(client, f"missions/{mission(repairer).pk}/deny/")
    with translation.override("nl"):
        assert str(DenyReason.objects.get(position=1)) == "Holiday (nl)"


def test_the_keys_are_told(browser: Client, repairer: Repairer) -> None:
    mission(repairer)
    assert 'id="keys"' in text(browser) and "<kbd>j</kbd>" in text(browser, "keys/")

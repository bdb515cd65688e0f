"""What the tab shows, taken away as a file: with its filter, its order and its gate, and a line in the trail."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from dossiers import event_text
from dossiers.models import Event, MissionState
from dossiers.spreadsheet import BOM
from repairers.models import Repairer, User
from tests.core.records import take_in, unreadable
from tests.dossiers.factories import (
    DossierFactory,
    QuoteFactory,
    QuoteVersionFactory,
    RepairerFactory,
    StaffFactory,
)
from tests.link.tab import TAB, mission, ran
from tests.winformex.world import mission as winformex_mission
from tests.winformex.world import send

MISSIONS, QUOTES, HISTORY, SET_ASIDE = (
    f"{TAB}{name}/export/" for name in ("missions", "quotes", "history", "set-aside")
)
DOSSIERS = "/dossiers/export/"
EVERY = (MISSIONS, QUOTES, HISTORY, SET_ASIDE, DOSSIERS)


@pytest.fixture
def browser(client: Client, active: None, staff: User) -> Client:
    client.force_login(staff)
    return client


def content(answer: HttpResponseBase) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def rows_of_csv(browser: Client, url: str) -> list[dict[str, str]]:
    text = content(browser.post(url, {"form": "csv"})).decode()
    assert text.startswith(BOM)
    return [*csv.DictReader(io.StringIO(text.removeprefix(BOM), newline=""), delimiter=";")]


def rows_of_xlsx(browser: Client, url: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content(browser.post(url, {"form": "xlsx"})))).active
    head, *rows = sheet.values
    return [dict(zip(head, row, strict=True)) for row in rows]


def fill(repairer: Repairer, number: int = 1) -> None:
    for _ in range(number):
        waiting = mission(repairer, owner_name="=Carlier", facts={"power_kw": 92, "claim_number": "C-1"})
        quote = QuoteFactory(mission=waiting, gross=Decimal("2202.20"), previous_gross=Decimal("1987.90"))
        QuoteVersionFactory(quote=quote, totals={"net": "1820.00", "vat": "382.20", "gross": "2202.20"})
        mission(repairer, MissionState.DOSSIER)
        ran(repairer)
        take_in(repairer, unreadable(external_id=waiting.external_id))


def test_missions_with_what_the_list_shows_of_them(browser: Client, repairer: Repairer) -> None:
    fill(repairer)
    (row,) = rows_of_xlsx(browser, f"{MISSIONS}?state=waiting")
    assert (row["Repairer"], row["State"], row["Reason"]) == (repairer.name, "waiting", "waits for you")
    assert (row["Plate"], row["Owner"], row["Power (kW)"]) == ("1-ABC-234", "'=Carlier", 92)
    assert (row["Amount"], row["Difference"], row["Currency"]) == (2202.2, 214.3, "EUR")
    assert row["Received"] == dt.datetime(2026, 3, 12, 10, 30), "in the time of Brussels"


def test_quotes_with_the_amounts_of_their_newest_version(browser: Client, repairer: Repairer) -> None:
    fill(repairer)
    (row,) = rows_of_csv(browser, QUOTES)
    assert (row["Without VAT"], row["VAT"], row["Amount"]) == ("1820,00", "382,20", "2202,20")
    assert (row["Amount before"], row["Version"], row["Status"]) == ("1987,90", "1", "submitted")


def test_the_history_of_the_synchronisation(browser: Client, repairer: Repairer, staff: User) -> None:
    brought = {"missions": {"new": 2, "updated": 1}, "photos": {"received": 4}, "set_aside": 1}
    ran(repairer, tally=brought, trigger="button", asked_by=staff, outcome="partial", error="timeout")
    (row,) = rows_of_xlsx(browser, HISTORY)
    assert (row["Outcome"], row["Started by"]) == ("partly", "Refresh button")
    assert (row["Missions"], row["Quotes"], row["Photos"], row["Set aside"]) == (3, 0, 4, 1)
    assert row["Error"] == "Claims360 does not answer in time; it is tried again by itself."


def test_the_records_that_were_kept_aside(browser: Client, repairer: Repairer) -> None:
    """As they are listed: of a repairer, a way, an id; without what came."""
    take_in(repairer, unreadable(external_id="=q1"), unreadable(entity="photo", external_id="p1"))
    send(repairer, winformex_mission(quotes=[{"number": "W-1", "lines": "none"}]))
    (row,) = rows_of_xlsx(browser, f"{SET_ASIDE}?state=set_aside&number=q1")
    assert (row["Kind"], row["Id"], row["Version"]) == ("quote", "'=q1", 1)
    assert (row["Reason"], row["In detail"]) == ("an amount can't be read", "gross")
    (row,) = rows_of_csv(browser, f"{SET_ASIDE}?source=winformex")
    assert (row["Source"], row["Id"]) == ("Winformex II", "W1")
    page = browser.get(f"{TAB}?state=set_aside&source=winformex").content.decode()
    assert "1 item<" in page and "W1" in page and "=q1" not in page
    assert page.count(f'formaction="{SET_ASIDE}?state=set_aside&amp;source=winformex"') == 2
    nothing = browser.get(f"{TAB}?state=set_aside&number=none").content.decode()
    assert "Nothing fits this filter" in nothing and "Every record that came could be read" not in nothing


def test_dossiers(browser: Client, repairer: Repairer) -> None:
    facts = {"mileage": 84_210, "deductible": Decimal("250"), "damage_zones": ["roof"]}
    row = DossierFactory(repairer=repairer, plate="9-ZZZ-999", **facts)
    mission(repairer, MissionState.DOSSIER)
    (found,) = rows_of_csv(browser, f"{DOSSIERS}?plate=9-ZZZ-999")
    assert (found["Dossier"], found["Status"], found["Mileage (km)"]) == (str(row.pk), "new", "84210")
    assert (found["Deductible (EUR)"], found["Plate"]) == ("250,00", row.plate)


def test_the_filter_and_the_order_of_the_page(browser: Client, repairer: Repairer) -> None:
    for plate in ("1-BBB-222", "1-AAA-111", "2-CCC-333"):
        mission(repairer, plate=plate)
    mission(repairer, MissionState.DENIED, plate="1-DDD-444")
    found = rows_of_csv(browser, f"{MISSIONS}?plate=1-&sort=-plate&page=7")
    assert [row["Plate"] for row in found] == ["1-BBB-222", "1-AAA-111"]


def test_the_page_offers_what_it_shows(browser: Client, repairer: Repairer) -> None:
    fill(repairer)
    for page, urls in (
        (TAB, (MISSIONS, QUOTES)),
        (f"{TAB}history/", (HISTORY,)),
        ("/dossiers/", (DOSSIERS,)),
    ):
        text = browser.get(f"{page}?sort=plate&page=1").content.decode()
        for url in urls:
            assert text.count(f'formaction="{url}?sort=plate"') == 2


def test_heads_and_words_are_in_the_language_of_the_reader(
    browser: Client, repairer: Repairer, staff: User
) -> None:
    fill(repairer)
    User.objects.filter(pk=staff.pk).update(language="fr")
    for rows in (rows_of_csv, rows_of_xlsx):
        (row,) = rows(browser, f"{MISSIONS}?state=waiting")
        assert (row["État"], row["Propriétaire"]) == ("en attente", "'=Carlier")


@pytest.mark.parametrize("url", EVERY)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_nothing_of_another_repairer(browser: Client, repairer: Repairer, url: str, form: str) -> None:
    other = RepairerFactory()
    fill(other)
    DossierFactory(repairer=other)
    read = rows_of_csv if form == "csv" else rows_of_xlsx
    assert read(browser, f"{url}?repairer={other.pk}") == []
    assert not Event.objects.exists()


def told(event: Event) -> str:
    with translation.override("en"):
        return event_text.text(event)


def test_the_trail_says_who_took_what_of_whom(client: Client, active: None, helpdesk: User) -> None:
    first, second = RepairerFactory(), RepairerFactory()
    fill(first, 2)
    fill(second)
    client.force_login(helpdesk)
    rows_of_csv(client, f"{MISSIONS}?plate=abc&sort=plate")
    events = {event.repairer: event for event in Event.objects.filter(verb="exported")}
    assert set(events) == {first, second}
    assert (events[first].actor, events[first].address) == (helpdesk, "127.0.0.1")
    assert told(events[first]) == "took away 4 missions as CSV (filter: plate=abc)"
    rows_of_xlsx(client, HISTORY)
    newest = Event.objects.filter(repairer=second).latest("pk")
    assert told(newest) == "took away 1 synchronisations as XLSX (filter: –)"
    page = client.get("/admin/dossiers/event/").content.decode()
    assert "took away 4 missions as CSV" in page and "127.0.0.1" in page


@pytest.mark.parametrize("body", [{}, {"form": "exe"}])
def test_a_form_that_is_none(browser: Client, body: dict[str, str]) -> None:
    assert browser.post(MISSIONS, body).status_code == 400
    assert not Event.objects.exists()


@pytest.mark.parametrize("url", EVERY)
def test_many_rows_take_the_statements_of_one(browser: Client, repairer: Repairer, url: str) -> None:
    taken = []
    for number in (1, 40):
        fill(repairer, number)
        with CaptureQueriesContext(connection) as statements:
            rows_of_csv(browser, url)
        taken.append(len(statements))
    assert taken[0] == taken[1]


def test_before_activation_there_is_nothing_to_take(client: Client, staff: User) -> None:
    client.force_login(staff)
    for url in (MISSIONS, QUOTES, HISTORY, SET_ASIDE):
        assert client.post(url, {"form": "csv"}).status_code == 404


# --- the page of the history


def test_the_page_tells_each_run(browser: Client, repairer: Repairer, staff: User) -> None:
    ran(repairer)
    ran(repairer, tally={"missions": {"new": 3}}, trigger="button", asked_by=staff)
    ran(repairer, outcome="failed", error="maintenance", trigger="command")
    text = browser.get(f"{TAB}history/").content.decode()
    for words in (
        "3 synchronisations",
        "3 missions",
        "Nothing new",
        "Refresh button",
        "Lotte Janssens",
        "Failed",
    ):
        assert words in text
    assert "Claims360 is under maintenance" in text
    assert "1 synchronisation<" in browser.get(f"{TAB}history/?outcome=failed").content.decode()


def test_the_frame_leads_to_the_runs_of_its_repairer(client: Client, active: None) -> None:
    here, there = RepairerFactory(), RepairerFactory()
    client.force_login(StaffFactory(sites=[here.site, there.site]))
    ran(here)
    ran(there, outcome="failed")
    url = f"{TAB}history/?repairer={here.pk}"
    assert f'href="{url}"' in client.get(TAB).content.decode()
    text = client.get(url).content.decode()
    assert "1 synchronisation<" in text and "Failed</span>" not in text


@pytest.mark.parametrize("rows", [1, 300])
def test_300_runs_take_the_statements_of_1(
    browser: Client, repairer: Repairer, staff: User, django_assert_num_queries: Any, rows: int
) -> None:
    for _ in range(rows):
        ran(repairer, asked_by=staff)
    with django_assert_num_queries(7):
        browser.get(f"{TAB}history/")

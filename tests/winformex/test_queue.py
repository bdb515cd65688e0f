"""Before Claims360 is active: what Winformex II sent and waits is decided on a page of its own."""

import re

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Dossier, Mission
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, MissionFactory, RepairerFactory, StaffFactory
from tests.link.world import set_options
from tests.winformex.world import held, mission, send

QUEUE = "/winformex/"


@pytest.fixture
def browser(client: Client, staff: User) -> Client:
    client.force_login(staff)
    return client


def text(browser: Client, url: str = QUEUE) -> str:
    return browser.get(url).content.decode()


def rows(browser: Client) -> list[str]:
    return re.findall(r'<tr data-mission="([^"]+)"', text(browser))


def do(browser: Client, deed: str, said: object = "") -> HttpResponse:
    url = f"{QUEUE}missions/{Mission.objects.get().pk}/"
    return browser.post(url, {"deed": deed, "said": said}, follow=True)


def test_the_tab_is_there_while_something_waits(browser: Client, repairer: Repairer) -> None:
    assert "Winformex II" not in text(browser, "/dossiers/")
    send(repairer, mission())
    assert f'href="{QUEUE}"' in text(browser, "/dossiers/")
    assert rows(browser) == [held().external_id]
    set_options(CLAIMS360_ENABLED=True)
    assert f'href="{QUEUE}"' not in text(browser, "/dossiers/")
    assert browser.get(QUEUE).status_code == do(browser, "accept").status_code == 404
    assert held().external_id in text(browser, "/claims360/?state=waiting"), "its queue is there now"


def test_accepted_it_is_in_a_dossier(browser: Client, repairer: Repairer) -> None:
    send(repairer, mission())
    assert "is in dossier" in do(browser, "accept").content.decode()
    assert (held().state, held().dossier, rows(browser)) == ("dossier", Dossier.objects.get(), [])


def test_what_was_decided_is_undone_from_the_page(browser: Client, repairer: Repairer) -> None:
    send(repairer, mission())
    for deed, said in (("accept", ""), ("deny", "Not ours")):
        page = do(browser, deed, said).content.decode()
        events = page.split('name="events" value="')[1].split('"')[0]
        told = browser.post(
            "/decisions/undo/", {"events": events}, headers={"Referer": f"http://testserver{QUEUE}"}
        )
        assert told["Location"].endswith(QUEUE)
        assert "is taken back" in text(browser)
        assert rows(browser) == [held().external_id]


def test_of_several_dossiers_one_is_chosen(browser: Client, repairer: Repairer) -> None:
    first, second = (DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="") for _ in range(2))
    send(repairer, mission())
    assert "Several dossiers are possible: choose." in do(browser, "accept").content.decode()
    assert text(browser).count('value="link"') == 2
    do(browser, "link", second.pk)
    assert held().dossier == second != first


def test_into_a_new_dossier_or_denied(browser: Client, repairer: Repairer) -> None:
    DossierFactory(repairer=repairer, plate="1-ABC-234")
    send(repairer, mission())
    assert "Please give a reason." in do(browser, "deny", " ").content.decode()
    do(browser, "deny", "Not ours")
    assert (held().state, held().reason_args) == ("denied", {"reason": "Not ours"})
    Mission.objects.update(state="waiting")
    do(browser, "new")
    assert held().dossier == Dossier.objects.latest("pk")


def test_what_is_wrong_changes_nothing(browser: Client, repairer: Repairer) -> None:
    send(repairer, mission())
    elsewhere = DossierFactory()
    for said in (elsewhere.pk, "x", "9" * 40, ""):
        assert "There is no such dossier of this repairer." in do(browser, "link", said).content.decode()
    assert do(browser, "burn").status_code == 404
    assert held().state == "waiting"


def test_others_see_and_decide_nothing(client: Client, repairer: Repairer) -> None:
    send(repairer, mission())
    client.force_login(StaffFactory(sites=[RepairerFactory().site]))
    assert rows(client) == [] and f'href="{QUEUE}"' not in text(client, "/dossiers/")
    assert do(client, "accept").status_code == 404
    assert held().state == "waiting"


@pytest.mark.parametrize("many", [1, 300])
def test_300_rows_take_the_statements_of_1(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, many: int
) -> None:
    known = {"repairer": repairer, "source": "winformex", "state": "waiting", "plate_key": "1ABC234"}
    MissionFactory.create_batch(many, **known)
    DossierFactory(repairer=repairer, plate="1-ABC-234")
    with django_assert_num_queries(7):
        assert len(rows(browser)) == min(many, 50)

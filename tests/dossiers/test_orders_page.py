"""Liste commandes: which parts it shows, to whom, and what staff set."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from dossiers.models import Event, OrderLine
from dossiers.orders import set_state
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, OrderLineFactory, linked_mission

ORDERS = "/commandes/"


def shown(browser: Client, **query: str) -> set[int]:
    return {row.pk for row in browser.get(ORDERS, query).context["page"]}


def state_of(row: OrderLine) -> str:
    return OrderLine.objects.get(pk=row.pk).state


@pytest.mark.parametrize("rows", [1, 300])
def test_the_list_takes_the_same_statements_for_1_and_300_rows(
    browser: Client, repairer: Repairer, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        OrderLineFactory(dossier__repairer=repairer)
    with django_assert_num_queries(7):
        browser.get(ORDERS)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"part": "bumper"}, True),
        ({"part": "7p5-807"}, True),
        ({"part": "bonnet"}, False),
        ({"state": "to_order"}, True),
        ({"state": "received"}, False),
        ({"dossier": "0"}, False),
        ({"dossier": "abc"}, False),
        ({"dossier": "9" * 40}, False),
    ],
)
def test_filters(browser: Client, repairer: Repairer, query: dict[str, str], found: bool) -> None:
    row = OrderLineFactory(dossier__repairer=repairer, code="7P5 807 217", part_key="7P5807217")
    assert (row.pk in shown(browser, **query)) is found


def test_lines_stand_together_by_dossier(browser: Client, repairer: Repairer) -> None:
    dossier = DossierFactory(repairer=repairer)
    quote = OrderLineFactory(dossier=dossier).quote
    OrderLineFactory(dossier=dossier, quote=quote, in_quote=False)
    page = browser.get(ORDERS).content.decode()
    assert page.count(f"Dossier {dossier.pk}</a>") == 1
    assert page.count("no longer in the quote") == 1


def test_a_line_is_set_and_stands_in_the_history(browser: Client, repairer: Repairer) -> None:
    row = OrderLineFactory(dossier__repairer=repairer, description="Fog lamp")
    response = browser.post(f"{ORDERS}?state=to_order", {"line": row.pk, "state": "ordered"})
    assert response["Location"] == f"{ORDERS}?state=to_order"
    assert state_of(row) == "ordered"
    assert OrderLine.objects.get().state_changed_at is not None
    event = Event.objects.get(dossier=row.dossier)
    assert (event.verb, event.args) == ("order-state", {"state": "ordered", "parts": ["Fog lamp"]})
    assert "parts ordered: Fog lamp" in browser.get(f"/dossiers/{row.dossier_id}/").content.decode()


def test_many_are_set_at_once_and_htmx_gets_the_list_again(browser: Client, repairer: Repairer) -> None:
    rows = [OrderLineFactory(dossier__repairer=repairer) for _ in range(3)]
    response = browser.post(
        ORDERS,
        {"line": [row.pk for row in rows[:2]], "state": "received"},
        headers={"HX-Request": "true", "HX-Target": "list"},
    )
    assert response.templates[0].name == "dossiers/_orders.html"
    assert "2 parts changed." in response.content.decode()
    assert [state_of(row) for row in rows] == ["received", "received", "to_order"]


def test_what_is_set_already_writes_no_history(repairer: Repairer, staff: User) -> None:
    row = OrderLineFactory(dossier__repairer=repairer)
    assert set_state([row.pk], "to_order", staff) == 0
    assert not Event.objects.exists()


@pytest.mark.parametrize("chosen", [{}, {"line": "abc", "state": "ordered"}, {"state": "sold"}])
def test_a_bad_choice_changes_nothing(browser: Client, repairer: Repairer, chosen: dict[str, str]) -> None:
    row = OrderLineFactory(dossier__repairer=repairer)
    page = browser.post(ORDERS, chosen, follow=True).content.decode()
    assert "Choose" in page
    assert state_of(row) == "to_order"


def test_another_repairers_parts_are_neither_shown_nor_set(browser: Client) -> None:
    other = OrderLineFactory(description="Secret part")
    linked_mission(other.dossier)
    assert "Secret part" not in browser.get(ORDERS).content.decode()
    browser.post(ORDERS, {"line": other.pk, "state": "ordered"})
    assert state_of(other) == "to_order"

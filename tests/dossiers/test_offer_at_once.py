"""An offered fact is taken over at the moment in which something else comes: only what was seen is ever taken."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from dossiers.intake import decide
from dossiers.models import Dossier, Mission
from repairers.locking import one_writer
from repairers.models import Repairer, User
from tests.core.records import FACTS, mission, take_in
from tests.dossiers.factories import DossierFactory
from tests.processes import PATIENCE

pytestmark = pytest.mark.django_db(transaction=True)
LOCKS = ("BEGIN IMMEDIATE", "FOR NO KEY UPDATE")  # how SQLite and PostgreSQL are asked for one


@contextmanager
def waiting_for_the_lock(deed: Callable[[], Any]) -> Iterator[None]:
    """`deed` is under way in a thread of its own, as far as the lock that is held here."""
    asked = threading.Event()

    def tell(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if any(lock in sql for lock in LOCKS):
            asked.set()
        return execute(sql, *args)

    def do() -> None:
        try:
            with connection.execute_wrapper(tell):
                deed()
        finally:
            connections.close_all()

    thread = threading.Thread(target=do)
    with one_writer(Repairer.objects.get().pk):
        thread.start()
        assert asked.wait(PATIENCE)
        yield
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.fixture
def linked(repairer: Repairer, staff: User) -> Mission:
    """A mission that offers its dossier another make."""
    dossier = DossierFactory(repairer=repairer, plate="1-ABC-234", claim_number="C1", make="Opel")
    take_in(repairer, mission(1, facts=FACTS))
    return decide.link(Mission.objects.get().pk, dossier.pk, staff)


def take(browser: Client, linked: Mission, said: list[str]) -> Callable[[], None]:
    """The click on "Take over" beside Audi; what is said of it afterwards."""
    url = f"/dossiers/{linked.dossier_id}/missions/{linked.pk}/offers/make/"

    def click() -> None:
        page = browser.post(url, {"answer": "take", "value": "Audi"}, follow=True)
        said.append(page.content.decode())

    return click


def test_a_newer_value_is_not_taken_unseen(browser: Client, repairer: Repairer, linked: Mission) -> None:
    said: list[str] = []
    with waiting_for_the_lock(take(browser, linked, said)):
        take_in(repairer, mission(2, facts={**FACTS, "make": "Seat"}))
    assert Dossier.objects.get().make == "Opel"
    assert "What was offered has changed meanwhile. Look at it again." in said[0]


def test_nor_into_another_dossier(browser: Client, repairer: Repairer, linked: Mission, staff: User) -> None:
    other, said = DossierFactory(repairer=repairer, make="Volvo"), []
    with waiting_for_the_lock(take(browser, linked, said)):
        decide.move_link(linked.pk, other.pk, staff)
    assert sorted(Dossier.objects.values_list("make", flat=True)) == ["Opel", "Volvo"]
    assert "What was offered has changed meanwhile. Look at it again." in said[0]


def test_what_was_seen_is_taken(browser: Client, repairer: Repairer, linked: Mission) -> None:
    with waiting_for_the_lock(take(browser, linked, [])):
        take_in(repairer, mission(2, facts={**FACTS, "owner_name": "Peeters An"}))
    assert Dossier.objects.get().make == "Audi"

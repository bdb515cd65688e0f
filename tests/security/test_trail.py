"""Whatever somebody does leaves who did it and from where, to be read in admin and on the dossier, and to stay."""

import pytest
from django.test import Client
from django.utils import translation

from claims360_link.models import Configuration
from dossiers import event_text
from dossiers.models import Event, OptionChange
from repairers.models import Repairer, User
from tests.link.world import DEMO, set_options
from tests.security.addresses import address
from tests.security.test_keys import fill_in, keys
from tests.security.test_who_sees_what import deeds
from tests.security.world import World, build

__all__ = ["keys"]
WHERE = "192.0.2.7"
# Each deed of the garage's pages, and the line that it leaves: of the dossier, unless it has none.
OF_A_DOSSIER = """
claims360/missions/<int:pk>/accept/                             accepted
claims360/missions/<int:pk>/new-dossier/                        accepted
claims360/many/accept/                                          accepted
claims360/missions/<int:pk>/link/                               linked
claims360/quotes/<int:pk>/accept/                               quote-accepted
claims360/quotes/<int:pk>/deny/                                 quote-denied
claims360/dossiers/<int:dossier_pk>/send/                       sending-asked
dossiers/new/                                                   dossier-created
dossiers/<int:pk>/edit/                                         dossier-edited
dossiers/<int:pk>/status/                                       dossier-status
dossiers/<int:pk>/comments/                                     commented
dossiers/<int:pk>/photos/                                       photo-added
dossiers/<int:pk>/missions/<int:mission_pk>/undo/               unlinked
dossiers/<int:pk>/missions/<int:mission_pk>/move/               moved-away
dossiers/<int:pk>/missions/<int:mission_pk>/offers/<slug:fact>/ offer-taken
dossiers/<int:pk>/quotes/<int:quote_pk>/accept/                 quote-accepted
dossiers/<int:pk>/quotes/<int:quote_pk>/deny/                   quote-denied
dossiers/<int:pk>/transmissions/<int:transmission_pk>/again/    sending-again
dossiers/<int:pk>/transmissions/<int:transmission_pk>/cancel/   sending-cancelled
commandes/                                                      order-state
"""
OF_NO_DOSSIER = """
claims360/missions/<int:pk>/deny/                               denied
claims360/many/deny/                                            denied
claims360/missions/<int:pk>/reconsider/                         reconsidered
claims360/history/export/                                       exported
claims360/missions/export/                                      exported
claims360/quotes/export/                                        exported
claims360/set-aside/export/                                      exported
dossiers/export/                                                exported
"""
TOLD_BY_THE_RUN = {"claims360/refresh/"}  # who asked for it stands in the history of the synchronisation
TOLD_BY_THE_INQUIRY = {"claims360/missions/<int:pk>/ask/", "claims360/set-aside/<int:pk>/ask/"}  # and so here


def lines(table: str) -> list[tuple[str, str]]:
    return [(route, verb) for route, verb in map(str.split, table.strip().splitlines())]


@pytest.fixture
def world(active: None, repairer: Repairer, staff: User) -> World:
    return build(repairer, staff)


def left(client: Client, actor: User, verb: str) -> Event:
    """The line that `actor` has just left, as admin shows it to the helpdesk and as nobody changes it."""
    event = Event.objects.get(verb=verb, address=WHERE)
    assert (event.actor, event.actor_name) == (actor, actor.get_full_name() or actor.username)
    page = f"/admin/dossiers/event/{event.pk}"
    for url in ("/admin/dossiers/event/", f"{page}/change/"):
        assert_reads(client, url, event)
    for url in (f"{page}/change/", f"{page}/delete/"):
        assert client.post(url, {"post": "yes", "address": "192.0.2.8"}).status_code == 403
    assert Event.objects.filter(pk=event.pk, address=WHERE).exists()
    return event


def assert_reads(client: Client, url: str, event: Event) -> None:
    with translation.override("en"):
        told = event_text.text(event)
    answer = client.get(url)
    for words in (event.actor_name, WHERE, told):
        assert words in answer.content.decode(), (url, words)


def do(client: Client, world: World, route: str) -> None:
    client.force_login(world.staff)
    body = deeds(world)[route]
    assert client.post(address(route, world), body, REMOTE_ADDR=WHERE).status_code in (200, 302)


@pytest.mark.parametrize(("route", "verb"), lines(OF_A_DOSSIER))
def test_a_deed_is_told_in_admin_and_on_its_dossier(
    client: Client, world: World, helpdesk: User, route: str, verb: str
) -> None:
    do(client, world, route)
    client.force_login(helpdesk)
    event = left(client, world.staff, verb)
    client.force_login(world.staff)
    assert event.dossier is not None
    assert_reads(client, f"/dossiers/{event.dossier.pk}/", event)


@pytest.mark.parametrize(("route", "verb"), lines(OF_NO_DOSSIER))
def test_a_deed_without_a_dossier_is_told_in_admin(
    client: Client, world: World, helpdesk: User, route: str, verb: str
) -> None:
    do(client, world, route)
    client.force_login(helpdesk)
    assert left(client, world.staff, verb).dossier is None


def test_no_deed_is_without_its_line(world: World) -> None:
    told = {route for route, _verb in [*lines(OF_A_DOSSIER), *lines(OF_NO_DOSSIER)]}
    assert told | TOLD_BY_THE_RUN | TOLD_BY_THE_INQUIRY == set(deeds(world))


def test_who_configured_and_who_reset(
    client: Client, active: None, repairer: Repairer, staff: User, helpdesk: User, keys: tuple[str, str]
) -> None:
    client.defaults["REMOTE_ADDR"] = WHERE
    client.force_login(staff)
    assert fill_in(client, repairer, keys).status_code == 302
    client.force_login(helpdesk)
    assert left(client, staff, "claims360-configured").args == {"bodyshop_id": DEMO}
    row = Configuration.objects.get()
    client.post(f"/admin/claims360_link/configuration/{row.pk}/reset/", {"reason": "another id"})
    assert left(client, helpdesk, "claims360-reset").args == {"reason": "another id"}


def test_who_changed_an_option(client: Client, db: None, helpdesk: User) -> None:
    set_options(INFORMEX_QUEING="all")
    client.force_login(helpdesk)
    page = "/admin/constance/config/"
    shown = client.get(page).context["form"].initial
    client.post(page, {**shown, "INFORMEX_QUEING": "off"}, REMOTE_ADDR=WHERE)
    change = OptionChange.objects.get()
    assert (change.changed_by, change.address, change.old, change.new) == (helpdesk, WHERE, "all", "off")
    row = f"/admin/dossiers/optionchange/{change.pk}"
    for url in ("/admin/dossiers/optionchange/", f"{row}/change/"):
        text = client.get(url).content.decode()
        assert "INFORMEX_QUEING" in text and WHERE in text and helpdesk.username in text
    for url in (f"{row}/change/", f"{row}/delete/"):
        assert client.post(url, {"post": "yes", "new": "all"}).status_code == 403
    assert OptionChange.objects.filter(pk=change.pk, new="off").exists()

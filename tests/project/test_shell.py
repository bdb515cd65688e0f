"""What stands around a page: links by activation and setting, the badge by what the user may see."""

from typing import Any

import pytest
from constance import config
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import resolve
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from dossiers.models import Dossier, Mission, Quote
from planmanager.shell import Shell
from repairers.models import Repairer, Site, User

NOW = timezone.now()


def shell_for(user: Any, path: str = "/aide/") -> Shell:
    request = RequestFactory().get(path)
    request.user, request.resolver_match = user, resolve(path)
    return Shell(request)


def waiting_mission(repairer: Repairer, number: str, **more: Any) -> Mission:
    more = {"state": "waiting", **more}
    dates = {"received_at": NOW, "updated_at": NOW}
    return Mission.objects.create(repairer=repairer, external_id=number, **dates, **more)


@pytest.fixture
def active(db: None) -> None:
    config.CLAIMS360_ENABLED = True


def test_before_activation_nothing_leads_to_claims360(staff: User) -> None:
    shell = shell_for(staff)
    assert (shell.enabled, shell.claims360_url, shell.waiting) == (False, "", 0)
    assert shell.dossiers_url == "/dossiers/"
    assert shell.orders_url == "/commandes/"


def test_the_badge_counts_what_this_user_may_see(active: None, staff: User, helpdesk: User) -> None:
    mine = staff.sites.get().repairers.get()
    other = Repairer.objects.create(name="Autre", site=Site.objects.create(name="Gent"))
    waiting_mission(mine, "1")
    waiting_mission(other, "2")
    dossier = Dossier.objects.create(repairer=mine)
    filed = waiting_mission(mine, "3", state="dossier", dossier=dossier)
    dates = {"received_at": NOW, "updated_at": NOW}
    Quote.objects.create(repairer=mine, mission=filed, external_id="q", state="waiting", **dates)
    assert shell_for(staff).waiting == 2
    assert shell_for(helpdesk).waiting == 3


def test_two_statements_at_most(
    active: None, staff: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shell = shell_for(staff)
    with django_assert_num_queries(2):
        assert shell.enabled
        assert shell.waiting == 0
        assert shell.claims360_url == "/claims360/"
        assert shell.unread == 0


def test_nobody_gets_links_before_the_login(
    active: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shell = shell_for(AnonymousUser(), "/login/")
    with django_assert_num_queries(0):
        assert not any([shell.dossiers_url, shell.claims360_url, shell.help_url, shell.logout_url])
        assert not any([shell.enabled, shell.waiting, shell.unread, shell.admin_url])
    assert [code for code, _, _ in shell.languages] == ["fr", "nl", "de", "en"]


def test_admin_is_for_the_helpdesk(staff: User, helpdesk: User) -> None:
    assert shell_for(staff).admin_url == ""
    assert shell_for(helpdesk).admin_url == "/admin/"


def test_modules_that_live_elsewhere_are_links_by_setting(staff: User, settings: Settings) -> None:
    assert shell_for(staff).modules == []
    settings.SHELL_MODULES = {"pointage": "https://pointage.example/"}
    assert [(url, icon) for _, url, icon in shell_for(staff).modules] == [
        ("https://pointage.example/", "clock")
    ]


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("/aide/", "help"),
        ("/aide/keys/", "help"),
        ("/communication/", "communication"),
        ("/dossiers/", "dossiers"),
        ("/commandes/", "orders"),
        ("/claims360/", "claims360"),
    ],
)
def test_the_current_tab(staff: User, path: str, section: str) -> None:
    assert shell_for(staff, path).section == section


def test_retour_leads_to_planmanager_or_to_the_dossiers(staff: User, settings: Settings) -> None:
    assert shell_for(staff, "/aide/").back_url == "/dossiers/"
    assert shell_for(staff, "/dossiers/").back_url == ""
    settings.BACK_URL = "https://planmanager.example/"
    assert shell_for(staff, "/dossiers/").back_url == "https://planmanager.example/"

"""Tokens of integrations: made in admin, shown once, found by their hash, and over when they should be."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils import timezone

from repairers.access import repairers_of, visible
from repairers.models import ApiToken, Integration, Repairer, User
from tests.api.programs import IntegrationFactory, secret_of
from tests.dossiers.factories import DossierFactory, RepairerFactory

TOKENS = "/admin/repairers/apitoken/"


@pytest.fixture
def desk(client: Client, helpdesk: User) -> Client:
    client.force_login(helpdesk)
    return client


@pytest.fixture
def integration(repairer: Repairer) -> Integration:
    return IntegrationFactory(username="workshop", sites=[repairer.site])


def make(desk: Client, integration: Integration, **more: str) -> str:
    """What the helpdesk sees after it made a token."""
    until = timezone.localtime() + dt.timedelta(days=30)
    posted = {
        "integration": integration.pk,
        "scopes": ["read", "queue"],
        "expires_at_0": until.strftime("%Y-%m-%d"),
        "expires_at_1": "12:00:00",
        **more,
    }
    answer = desk.post(f"{TOKENS}add/", posted)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_helpdesk_makes_a_program_that_sees_a_site(desk: Client, repairer: Repairer) -> None:
    other = RepairerFactory()
    desk.post(
        "/admin/repairers/integration/add/",
        {"username": "workshop", "sites": [repairer.site.pk], "repairers": [other.pk], "is_active": "on"},
    )
    program = Integration.objects.get()
    assert set(repairers_of(program)) == {repairer, other}
    assert not program.has_usable_password() and not program.is_staff
    people = desk.get("/admin/repairers/user/").context["cl"].result_list
    assert [user.username for user in people] == ["helpdesk"]


def test_the_secret_shows_once_and_only_its_hash_is_kept(desk: Client, integration: Integration) -> None:
    [secret] = re.findall(r"<code>([\w-]{43})</code>", make(desk, integration))
    token = ApiToken.objects.get()
    assert ApiToken.valid(secret) == token
    assert (token.scopes, token.created_by.username) == (["read", "queue"], "helpdesk")
    assert secret not in str(ApiToken.objects.values())
    for url in (TOKENS, f"{TOKENS}{token.pk}/change/", f"{TOKENS}{token.pk}/history/", "/admin/"):
        page = desk.get(url).content.decode()
        assert secret not in page and token.digest not in page
    assert all(secret not in str(value) for value in desk.session.values())
    assert secret not in str(desk.cookies)


def test_a_token_that_has_ended_already_is_not_made(desk: Client, integration: Integration) -> None:
    assert "This moment has passed." in make(desk, integration, expires_at_0="2020-01-01")
    assert not ApiToken.objects.exists()


def test_a_revoked_token_opens_nothing(desk: Client, integration: Integration) -> None:
    secret, other = secret_of(integration), secret_of(integration)
    chosen = ApiToken.valid(secret)
    desk.post(TOKENS, {"action": "revoke", "_selected_action": [chosen.pk]})
    assert ApiToken.valid(secret) is None
    assert ApiToken.valid(other) is not None
    assert "revoked" in desk.get(f"{TOKENS}{chosen.pk}/history/").content.decode()


def test_so_does_one_that_has_expired_or_whose_program_is_switched_off(integration: Integration) -> None:
    assert ApiToken.valid(secret_of(integration, days=-0.01)) is None
    secret = secret_of(integration)
    assert ApiToken.valid(secret) is not None
    Integration.objects.update(is_active=False)
    assert ApiToken.valid(secret) is None


def test_a_program_sees_its_sites_and_single_repairers_each_once(
    repairer: Repairer, integration: Integration
) -> None:
    single, another = RepairerFactory.create_batch(2)
    integration.repairers.set([single, repairer])
    mine = [DossierFactory(repairer=one) for one in (repairer, single)]
    DossierFactory(repairer=another)
    assert list(repairers_of(integration).order_by("pk")) == [repairer, single]
    rows = visible(type(mine[0]).objects.order_by("pk"), integration)
    assert list(rows) == mine


def test_nobody_logs_in_as_a_program(client: Client, integration: Integration) -> None:
    for password in ("", "workshop", "!"):
        answer = client.post("/login/", {"username": "workshop", "password": password})
        assert answer.status_code == 200
    assert "_auth_user_id" not in client.session

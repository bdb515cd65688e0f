"""Signing in by OpenID Connect, against a provider over real HTTP: who comes in, as whom, and who does not."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from repairers.models import Repairer, Site, User
from tests.dossiers.factories import DossierFactory, MissionFactory, RepairerFactory
from tests.processes import PATIENCE
from tests.security.provider import CLIENT, SECRET, Provider, running_provider

BEGIN, CALLBACK, LOGIN = "/oidc/begin/", "/oidc/callback/", "/login/"
IN_FRAME = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def provider(settings: Settings, repairer: Repairer) -> Iterator[Provider]:
    """Anna works at the repairer's site, and is signed in with the provider."""
    with running_provider() as provider:
        settings.OIDC_ISSUER, settings.OIDC_NAME = provider.url, "Garage DMS"
        settings.OIDC_TIMEOUT = PATIENCE
        settings.OIDC_RP_CLIENT_ID, settings.OIDC_RP_CLIENT_SECRET = CLIENT, SECRET
        settings.OIDC_OP_AUTHORIZATION_ENDPOINT = f"{provider.url}/authorize"
        settings.OIDC_OP_TOKEN_ENDPOINT = f"{provider.url}/token"
        settings.OIDC_OP_USER_ENDPOINT = f"{provider.url}/userinfo"
        settings.OIDC_OP_JWKS_ENDPOINT = f"{provider.url}/keys"
        backends = [*settings.AUTHENTICATION_BACKENDS, "repairers.oidc.ProviderBackend"]
        settings.AUTHENTICATION_BACKENDS = backends
        provider.people["anna"] = {"given_name": "Anna", "sites": [repairer.site.name]}
        provider.signed_in = "anna"
        yield provider


def sign_in(client: Client, url: str = BEGIN, **headers: str) -> HttpResponse:
    """What the callback answers once the provider has been visited."""
    asked = client.get(url, headers=headers)
    answer = requests.get(asked.url, allow_redirects=False, timeout=PATIENCE)
    parts = urlsplit(answer.headers["Location"])
    return client.get(f"{parts.path}?{parts.query}", headers=headers)


def user_of(client: Client) -> User | None:
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


def test_somebody_comes_in_with_the_sites_of_the_claim(
    client: Client, provider: Provider, repairer: Repairer
) -> None:
    other = RepairerFactory()
    assert sign_in(client).url == "/"
    anna = user_of(client)
    assert anna is not None and (anna.username, anna.first_name) == ("oidc:anna", "Anna")
    assert [*anna.sites.all()] == [repairer.site] and not anna.has_usable_password()
    assert not anna.is_staff and not anna.is_superuser
    mine, theirs = DossierFactory(repairer=repairer), DossierFactory(repairer=other)
    assert client.get(f"/dossiers/{mine.pk}/").status_code == 200
    assert client.get(f"/dossiers/{theirs.pk}/").status_code == 404


def test_what_the_provider_says_holds_at_every_sign_in(client: Client, provider: Provider) -> None:
    other = RepairerFactory().site
    sign_in(client)
    provider.people["anna"] = {"sites": other.name, "given_name": "Anne"}
    sign_in(client)
    anna = User.objects.get(username="oidc:anna")
    assert ([*anna.sites.all()], anna.first_name) == ([other], "Anne")


def test_what_the_provider_has_as_null_is_nothing(client: Client, provider: Provider) -> None:
    provider.people["anna"] |= {"given_name": None, "family_name": None, "email": None}
    sign_in(client)
    anna = User.objects.get(username="oidc:anna")
    assert (anna.first_name, anna.last_name, anna.email) == ("", "", "")


@pytest.mark.parametrize(
    ("claims", "role", "comes_in", "is_staff"),
    [
        ({}, "", False, False),
        ({"sites": ["Nowhere"]}, "", False, False),
        ({"sites": [3, None]}, "", False, False),
        ({"role": "helpdesk"}, "", False, False),
        ({"role": ""}, "", False, False),
        ({"role": ["garage"]}, "helpdesk", False, False),
        ({"role": "helpdesk-of-another"}, "helpdesk", False, False),
        ({"role": "helpdesk"}, "helpdesk", True, True),
        ({"role": ["garage", "helpdesk"]}, "helpdesk", True, True),
        ({"is_staff": True, "is_superuser": True, "sites": ["{site}"]}, "helpdesk", True, False),
    ],
)
def test_nobody_is_of_the_helpdesk_unless_the_claim_says_so(
    client: Client,
    provider: Provider,
    settings: Settings,
    repairer: Repairer,
    claims: dict[str, Any],
    role: str,
    comes_in: bool,
    is_staff: bool,
) -> None:
    settings.OIDC_HELPDESK_ROLE = role
    named = [repairer.site.name] if claims.get("sites") == ["{site}"] else claims.get("sites")
    provider.people["anna"] = {**claims, "sites": named}
    sign_in(client)
    user = user_of(client)
    assert (user is not None) == comes_in
    assert user is None or (user.is_staff, user.is_superuser) == (is_staff, False)
    assert User.objects.filter(username="oidc:anna").exists() == comes_in


def test_who_is_not_of_the_helpdesk_any_more_is_not(
    client: Client, provider: Provider, settings: Settings, repairer: Repairer
) -> None:
    settings.OIDC_HELPDESK_ROLE = "helpdesk"
    provider.people["anna"]["role"] = "helpdesk"
    sign_in(client)
    provider.people["anna"]["role"] = "garage"
    sign_in(client)
    assert not User.objects.get(username="oidc:anna").is_staff


def test_the_helpdesk_still_owes_its_second_factor(
    client: Client, provider: Provider, settings: Settings
) -> None:
    settings.OIDC_HELPDESK_ROLE, settings.HELPDESK_SECOND_FACTOR = "helpdesk", True
    provider.people["anna"] = {"role": "helpdesk"}
    sign_in(client)
    assert client.get("/dossiers/").url.startswith("/second-factor/")


def test_a_name_or_address_of_the_provider_is_nobody_of_ours(
    client: Client, provider: Provider, helpdesk: User, repairer: Repairer
) -> None:
    User.objects.filter(pk=helpdesk.pk).update(email="desk@example.be")
    provider.people["helpdesk"] = {"sites": [repairer.site.name], "email": "desk@example.be"}
    provider.signed_in = "helpdesk"
    sign_in(client)
    user = user_of(client)
    assert user is not None and user != helpdesk and not user.is_staff


def test_who_was_made_inactive_does_not_come_in(client: Client, provider: Provider) -> None:
    sign_in(client)
    client.logout()
    User.objects.filter(username="oidc:anna").update(is_active=False)
    sign_in(client)
    assert user_of(client) is None


@pytest.mark.parametrize(
    "lies",
    [
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nonce": "of-another-sign-in"},
        {"nonce": None},
        {"sub": None},
        {"aud": None},
    ],
)
def test_a_token_that_is_not_for_us_lets_nobody_in(
    client: Client, provider: Provider, lies: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    provider.lies = lies
    client.cookies["language"] = "en"
    answer = sign_in(client)
    assert answer.url.startswith("/login/?failed=1")
    assert user_of(client) is None and not User.objects.filter(username__startswith="oidc:").exists()
    assert "A sign-in by OpenID Connect failed" in caplog.text and "anna" not in caplog.text
    assert "You could not be signed in" in client.get(answer.url).content.decode()


def test_a_token_that_another_signed(client: Client, provider: Provider) -> None:
    asked = client.get(BEGIN)
    location = requests.get(asked.url, allow_redirects=False, timeout=PATIENCE).headers["Location"]
    honest, forger = provider.key, rsa.generate_private_key(65537, 2048)
    original = provider.id_token

    def forged(user: str, nonce: str) -> str:
        provider.key = forger
        token = original(user, nonce)
        provider.key = honest
        return token

    provider.id_token = forged  # type: ignore[method-assign]
    parts = urlsplit(location)
    client.get(f"{parts.path}?{parts.query}")
    assert user_of(client) is None


def test_userinfo_about_somebody_else(client: Client, provider: Provider) -> None:
    provider.lies_of_userinfo = {"sub": "boss"}
    sign_in(client)
    assert user_of(client) is None


def test_a_provider_that_is_not_there(client: Client, provider: Provider, settings: Settings) -> None:
    settings.OIDC_OP_TOKEN_ENDPOINT = "http://127.0.0.1:9/token"
    assert sign_in(client).url.startswith("/login/?failed=1")


def test_an_answer_counts_once_and_in_its_own_session(client: Client, provider: Provider) -> None:
    asked = client.get(BEGIN)
    parts = urlsplit(requests.get(asked.url, allow_redirects=False, timeout=PATIENCE).headers["Location"])
    url = f"{parts.path}?{parts.query}"
    stranger = Client()
    assert stranger.get(url).url.startswith("/login/?failed=1")
    client.get(url)
    assert user_of(client) is not None
    assert client.get(url).url.startswith("/login/?failed=1")
    assert client.get(f"{CALLBACK}?error=access_denied").url.startswith("/login/?failed=1")
    assert user_of(client) is not None, "and it signs nobody out"
    client.logout()
    client.get(url)
    assert user_of(client) is None


def test_the_code_is_asked_for_with_proof_state_and_nonce(client: Client, provider: Provider) -> None:
    asked = parse_qs(urlsplit(client.get(BEGIN).url).query)
    assert asked["response_type"] == ["code"] and asked["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge", "redirect_uri"} <= set(asked)
    assert asked["redirect_uri"] == ["http://testserver/oidc/callback/"]


# --- the way there and back


@pytest.mark.parametrize("kind", ["mission by number", "mission by id", "dossier", "filter"])
def test_a_deep_link_survives_the_sign_in(
    client: Client, active: None, provider: Provider, repairer: Repairer, kind: str
) -> None:
    mission = MissionFactory(
        repairer=repairer, number="2026/0012345", number_key="20260012345", state="waiting"
    )
    dossier = DossierFactory(repairer=repairer)
    link = {
        "mission by number": "/claims360/missions/by-number/2026/0012345?embed=1",
        "mission by id": f"/claims360/missions/by-id/{mission.external_id}?embed=1",
        "dossier": f"/dossiers/{dossier.pk}/?embed=1",
        "filter": "/claims360/?state=waiting&plate=1-ABC&embed=1",
    }[kind]
    login = client.get(link, headers=IN_FRAME)
    begin = client.get(login.url, headers=IN_FRAME)
    assert begin.url.startswith(BEGIN), "in a frame nobody has to click"
    there = sign_in(client, begin.url, **IN_FRAME)
    assert there.url == link
    page = client.get(there.url, headers=IN_FRAME, follow=True)
    assert page.status_code == 200
    assert page.request["QUERY_STRING"].endswith("embed=1")
    if kind.startswith("mission"):
        assert page.request["PATH_INFO"] == f"/claims360/missions/{mission.pk}/"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(client: Client, provider: Provider, wanted: str) -> None:
    assert sign_in(client, f"{BEGIN}?next={wanted}").url == "/"


def test_in_a_frame_the_provider_is_not_to_ask(client: Client, provider: Provider) -> None:
    provider.signed_in = ""
    failed = sign_in(client, f"{BEGIN}?next=/dossiers/", **IN_FRAME)
    assert provider.asked[-1]["prompt"] == "none"
    assert failed.url == "/login/?failed=1&next=%2Fdossiers%2F"
    page = client.get(failed.url, headers=IN_FRAME).content.decode()
    assert "Garage DMS" in page and 'target="_blank"' in page and 'class="note' not in page
    assert "prompt" not in client.get(BEGIN).url, "in a window of its own it may"


def test_the_login_page_offers_both(client: Client, provider: Provider) -> None:
    page = client.get(f"{LOGIN}?next=/dossiers/").content.decode()
    assert f'href="{BEGIN}?next=%2Fdossiers%2F"' in page and 'name="password"' in page


def test_without_a_provider_there_is_nothing_of_it(client: Client, db: None) -> None:
    assert client.get(BEGIN).status_code == client.get(CALLBACK).status_code == 404
    assert "/oidc/" not in client.get(LOGIN).content.decode()


def test_passwords_still_work_beside_it(client: Client, provider: Provider, repairer: Repairer) -> None:
    user = User.objects.create_user("lotte", password="a-long-password")
    user.sites.set(Site.objects.all())
    client.post(LOGIN, {"username": "lotte", "password": "a-long-password"})
    assert user_of(client) == user

"""Winformex II sends over HTTP: by token, in any language, whatever comes."""

import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dossiers.models import Event, Mission, SetAside, WinformexToken
from dossiers.winformex import api, tokens
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory
from tests.processes import PATIENCE
from tests.winformex.test_receive import UNREADABLE
from tests.winformex.world import album, held, mission, picture, post, quote

NOTHING = {"received": 0, "new": 0, "updated": 0, "waiting": 0, "excluded": 0}


def test_a_mission_with_its_quote_and_its_album(server: str, secret: str, repairer: Repairer) -> None:
    first = post(server, secret, mission(quotes=[quote()]))
    assert (first.status_code, first.headers["Content-Type"]) == (200, "application/json")
    assert first.json()["missions"] == {**NOTHING, "received": 1, "new": 1, "waiting": 1}
    assert first.json()["quotes"] == {**NOTHING, "received": 1, "new": 1}
    assert post(server, secret, album(picture())).json()["photos"] == {
        "received": 1,
        "stored": 1,
        "failed": 0,
    }
    assert (held().repairer, held().state, held().photos.count()) == (repairer, "waiting", 1)
    assert post(server, secret, mission(quotes=[quote()])).json()["missions"] == {**NOTHING, "received": 1}


def test_it_may_send_before_and_after_activation(server: str, secret: str, active: None) -> None:
    assert post(server, secret, mission()).status_code == 200


def test_a_document_is_of_the_repairer_whose_token_it_came_with(server: str, secret: str) -> None:
    other = RepairerFactory()
    theirs = tokens.make(other, User.objects.get(username="helpdesk"))[1]
    assert post(server, theirs, mission()).status_code == 200
    assert held().repairer == other


@pytest.mark.parametrize(("document", "reason"), UNREADABLE, ids=lambda value: str(value)[:30])
def test_what_cannot_be_read_is_refused_with_its_reason_and_kept(
    server: str, secret: str, document: Any, reason: str
) -> None:
    answer = post(server, secret, document, **{"Accept-Language": "en"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["code"] == reason == SetAside.objects.get().reason


def test_a_photo_that_is_none_is_named(server: str, secret: str) -> None:
    answer = post(server, secret, album(picture(), b"no photo"), **{"Accept-Language": "en"})
    assert answer.status_code == 200
    [kept] = answer.json()["kept_aside"]
    assert (kept["kind"], kept["reason"]) == ("photo", "This file is no photo.")


@pytest.mark.parametrize(
    ("language", "words"), [("nl", "token"), ("de-BE", "Token"), ("fr-BE,en;q=0.5", "jeton"), ("xx", "jeton")]
)
def test_without_a_token_nothing_is_taken(
    server: str, transactional_db: None, language: str, words: str
) -> None:
    answer = requests.post(
        f"{server}/winformex/v2/documents",
        json=mission(),
        headers={"Accept-Language": language},
        timeout=PATIENCE,
    )
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], words in answer.json()["detail"]) == ("token-missing", True)


@pytest.mark.parametrize("wrong", ["", "x", "é", "x" * 5000])
def test_with_a_wrong_token_neither(server: str, secret: str, wrong: str) -> None:
    answer = post(server, wrong.encode().decode("latin-1"), mission())
    assert (answer.status_code, answer.json()["code"]) == (401, "token-unknown")
    assert not Mission.objects.exists()


def test_a_login_of_the_pages_is_no_token(client: Client, helpdesk: User) -> None:
    client.force_login(helpdesk)
    assert client.post("/winformex/v2/documents", mission(), "application/json").status_code == 401


def test_a_revoked_token_is_refused_from_then_on(server: str, secret: str, helpdesk: User) -> None:
    assert post(server, secret, mission()).status_code == 200
    tokens.revoke(WinformexToken.objects.get(), helpdesk)
    assert post(server, secret, mission()).json()["code"] == "token-unknown"
    verbs = list(Event.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs == ["winformex-token-made", "winformex-token-revoked"]


def test_its_last_use_is_noted(server: str, secret: str) -> None:
    assert WinformexToken.objects.get().last_used_at is None
    before = timezone.now()
    post(server, secret, mission())
    used = WinformexToken.objects.get().last_used_at
    assert used is not None and before <= used <= timezone.now()


def test_no_log_holds_the_token(
    server: str, secret: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        post(server, secret, mission())
        post(server, secret, b"no document")
        post(server, f"{secret}x", mission())
    assert "/winformex/v2/documents" in caplog.text
    assert secret not in caplog.text + "".join(capfd.readouterr())


def test_only_json_and_not_too_much_of_it(server: str, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "MAX_BYTES", 1000)
    assert post(server, secret, mission(), **{"Content-Type": "text/xml"}).status_code == 415
    answer = post(server, secret, mission(owner_address="x" * 1000))
    assert (answer.status_code, answer.json()["code"]) == (413, "document-too-large")
    assert requests.get(f"{server}/winformex/v2/documents", timeout=PATIENCE).status_code == 401


def test_a_program_that_repeats_itself_is_slowed_down(
    server: str, secret: str, helpdesk: User, settings: Settings
) -> None:
    """Each token by itself; it says when to come again."""
    cache.clear()
    settings.WINFORMEX_DOCUMENTS_PER_MINUTE = 2
    answers = [post(server, secret, mission(), **{"Accept-Language": "nl"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert (answers[2].json()["code"], answers[2].headers["Content-Language"]) == ("throttled", "nl")
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    assert post(server, tokens.make(RepairerFactory(), helpdesk)[1], mission()).status_code == 200


def test_a_full_disk_is_to_be_tried_later(
    server: str, secret: str, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "a file, no folder"
    settings.MEDIA_ROOT.write_text("")
    answer = post(server, secret, album(picture()))
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (
        503,
        "disk-error",
        "60",
    )
    assert not Mission.objects.exists()


# --- the token in admin ---------------------------------------------------------------------------------------------


def made(client: Client, repairer: Repairer) -> str:
    page = client.post("/admin/dossiers/winformextoken/add/", {"repairer": repairer.pk}).content.decode()
    found = re.search(r'<code id="secret">([\w-]+)</code>', page)
    assert found
    return found[1]


def test_the_helpdesk_makes_a_token_that_is_shown_once(
    client: Client, helpdesk: User, repairer: Repairer
) -> None:
    client.force_login(helpdesk)
    secret = made(client, repairer)
    token = WinformexToken.found(secret)
    assert token is not None and (token.repairer, token.created_by) == (repairer, helpdesk)
    assert (
        client.post(
            "/winformex/v2/documents",
            mission(),
            "application/json",
            headers={"Authorization": f"bearer {secret}"},
        ).status_code
        == 200
    )
    for place in ("", f"{token.pk}/change/", f"{token.pk}/history/"):
        page = client.get(f"/admin/dossiers/winformextoken/{place}").content.decode()
        assert token.ending in page or "history" in place
        assert secret not in page


def test_the_helpdesk_revokes_it(client: Client, helpdesk: User, repairer: Repairer) -> None:
    client.force_login(helpdesk)
    token = WinformexToken.found(made(client, repairer))
    assert token is not None
    for _ in range(2):
        client.post("/admin/dossiers/winformextoken/", {"action": "revoke", "_selected_action": [token.pk]})
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert Event.objects.filter(verb="winformex-token-revoked").count() == 1


def test_only_its_hash_is_kept(client: Client, helpdesk: User, repairer: Repairer) -> None:
    client.force_login(helpdesk)
    secret = made(client, repairer)
    kept = json.dumps(list(WinformexToken.objects.values()), default=str)
    assert secret not in kept and WinformexToken.objects.get().digest in kept
    assert not any(secret in str(cookie) for cookie in client.cookies.values())

"""What holds for every request to the API: token, scope, limit, language, state, and a deed done once."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dossiers.models import Dossier, Event
from planmanager.retention import delete_what_is_old
from repairers.models import ApiToken, Integration, KeptAnswer, Repairer, User
from tests.api.programs import Program, secret_of
from tests.dossiers.factories import DossierFactory


@pytest.fixture
def dossier(repairer: Repairer) -> Dossier:
    return DossierFactory(repairer=repairer, plate="1-ABC-234", owner_name="Carlier")


def new(repairer: Repairer, **more: Any) -> dict[str, Any]:
    return {"repairer": repairer.pk, "plate": "1-NEW-001", **more}


# --- Token, scope, limit


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic abc", "Bearer a b", "Bearer é"])
def test_without_a_valid_token_nothing_is_told(db: None, client: Client, header: str) -> None:
    answer = client.get("/api/v1/dossiers", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "token-missing"


def test_the_session_of_a_browser_counts_for_nothing(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert client.get("/api/v1/dossiers").status_code == 401


def test_a_token_is_for_its_scopes(integration: Integration, repairer: Repairer, dossier: Dossier) -> None:
    reader = Program(secret_of(integration, "read"))
    assert reader.get("dossiers").status_code == 200
    refused = reader.post("dossiers", new(repairer))
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    assert "“dossiers”" in refused.json()["detail"]
    assert reader.get("options").status_code == 403
    assert Dossier.objects.count() == 1


def test_the_last_use_is_noted_and_a_revoked_token_is_refused_at_once(program: Program) -> None:
    assert program.get("dossiers").status_code == 200
    token = ApiToken.objects.get()
    assert token.last_used_at is not None
    token.revoke()
    assert program.get("dossiers").status_code == 401


def test_reads_and_writes_of_a_token_are_limited_apart(
    settings: Settings, program: Program, integration: Integration, dossier: Dossier
) -> None:
    settings.API_READS_PER_MINUTE, settings.API_WRITES_PER_MINUTE = 2, 1
    path = f"dossiers/{dossier.pk}"
    assert [program.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert [program.patch(path, {"make": "Fiat"}).status_code for _ in range(2)] == [200, 429]
    refused = program.get(path)
    assert refused.json()["code"] == "throttled" and 0 < int(refused["Retry-After"]) <= 60
    assert Program(secret_of(integration)).get(path).status_code == 200


# --- Refusals


@pytest.mark.parametrize(
    ("asked", "answered", "detail"),
    [
        ("fr", "fr", "Il n'y a rien ici que ce jeton puisse voir."),
        ("nl-BE,nl;q=0.9", "nl", "Hier is niets dat dit token mag zien."),
        ("de", "de", "Hier ist nichts, was dieses Token sehen darf."),
        ("tlh", "fr", "Il n'y a rien ici que ce jeton puisse voir."),
    ],
)
def test_a_refusal_is_told_in_the_language_asked_for(
    program: Program, asked: str, answered: str, detail: str
) -> None:
    answer = program.get("dossiers/999999", accept_language=asked)
    assert (answer.status_code, answer["Content-Language"]) == (404, answered)
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not-found",
        "detail": detail,
    }


def test_each_mistake_is_named_with_its_field(program: Program, repairer: Repairer) -> None:
    answer = program.post(
        "dossiers", new(repairer, mileage=-1, damage_zones=["moon"], occurred_on="1.2.2026")
    )
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "validation")
    assert {error["field"] for error in problem["errors"]} == {"mileage", "damage_zones", "occurred_on"}
    assert not Dossier.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        ("{", "application/json", 400, "parse-error"),
        ("[]", "application/json", 422, "validation"),
        ("a=b", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
    ],
)
def test_a_body_that_is_none(program: Program, body: str, kind: str, status: int, code: str) -> None:
    for headers in ({}, {"Idempotency-Key": "k"}):
        answer = program.client.post("/api/v1/dossiers", body, kind, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_address_that_is_none_and_a_method_that_is_none(program: Program, dossier: Dossier) -> None:
    for path in ("nowhere", "dossiers/", f"dossiers/{2**70}", f"missions/{dossier.pk}/steal"):
        assert program.get(path).status_code == 404, path
    wrong = program.client.delete(f"/api/v1/dossiers/{dossier.pk}")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
    assert wrong["Allow"] == "GET, HEAD, PATCH"


REFUSED_BEFORE_A_VIEW = [
    ("GET", "/api/v2/missions", {}, 404, "Nicht gefunden."),
    ("GET", "/api/v1/dossiers", {"Host": "elsewhere.invalid"}, 400, "Fehlerhafte Anfrage."),
    ("GET", "/winformex/v2/documents", {"Host": "elsewhere.invalid"}, 400, "Fehlerhafte Anfrage."),
    ("GET", "/api/v1/dossiers", {"Accept": "text/html"}, 406, ""),
    ("DELETE", "/api/v1/dossiers", {}, 405, ""),
]


@pytest.mark.parametrize(("method", "path", "headers", "status", "detail"), REFUSED_BEFORE_A_VIEW)
def test_what_no_view_is_asked_for_is_told_in_the_same_way(
    program: Program, method: str, path: str, headers: dict[str, str], status: int, detail: str
) -> None:
    answer = program.client.generic(method, path, headers={"Accept-Language": "de", **headers})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], answer["Content-Language"]) == (status, "de")
    assert detail in answer.json()["detail"] != ""


def test_what_nobody_foresaw_says_nothing_of_itself(
    program: Program, client: Client, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does the page of a person."""
    monkeypatch.setattr("dossiers.filters.key", lambda _text: 1 / 0)
    program.client.raise_request_exception = client.raise_request_exception = False
    answer = program.get("dossiers", {"plate": "x"}, accept_language="nl")
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert (answer.json()["code"], answer["Content-Language"]) == ("error", "nl")
    assert answer.json()["detail"].startswith("De fout is geregistreerd.")
    assert "division" not in answer.content.decode()
    client.force_login(staff)
    page = client.get("/dossiers/?plate=x")
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (500, "text/html")


def test_a_body_that_is_too_large_is_not_read(
    settings: Settings, program: Program, repairer: Repairer
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    dossier = DossierFactory(repairer=repairer)
    long = "x" * 1000
    answers = [
        program.post("dossiers", new(repairer, circumstances=long)),
        program.client.post(f"/api/v1/dossiers/{dossier.pk}/photos", {"caption": long}),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(413, "too-large")] * 2


# --- State


def test_what_the_program_holds_is_not_sent_again(program: Program, dossier: Dossier) -> None:
    for path in ("dossiers", f"dossiers/{dossier.pk}"):
        etag = program.get(path)["ETag"]
        same = program.get(path, if_none_match=etag)
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
        Dossier.objects.update(make=path)
        assert program.get(path, if_none_match=etag).status_code == 200


def test_nobody_writes_over_what_they_have_not_seen(program: Program, dossier: Dossier) -> None:
    path = f"dossiers/{dossier.pk}"
    seen = program.get(path)["ETag"]
    assert program.patch(path, {"make": "Fiat"}, if_match=seen).status_code == 200
    late = program.patch(path, {"make": "Ford"}, if_match=seen)
    assert (late.status_code, late.json()["code"]) == (412, "changed-meanwhile")
    dossier.refresh_from_db()
    assert dossier.make == "Fiat"
    assert program.patch(path, {"make": "Ford"}, if_match="*").status_code == 200


# --- A deed done once


def test_a_repeated_key_does_its_deed_once_and_answers_the_same(program: Program, repairer: Repairer) -> None:
    first = program.post("dossiers", new(repairer), idempotency_key="k-1")
    again = program.post("dossiers", {"plate": "1-NEW-001", "repairer": repairer.pk}, idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again["Idempotent-Replayed"] == "true"
    assert Dossier.objects.count() == 1
    assert program.post("dossiers", new(repairer), idempotency_key="k-2").status_code == 201
    assert Dossier.objects.count() == 2


def test_a_key_is_for_one_request(program: Program, repairer: Repairer, dossier: Dossier) -> None:
    program.post("dossiers", new(repairer), idempotency_key="k")
    others = [
        program.post("dossiers", new(repairer, make="Fiat"), idempotency_key="k"),
        program.patch(f"dossiers/{dossier.pk}", new(repairer), idempotency_key="k"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in others] == [(422, "idempotency-key-reused")] * 2
    assert program.post("dossiers", new(repairer), idempotency_key="x" * 256).status_code == 400


def test_a_refused_deed_leaves_its_key_unused(program: Program, repairer: Repairer) -> None:
    assert program.post("dossiers", new(repairer, mileage=-1), idempotency_key="k").status_code == 422
    assert program.post("dossiers", new(repairer), idempotency_key="k").status_code == 201


def test_a_key_counts_for_24_hours_and_is_thrown_away_at_night(program: Program, repairer: Repairer) -> None:
    def ask() -> bool:
        """Whether it was answered as before."""
        answer = program.post("dossiers", new(repairer), idempotency_key="k")
        return "Idempotent-Replayed" in answer

    ask()
    KeptAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=23))
    delete_what_is_old()
    assert ask()
    KeptAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    assert not ask(), "it is over, though nobody has thrown it away yet"
    KeptAnswer.objects.update(created_at=timezone.now() - dt.timedelta(hours=25))
    delete_what_is_old()
    assert not KeptAnswer.objects.exists()
    assert Dossier.objects.count() == 2


def test_sessions_that_have_ended_are_thrown_away_too(client: Client, staff: User) -> None:
    client.force_login(staff)
    delete_what_is_old()
    assert Session.objects.count() == 1
    Session.objects.update(expire_date=timezone.now())
    delete_what_is_old()
    assert not Session.objects.exists()


def test_the_history_names_the_program_and_where_it_asked_from(program: Program, repairer: Repairer) -> None:
    program.client.post("/api/v1/dossiers", new(repairer), "application/json", REMOTE_ADDR="192.0.2.7")
    event = Event.objects.get()
    assert (event.verb, event.actor_name, event.address) == ("dossier-created", "workshop", "192.0.2.7")

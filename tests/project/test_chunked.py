"""A body that comes in chunks, as the web server hands it on: without a length, until it ends."""

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from planmanager import chunked
from planmanager.api.problems import too_large


def program(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Reads as much as it was told that there is, as Django does."""
    start_response("200 OK", [])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", 0)))]


def asked(body: bytes, **environ: Any) -> tuple[str, bytes]:
    said: list[str] = []
    known = {
        "wsgi.input": io.BytesIO(body),
        "HTTP_TRANSFER_ENCODING": "chunked",
        "REQUEST_METHOD": "POST",
        **environ,
    }
    answer = chunked.WithLength(program, too_large)(known, lambda status, _headers: said.append(status))
    return said[0], b"".join(answer)


def test_it_is_read_to_its_end() -> None:
    assert asked(b"mission" * 300_000) == ("200 OK", b"mission" * 300_000)


def test_one_with_a_length_is_left_to_the_program() -> None:
    assert asked(b"mission", HTTP_TRANSFER_ENCODING="", CONTENT_LENGTH="3") == ("200 OK", b"mis")


def test_one_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunked, "MOST", 1000)
    assert asked(b"x" * 1000)[0] == "200 OK"
    assert asked(b"x" * 1001, PATH_INFO="/login/") == ("413 Request Entity Too Large", b"")


@pytest.mark.parametrize(
    ("path", "code"),
    [("/api/v1/dossiers", "too-large"), ("/winformex/v2/documents", "document-too-large")],
)
@pytest.mark.parametrize(("language", "said"), [("nl", "hoogstens"), ("fr", " au "), ("en", "at most")])
def test_a_program_is_told_so_in_its_language(
    monkeypatch: pytest.MonkeyPatch, path: str, code: str, language: str, said: str
) -> None:
    monkeypatch.setattr(chunked, "MOST", 1000)
    status, body = asked(b"x" * 1001, PATH_INFO=path, HTTP_ACCEPT_LANGUAGE=language)
    problem = json.loads(body)
    assert (status, problem["status"], problem["code"]) == ("413 Request Entity Too Large", 413, code)
    assert said in problem["detail"]

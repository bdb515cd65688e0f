"""HTTP with Claims360: how often it is asked, what each answer means, and what never leaves."""

import datetime as dt
import email.utils
import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import responses
import time_machine
from responses import matchers

from claims360_link import payloads
from claims360_link.addresses import refuse_private
from claims360_link.client import Claims360Client
from claims360_link.errors import (
    BadCredentials,
    Claims360Error,
    CursorExpired,
    MissionClosed,
    NotFound,
    Rejected,
    TryLater,
    Unreachable,
    UnreadableAnswer,
)
from claims360_link.multipart import Multipart

BASE = "http://claims360.test/v1"
KEY = "a-very-secret-key"
PAGE = {"items": [], "next_cursor": "c1", "has_more": False}


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(slept: list[float]) -> Claims360Client:
    return Claims360Client(f"{BASE}/", "475", KEY, session=requests.Session(), sleep=slept.append)


def test_what_is_asked(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(f"{BASE}/changes", json=PAGE)
    assert client.changes(None, 50).next_cursor == "c1"
    client.changes("a b&c", 50)
    first, second = (call.request for call in http.calls)
    assert (first.params, second.params) == ({"limit": "50"}, {"limit": "50", "cursor": "a b&c"})  # type: ignore[attr-defined]
    assert (first.headers["X-Api-Key"], first.headers["X-Bodyshop-Id"]) == (KEY, "475")
    assert KEY not in str(first.url)
    assert "Authorization" not in first.headers


def test_ids_are_quoted(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(f"{BASE}/missions/..%2F..%3Fx/quotes", json=[])
    http.get(f"{BASE}/missions/..%2F..%3Fx", json={"id": "../..?x", "number": "1"})
    http.get(f"{BASE}/missions/..%2F..%3Fx/photos", json=[])
    [mission] = client.as_it_stands("../..?x")
    assert (mission.id, mission.version) == ("../..?x", payloads.AS_IT_STANDS)


def test_other_header_names(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/changes", json=PAGE, match=[matchers.header_matcher({"Key": KEY, "Shop": "475"})])
    Claims360Client(BASE, "475", KEY, header_names=("Key", "Shop"), session=requests.Session()).changes(None)


@pytest.mark.parametrize(
    ("status", "code", "kind", "named"),
    [
        (400, "bad-cursor", Rejected, "bad-cursor"),
        (401, "key-unknown", BadCredentials, "key-unknown"),
        (401, "", BadCredentials, "key-unknown"),
        (403, "", BadCredentials, "key-scope"),
        (404, "not-found", NotFound, "not-found"),
        (404, "", NotFound, "http-404"),
        (404, "x" * 200, NotFound, "x" * 64),  # as much as a row holds
        (408, "", TryLater, "outage"),
        (409, "mission-closed", MissionClosed, "mission-closed"),
        (410, "", CursorExpired, "cursor-expired"),
        (413, "photo-too-large", Rejected, "photo-too-large"),
        (422, "validation", Rejected, "validation"),
        (425, "", TryLater, "outage"),
        (429, "rate-limited", TryLater, "rate-limited"),
        (500, "internal", TryLater, "outage"),
        (502, "", TryLater, "outage"),
        (503, "", TryLater, "maintenance"),
        (302, "", UnreadableAnswer, "answer-unreadable"),
    ],
)
def test_what_an_answer_means(
    http: responses.RequestsMock,
    client: Claims360Client,
    status: int,
    code: str,
    kind: type[Claims360Error],
    named: str,
) -> None:
    problem = {"code": code, "detail": "because", "correlation_id": "42", "errors": [{"field": "plate"}, "x"]}
    http.get(f"{BASE}/changes", json=problem, status=status, content_type="application/problem+json")
    with pytest.raises(Claims360Error) as refused:
        client.changes(None)
    assert type(refused.value) is kind
    assert refused.value.code == named
    if status != 302:
        assert (refused.value.detail, refused.value.correlation_id) == ("because", "42")
    if isinstance(refused.value, Rejected):
        assert (refused.value.status, refused.value.errors) == (status, [{"field": "plate"}])
    assert len(http.calls) == (3 if isinstance(refused.value, TryLater) else 1)
    assert KEY not in repr(refused.value)


@pytest.mark.parametrize("body", ["<html>", "", "[1]", '{"code": 5, "detail": ["x"]}', "[" * 100_000])
def test_a_problem_that_is_none(http: responses.RequestsMock, client: Claims360Client, body: str) -> None:
    http.get(f"{BASE}/changes", body=body, status=422)
    with pytest.raises(Rejected) as refused:
        client.changes(None)
    assert (refused.value.code, refused.value.detail) == ("http-422", "HTTP 422")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (requests.ConnectionError(), "unreachable"),
        (requests.ReadTimeout(), "timeout"),
        (requests.ConnectTimeout(), "timeout"),
    ],
)
def test_no_answer(http: responses.RequestsMock, client: Claims360Client, body: Exception, kind: str) -> None:
    http.get(f"{BASE}/changes", body=body)
    with pytest.raises(Unreachable) as lost:
        client.changes(None)
    assert (lost.value.code, len(http.calls)) == (kind, 3)


@pytest.mark.parametrize("kind", ["text/html", "text/plain", ""])
def test_an_answer_of_another_type(http: responses.RequestsMock, client: Claims360Client, kind: str) -> None:
    http.get(f"{BASE}/changes", body="{}", content_type=kind)
    with pytest.raises(UnreadableAnswer):
        client.changes(None)


def test_no_cookie_goes_from_one_body_shop_to_the_next(http: responses.RequestsMock) -> None:
    http.get(f"{BASE}/changes", json=PAGE, headers={"Set-Cookie": "session=of-475; Path=/"})
    for bodyshop_id in ("475", "476"):
        Claims360Client(BASE, bodyshop_id, KEY).changes(None)
    assert [call.request.headers.get("Cookie") for call in http.calls] == [None, None]


def test_better_at_the_second_try(
    http: responses.RequestsMock, client: Claims360Client, slept: list[float]
) -> None:
    http.get(f"{BASE}/changes", status=429, headers={"Retry-After": "3"})
    http.get(f"{BASE}/changes", json=PAGE)
    assert client.changes(None).next_cursor == "c1"
    (seconds,) = slept
    assert 3 <= seconds < 6


def test_a_long_wait_is_for_the_caller(
    http: responses.RequestsMock, client: Claims360Client, slept: list[float]
) -> None:
    http.get(f"{BASE}/changes", status=429, headers={"Retry-After": "60"})
    with pytest.raises(TryLater) as later:
        client.changes(None)
    assert (later.value.retry_after, slept, len(http.calls)) == (60.0, [], 1)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("90", 90.0),
        ("99999999999", 3600.0),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("", None),
        ("٣", None),
        (email.utils.format_datetime(dt.datetime(2026, 3, 1, 8, 2, tzinfo=dt.UTC), usegmt=True), 120.0),
        ("Sun, 01 Mar 2026 07:00:00 GMT", 0.0),
        ("Sun, 01 Mar 2026 08:01:00", 60.0),
        ("Sun, 99 Mar 2026 08:01:00 GMT", None),
    ],
)
def test_retry_after(
    http: responses.RequestsMock, client: Claims360Client, value: str, seconds: float | None
) -> None:
    http.get(f"{BASE}/changes", status=503, headers={"Retry-After": value.encode().decode("latin-1")})
    with (
        time_machine.travel(dt.datetime(2026, 3, 1, 8, tzinfo=dt.UTC), tick=False),
        pytest.raises(TryLater) as later,
    ):
        client.changes(None)
    assert later.value.retry_after == seconds


# --- returning ----------------------------------------------------------------------------------------------------


def test_a_return_is_never_repeated_by_itself(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.post(f"{BASE}/missions", status=503)
    http.put(f"{BASE}/missions/m1/vehicle", status=503)
    for send in (
        lambda: client.open_mission("P", 5, "key-1"),
        lambda: client.return_vehicle("m1", "P", 5, "key-2"),
    ):
        with pytest.raises(TryLater):
            send()
    assert len(http.calls) == 2


def test_what_a_return_carries(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.put(
        f"{BASE}/missions/m1/vehicle",
        json={"mission_id": "m1"},
        match=[matchers.json_params_matcher({"plate": "1-ABC-234", "mileage": 5})],
    )
    assert client.return_vehicle("m1", "1-ABC-234", 5, "key-2").mission_id == "m1"
    assert http.calls[0].request.headers["Idempotency-Key"] == "key-2"


def test_a_photo_is_streamed_with_its_length(http: responses.RequestsMock, client: Claims360Client) -> None:
    seen: dict[str, Any] = {}

    def answer(request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        seen.update(body=request.body, length=request.headers["Content-Length"])
        return 201, {}, '{"id": "p1", "mission_id": "m1", "sha256": "' + "a" * 64 + '"}'

    http.add_callback(responses.POST, f"{BASE}/missions/m1/photos", answer, content_type="application/json")
    client.return_photo("m1", io.BytesIO(b"JPEG"), 'é"\r\nx.jpg', "été", "image/jpeg", "key-3")
    assert int(seen["length"]) == len(seen["body"])
    assert b"JPEG\r\n--" in seen["body"]
    assert "été".encode() in seen["body"]
    assert b'filename="%C3%A9%22%0D%0Ax.jpg"' in seen["body"]


def test_a_form_is_read_in_any_pieces() -> None:
    form = Multipart(io.BytesIO(b"x" * 1000), "a.jpg", "image/jpeg", {"caption": "c"})
    whole = Multipart(io.BytesIO(b"x" * 1000), "a.jpg", "image/jpeg", {"caption": "c"})
    pieces = b"".join(iter(lambda: form.read(7), b""))
    assert len(pieces) == len(form) == len(whole.read())
    assert pieces.count(b"x" * 1000) == 1


# --- photos -------------------------------------------------------------------------------------------------------

CONTENT = f"{BASE}/photos/p1/content"


def test_a_photo_goes_on_where_it_was_cut(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, body=b"89", status=206)
    with client.photo_content("p1", offset=8, etag="abc") as stream:
        assert (stream.start, b"".join(stream.chunks())) == (8, b"89")
    sent = http.calls[0].request.headers
    assert (sent["Range"], sent["If-Range"]) == ("bytes=8-", '"abc"')


def test_a_photo_that_starts_again(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, body=b"0123456789")
    with client.photo_content("p1", offset=8, etag="abc") as stream:
        assert (stream.start, b"".join(stream.chunks())) == (0, b"0123456789")


def test_a_signed_link_gets_no_key(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, status=302, headers={"Location": "/signed/token"})
    http.get("http://claims360.test/signed/token", body=b"JPEG")
    with client.photo_content("p1") as stream:
        assert b"".join(stream.chunks()) == b"JPEG"
    signed = http.calls[1].request.headers
    assert "X-Api-Key" not in signed and "X-Bodyshop-Id" not in signed


def test_an_expired_link_is_tried_anew(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, status=302, headers={"Location": "/signed/token"})
    http.get("http://claims360.test/signed/token", status=404)
    with pytest.raises(TryLater) as later, client.photo_content("p1"):
        pass
    assert later.value.code == "link-expired"


def test_an_expired_links_403_is_no_word_on_the_keys(
    http: responses.RequestsMock, client: Claims360Client
) -> None:
    http.get(CONTENT, status=302, headers={"Location": "/signed/token"})
    http.get(
        "http://claims360.test/signed/token", status=403, body="<Error/>", content_type="application/xml"
    )
    with pytest.raises(Claims360Error) as later, client.photo_content("p1"):
        pass
    assert isinstance(later.value, TryLater)
    assert later.value.code == "link-expired"


def test_a_link_that_leads_on_is_not_followed(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, status=302, headers={"Location": "/signed/token"})
    http.get("http://claims360.test/signed/token", status=302, headers={"Location": "http://10.0.0.1/"})
    with pytest.raises(UnreadableAnswer) as refused, client.photo_content("p1"):
        pass
    assert refused.value.code == "redirected-twice"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x",
        "http://10.1.2.3/x",
        "http://169.254.169.254/latest",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://0.0.0.0/x",
        "http://localhost:1234/x",
        "ftp://claims360.test/x",
        "file:///etc/passwd",
        "",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(TryLater):
        refuse_private(url, "https://claims360.example/v1" if url.startswith("https") else BASE)


def test_off_https_is_refused_and_the_own_host_is_not() -> None:
    with pytest.raises(UnreadableAnswer):
        refuse_private("http://8.8.8.8/x", "https://8.8.8.8/v1")
    refuse_private("https://8.8.8.8/x", "https://claims360.example/v1")
    refuse_private("http://127.0.0.1:9360/signed", "http://127.0.0.1:9360/v1")
    with pytest.raises(UnreadableAnswer):
        refuse_private("http://127.0.0.1:6379/", "http://127.0.0.1:9360/v1")


def test_what_is_too_large_is_refused(http: responses.RequestsMock, client: Claims360Client) -> None:
    http.get(CONTENT, body=b"x" * (40 * 1024 * 1024 + 1))
    with client.photo_content("p1") as stream, pytest.raises(Rejected) as refused:
        for _ in stream.chunks():
            pass
    assert refused.value.code == "photo-too-large"

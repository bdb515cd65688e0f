"""Answers that are no success, as errors named by what to do about them."""

import datetime as dt
import email.utils
import json
from typing import Any

import requests

from claims360_link.errors import (
    BadCredentials,
    Claims360Error,
    CursorExpired,
    MissionClosed,
    NotFound,
    Rejected,
    TryLater,
    UnreadableAnswer,
)

LONGEST_WAIT = 3600.0  # seconds; whoever asks for more is asked again after an hour
LONGEST_CODE = 64  # characters: what the columns of an error hold, whatever somebody answers
MAINTENANCE, RATE_LIMITED = "maintenance", "rate-limited"


def require_json(response: requests.Response) -> None:
    """Raises UnreadableAnswer for an answer of another type than JSON."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnreadableAnswer("answer-unreadable", f"of type {kind[:60] or 'unknown'}")


def error_of(response: requests.Response, body: bytes) -> Claims360Error:
    """What an answer means that is no success: 401 `key-unknown`, 429 `rate-limited`, … (contract, "Problem")."""
    status, problem = response.status_code, _problem(body)
    detail = _text(problem, "detail") or _text(problem, "title") or f"HTTP {status}"
    about = (detail, _text(problem, "correlation_id"))
    code = _text(problem, "code")[:LONGEST_CODE]
    if status in (401, 403):
        return BadCredentials(code or ("key-unknown" if status == 401 else "key-scope"), *about)
    if status == 410:
        return CursorExpired(code or "cursor-expired", *about)
    if status == 429:
        return TryLater(RATE_LIMITED, *about, retry_after=retry_after(response))
    if status in (408, 425) or status >= 500:
        later = MAINTENANCE if code == MAINTENANCE or status == 503 else "outage"
        return TryLater(later, *about, retry_after=retry_after(response))
    if 300 <= status < 400:
        return UnreadableAnswer("answer-unreadable", f"HTTP {status}")
    kind = {404: NotFound, 409: MissionClosed}.get(status, Rejected)
    return kind(code or f"http-{status}", *about, status=status, errors=_errors(problem))


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the answer asks to wait, from either form of Retry-After; None where it does not say."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT)
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=dt.UTC)
    seconds = (at - dt.datetime.now(dt.UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _problem(body: bytes) -> dict[str, Any]:
    try:
        problem = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _text(problem: dict[str, Any], name: str) -> str:
    value = problem.get(name)
    return value.replace("\x00", "")[:255] if isinstance(value, str) else ""


def _errors(problem: dict[str, Any]) -> list[dict[str, Any]]:
    errors = problem.get("errors")
    return [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []

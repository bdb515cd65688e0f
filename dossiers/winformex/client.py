"""HTTP with Winformex II: what it still takes. No database, no Django.

Both calls put something under a name of ours, so that either can be repeated at any time and nothing is there twice.
"""

import functools
from typing import Any, BinaryIO
from urllib.parse import quote

import requests
from requests.auth import AuthBase

TIMEOUT = (5.0, 20.0)  # seconds for a connection, and between two pieces of an answer
TAKEN = (200, 201)
LATER = (408, 425, 429)
LONGEST_WAIT = 3600.0  # seconds


class WinformexError(Exception):
    """`code` is one of `dossiers.sentences`; `detail` holds no token."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class TryLater(WinformexError):
    """An outage, a limit, a timeout: nothing is wrong with what was sent. `retry_after` in seconds, where known."""

    def __init__(self, code: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after


class Refused(WinformexError):
    """Refused for good: a person must look at it."""


class Token(AuthBase):
    """The one token, if there is one; no login of a .netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@functools.cache
def shared_session() -> requests.Session:
    """The process's one pool of connections; the token goes with each request, never into the session."""
    return requests.Session()


class WinformexClient:
    """Speaks for one mailbox. Every method raises TryLater or Refused."""

    def __init__(
        self, base_url: str, mailbox: str, token: str = "", *, timeout: tuple[float, float] = TIMEOUT
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/mailboxes/{_quoted(mailbox)}/files"
        self._auth, self._timeout = Token(token), timeout

    def put_vehicle(self, reference: str, plate: str, mileage: int) -> None:
        """PUT …/files/{reference}: the plate and mileage (km) of the file that we call `reference`."""
        self._put(f"{self._url}/{_quoted(reference)}", json={"plate": plate, "mileage": mileage})

    def put_photo(self, reference: str, sha256: str, file: BinaryIO, mime: str) -> None:
        """PUT …/files/{reference}/photos/{sha256}: one photo, streamed from `file`."""
        url = f"{self._url}/{_quoted(reference)}/photos/{sha256}"
        self._put(url, data=file, headers={"Content-Type": mime})

    def _put(self, url: str, **said: Any) -> None:
        try:
            with shared_session().put(
                url, auth=self._auth, timeout=self._timeout, allow_redirects=False, stream=True, **said
            ) as response:
                _require_taken(response)
        except requests.Timeout as error:
            raise TryLater("winformex-timeout", type(error).__name__) from None
        except requests.RequestException as error:
            raise TryLater("winformex-unreachable", type(error).__name__) from None


def _require_taken(response: requests.Response) -> None:
    """The answer's status and type say all; its body is not read."""
    status, told = response.status_code, f"HTTP {response.status_code}"
    if status in LATER or status >= 500:
        raise TryLater("winformex-down", told, _retry_after(response))
    if status not in TAKEN:
        raise Refused("winformex-refused", told)
    if "json" not in response.headers.get("Content-Type", ""):
        raise TryLater("winformex-down", f"{told}, and no answer of Winformex II")


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return min(float(value), LONGEST_WAIT) if value.isascii() and value.isdigit() else None


def _quoted(part: str) -> str:
    return quote(part, safe="")

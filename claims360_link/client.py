"""HTTP with Claims360: one call of the contract, one method. No database, no Django."""

import contextlib
import functools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import BinaryIO, TypeVar
from urllib.parse import quote, urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from claims360_link import answers, payloads, reading
from claims360_link.addresses import is_own, only_public, refuse_private
from claims360_link.errors import (
    BadCredentials,
    Claims360Error,
    Rejected,
    TryLater,
    Unreachable,
    UnreadableAnswer,
)
from claims360_link.multipart import Multipart
from claims360_link.pace import Pace

ATTEMPTS = 3
DEADLINE = 120.0  # seconds for one answer, however slowly it drips
PAGE_BYTES = 64 * 1024 * 1024
PHOTO_BYTES = 40 * 1024 * 1024
CHUNK = 16 * 1024  # bytes of a photo; what is cut within one is lost, so a large one would be fetched again
PAGE_CHUNK = 256 * 1024  # bytes of an answer that is cut: all of it is fetched again
REDIRECTS = (301, 302, 303, 307, 308)
Read = TypeVar("Read")
Observe = Callable[[str, str, float], None]  # the call, how it was answered, seconds


class NoOtherAuth(AuthBase):
    """Keeps requests from adding a login of a .netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


@functools.cache
def shared_session() -> requests.Session:
    """The process's one pool of connections. Keys go with each request, never into the session; nor does a cookie,
    which the next body shop would bring along.
    """
    session = _without_cookies()
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=16)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


@functools.cache
def public_session() -> requests.Session:
    """The same for where a redirect leads: it connects to nothing but public addresses."""
    return only_public(_without_cookies())


def _without_cookies() -> requests.Session:
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it came, after so many seconds; `kind` is its Content-Type."""

    status: int
    kind: str
    body: bytes
    seconds: float


class PhotoStream:
    """A photo on its way: `start` is the offset (bytes) at which the answer begins."""

    def __init__(self, response: requests.Response, start: int) -> None:
        self._response, self.start = response, start

    def chunks(self) -> Iterator[bytes]:
        """The bytes from `start` on. Raises TryLater when they are cut, Rejected past 40 MiB."""
        yield from _chunks(self._response, PHOTO_BYTES - self.start, "photo-too-large")


class Claims360Client:
    """Speaks for one body shop with one of its keys; never keeps either anywhere but here.

    Every method raises TryLater (and its kinds), BadCredentials or Rejected (and its kinds) of `errors`.
    `timeout` is (connect, read) in seconds, `patience` how many seconds a Retry-After is waited for at once,
    `pace` keeps the requests of one body shop apart. `observe` is told of each request: "GET /missions/{id}", the
    status or why there was none, and after how many seconds. `request_id` goes along, to find it in both logs.
    """

    def __init__(
        self,
        base_url: str,
        bodyshop_id: str,
        api_key: str,
        *,
        session: requests.Session | None = None,
        timeout: tuple[float, float] = (5, 20),
        header_names: tuple[str, str] = ("X-Api-Key", "X-Bodyshop-Id"),
        patience: float = 10.0,
        sleep: Callable[[float], None] = time.sleep,
        pace: Pace | None = None,
        observe: Observe | None = None,
        request_id: str = "",
    ) -> None:
        self.base_url, self.bodyshop_id = base_url.rstrip("/"), bodyshop_id
        self._headers = {header_names[0]: api_key, header_names[1]: bodyshop_id, "Accept": "application/json"}
        self._session, self._timeout, self._patience, self._sleep = session, timeout, patience, sleep
        self._pace, self._observe = pace, observe
        self._trace = {"X-Request-Id": request_id} if request_id else {}

    def __repr__(self) -> str:
        return f"<Claims360Client {self.bodyshop_id}>"

    # --- reading ----------------------------------------------------------------------------------------------

    def whoami(self) -> payloads.Whoami:
        """GET /whoami: who the key belongs to, and what it may do."""
        return self._get("/whoami", reading.read_whoami)

    def changes(self, cursor: str | None, limit: int = 200) -> payloads.Page:
        """GET /changes: what changed since `cursor` (None: from the beginning). Raises also CursorExpired."""
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {})
        return self._get("/changes", reading.read_page, params)

    def as_it_stands(self, mission_id: str) -> list[payloads.Change | payloads.Unreadable]:
        """GET /missions/{id}, its quotes and its photos: one mission as it stands now, as the feed would tell it."""
        parts = {"mission": (), "quote": ("quotes",), "photo": ("photos",)}
        return [
            change for entity, path in parts.items() for change in self._standing(entity, mission_id, *path)
        ]

    @contextlib.contextmanager
    def photo_content(
        self, photo_id: str, *, offset: int = 0, etag: str | None = None
    ) -> Iterator[PhotoStream]:
        """GET /photos/{id}/content from `offset` bytes on, where it still has that `etag`; a stream to read once.

        A redirect is followed by hand, without the key, and never to a private address.
        """
        ranged = {"Range": f"bytes={offset}-", "If-Range": f'"{etag}"'} if offset and etag else {}
        response = self._retrying(lambda: self._open_photo(_path("photos", photo_id, "content"), ranged))
        with response:
            yield PhotoStream(response, offset if response.status_code == 206 else 0)

    def look(self, path: str, params: dict[str, str] | None = None) -> Answer:
        """GET `path` as it is answered, whatever that is. Raises Unreachable, or UnreadableAnswer where it is cut."""
        begun = time.monotonic()
        with self._request("GET", self.base_url + path, self._headers, params=params) as response:
            body = b"".join(_chunks(response, PAGE_BYTES, "answer-too-large"))
            kind = response.headers.get("Content-Type", "")
            return Answer(response.status_code, kind, body, time.monotonic() - begun)

    # --- returning --------------------------------------------------------------------------------------------

    def return_vehicle(
        self, mission_id: str, plate: str, mileage: int, idempotency_key: str
    ) -> payloads.Receipt:
        """PUT /missions/{id}/vehicle: plate and mileage (km) for a mission that Claims360 has."""
        body = {"plate": plate, "mileage": mileage}
        return self._send("PUT", _path("missions", mission_id, "vehicle"), body, idempotency_key)

    def open_mission(self, plate: str, mileage: int, idempotency_key: str) -> payloads.Receipt:
        """POST /missions: open a file. Each new key opens ANOTHER one, which costs a fee."""
        return self._send("POST", "/missions", {"plate": plate, "mileage": mileage}, idempotency_key)

    def return_photo(
        self, mission_id: str, file: BinaryIO, file_name: str, caption: str, mime: str, idempotency_key: str
    ) -> payloads.Photo:
        """POST /missions/{id}/photos: one photo, streamed from `file`."""
        form = Multipart(file, file_name, mime, {"caption": caption[:200]} if caption else {})
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": form.content_type}
        path = _path("missions", mission_id, "photos")
        with self._call("POST", self.base_url + path, headers=self._headers | headers, data=form) as response:
            return reading.read_photo(self._body(response))

    # --- how ----------------------------------------------------------------------------------------------------

    def _standing(
        self, entity: str, mission_id: str, *path: str
    ) -> list[payloads.Change | payloads.Unreadable]:
        read = functools.partial(reading.read_standing, entity=entity, mission_id=mission_id)
        return self._get(_path("missions", mission_id, *path), read)

    def _get(self, path: str, read: Callable[[bytes], Read], params: dict[str, str] | None = None) -> Read:
        def once() -> Read:
            url = self.base_url + path
            with self._call("GET", url, headers=self._headers, params=params) as response:
                return read(self._body(response))

        return self._retrying(once)

    def _send(
        self, method: str, path: str, body: dict[str, object], idempotency_key: str
    ) -> payloads.Receipt:
        headers = self._headers | {"Idempotency-Key": idempotency_key}
        with self._call(method, self.base_url + path, headers=headers, json=body) as response:
            return reading.read_receipt(self._body(response))

    def _body(self, response: requests.Response) -> bytes:
        answers.require_json(response)
        return b"".join(_chunks(response, PAGE_BYTES, "answer-too-large", PAGE_CHUNK))

    def _retrying(self, call: Callable[[], Read]) -> Read:
        """A read is tried up to three times; a Retry-After longer than our patience is for the caller."""
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=_wait,
            retry=retry_if_exception(self._worth_another),
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(call)

    def _worth_another(self, error: BaseException) -> bool:
        return isinstance(error, TryLater) and (error.retry_after or 0) <= self._patience / (ATTEMPTS - 1)

    def _call(self, method: str, url: str, headers: dict[str, str], **options: object) -> requests.Response:
        """One request; an answer that is no success is raised as what to do about it."""
        response = self._request(method, url, headers, **options)
        try:
            if not response.ok or response.status_code in REDIRECTS:
                raise answers.error_of(response, _excerpt(response))
        except Claims360Error:
            response.close()
            raise
        return response

    def _request(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        session: requests.Session | None = None,
        /,
        **options: object,
    ) -> requests.Response:
        session = session or self._session or shared_session()
        if self._pace is not None:
            self._pace.wait(self.bodyshop_id)
        begun, answered = time.monotonic(), "unreachable"
        try:
            response = session.request(
                method,
                url,
                headers=headers | self._trace,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
                auth=NoOtherAuth(),
                **options,  # type: ignore[arg-type]
            )
            answered = str(response.status_code)
        except requests.Timeout as error:
            answered = "timeout"
            raise Unreachable("timeout", type(error).__name__) from None
        except requests.RequestException as error:
            raise Unreachable("unreachable", type(error).__name__) from None
        finally:
            if self._observe is not None:
                self._observe(f"{method} {self._route(url)}", answered, time.monotonic() - begun)
        return response

    def _route(self, url: str) -> str:
        """The path of a call of the contract without its ids; another address is one that was signed."""
        if not url.startswith(f"{self.base_url}/"):
            return "signed"
        parts = url.removeprefix(f"{self.base_url}/").split("/")
        return "/" + "/".join([*parts[:1], *("{id}" for _ in parts[1:2]), *parts[2:]])

    def _open_photo(self, path: str, ranged: dict[str, str]) -> requests.Response:
        url = self.base_url + path
        headers = {**self._headers, "Accept": "image/*", **ranged}
        response = self._request("GET", url, headers)
        if response.status_code in REDIRECTS:
            response.close()
            return self._signed(url, response.headers.get("Location", ""), ranged)
        return _opened(response)

    def _signed(self, base: str, location: str, ranged: dict[str, str]) -> requests.Response:
        url = urljoin(base, location)
        refuse_private(url, self.base_url)
        session = None if is_own(url, self.base_url) else public_session()
        response = self._request("GET", url, {"Accept": "image/*", **ranged}, session)
        try:
            if response.status_code in REDIRECTS:
                raise UnreadableAnswer("redirected-twice")
            return _opened(response)
        except (Rejected, BadCredentials) as error:
            # A link that no longer works is worth a new one, not a verdict on the photo or on our keys.
            raise TryLater("link-expired", error.detail) from error


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def _opened(response: requests.Response) -> requests.Response:
    if response.status_code in (200, 206):
        return response
    with response:
        raise answers.error_of(response, _excerpt(response))


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = (error.retry_after or 0.0) if isinstance(error, TryLater) else 0.0
    return asked + wait_random_exponential(multiplier=0.2, max=2)(state)


def _excerpt(response: requests.Response) -> bytes:
    """What an error answer says, as far as it can be read."""
    try:
        return b"".join(_chunks(response, 64 * 1024, "answer-too-large"))
    except (TryLater, Rejected):
        return b""


def _chunks(response: requests.Response, limit: int, too_large: str, size: int = CHUNK) -> Iterator[bytes]:
    deadline, read = time.monotonic() + DEADLINE, 0
    try:
        for chunk in response.iter_content(size):
            read += len(chunk)
            if read > limit:
                raise Rejected(too_large, status=response.status_code)
            if time.monotonic() > deadline:
                raise Unreachable("timeout", "the answer takes too long")
            yield chunk
    except requests.RequestException as error:
        raise UnreadableAnswer("answer-cut", type(error).__name__) from None
    _require_whole(response, read)


def _require_whole(response: requests.Response, read: int) -> None:
    announced = response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "identity") != "identity"
    if announced.isdigit() and not encoded and read < int(announced):
        raise UnreadableAnswer("answer-cut", f"{read} of {announced} bytes")

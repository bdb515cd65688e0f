"""The points of a worker's way at which something happens to it: it dies, or somebody else acts meanwhile.

A point is a text: "asks POST /missions" (about to be sent), "answered GET /changes" (the answer has arrived, nothing
is written yet), "within GET /content" (some of a photo has arrived), "writes dossiers_mission" (the next statement) or
"adds dossiers_content" (the next new row: its file is there).
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests
from django.db import connection
from requests.adapters import HTTPAdapter

from tests.processes import PATIENCE

STEPS = [
    ("GET", re.compile(r"/(changes|whoami)$")),
    ("GET", re.compile(r"/photos/[^/]+/(content)$")),
    ("POST", re.compile(r"/(missions)$")),
    ("PUT", re.compile(r"/missions/[^/]+/(vehicle)$")),
    ("POST", re.compile(r"/missions/[^/]+/(photos)$")),
]
STEP_NAMES = ["GET /changes", "GET /whoami", "GET /content", "POST /missions", "PUT /vehicle", "POST /photos"]
WRITING = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
UNDOING = ("ROLLBACK", "RELEASE")


class Killed(BaseException):
    """The worker's process is gone."""


class Points:
    """What waits at which point; each happens once."""

    def __init__(self) -> None:
        self.dooms: list[tuple[str, bool]] = []
        self.meanwhile: list[tuple[str, Callable[[], None]]] = []
        self.deaths = self.interruptions = 0
        self._working = self._dead = False

    def clear(self) -> None:
        self.dooms.clear()
        self.meanwhile.clear()

    @contextmanager
    def worker(self) -> Iterator[None]:
        """A worker that may die; whoever nudged it lives on."""
        outer, self._working = self._working, True
        try:
            yield
        except Killed:
            self.deaths += 1
        finally:
            self._working, self._dead = outer, False
        assert not connection.in_atomic_block

    def reach(self, point: str) -> None:
        """Whatever waits at `point` happens now."""
        if not self._working:
            return
        assert not (point.startswith("asks") and connection.in_atomic_block), "a request within a transaction"
        for doom in [one for one in self.dooms if one[0] == point][:1]:
            self.dooms.remove(doom)
            self._dead = doom[1]
            raise Killed(point)
        for one in [one for one in self.meanwhile if one[0] == point][:1]:
            self.meanwhile.remove(one)
            self._interrupted_by(one[1])

    def _interrupted_by(self, deed: Callable[[], None]) -> None:
        self.interruptions += 1
        self._working = False
        try:
            deed()
        finally:
            self._working = True

    def statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Around every statement: who was killed outright writes nothing more, not even how it ended."""
        if self._dead and not sql.startswith(UNDOING):
            raise Killed
        writing = WRITING.match(sql)
        if writing:
            self.reach(f"writes {writing[2]}")
            if writing[1] == "INSERT INTO":
                self.reach(f"adds {writing[2]}")
        return execute(sql, params, many, context)


class Line(HTTPAdapter):
    """The way to the sandbox: `points` sees every request, `sent` keeps what left.

    `carried_out` waits until the sandbox is through with that many requests, for one that is waited for no longer.
    """

    def __init__(self, carried_out: Callable[[int], None]) -> None:
        super().__init__()
        self.points, self.carried_out = Points(), carried_out
        self.sent: list[requests.PreparedRequest] = []  # in this history

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        step = step_of(request)
        self.points.reach(f"asks {step}")
        self.sent.append(request)
        try:
            response = super().send(request, **options)
        except requests.ReadTimeout:
            self.carried_out(len(self.sent))
            raise
        self.points.reach(f"answered {step}")
        response.iter_content = self._arriving(response, step)  # type: ignore[method-assign]
        return response

    def _arriving(self, response: requests.Response, step: str) -> Callable[..., Iterator[bytes]]:
        whole = response.iter_content

        def chunks(size: int) -> Iterator[bytes]:
            for chunk in whole(size):
                yield chunk[: len(chunk) // 2]
                self.points.reach(f"within {step}")
                yield chunk[len(chunk) // 2 :]

        return chunks


def step_of(request: requests.PreparedRequest) -> str:
    """The request by the names of STEP_NAMES; a signed link by its own path."""
    path = request.path_url.partition("?")[0]
    for method, pattern in STEPS:
        if method == request.method and (found := pattern.search(path)):
            return f"{method} /{found[1]}"
    return f"{request.method} {path}"


class Doorkeeper:
    """Around the sandbox: knows how many requests it has carried out, whether or not anybody still waits for them."""

    def __init__(self, app: Any) -> None:
        self.app, self.done = app, 0
        self._changed = threading.Condition()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        try:
            return self.app(environ, start_response)
        finally:
            with self._changed:
                self.done += 1
                self._changed.notify_all()

    def wait_for(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.done >= number, PATIENCE)

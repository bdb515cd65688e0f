"""A Claims360 that a test may hold in the midst of a request, stop, and start again with all that it knows."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from claims360_link.sandbox.server import make_server
from claims360_link.sandbox.store import Store
from tests.processes import PATIENCE, free_port

ARRIVED, CARRIED_OUT, WITHIN, ANSWERED = "arrived", "carried out", "within its answer", "answered"
App = Callable[..., Iterable[bytes]]


class Hold:
    """One request on its way, which goes on from point to point as the test lets it."""

    def __init__(self, wanted: str) -> None:
        self._wanted, self.stands_at = wanted, ""
        self._changed = threading.Condition()

    def reach(self, point: str) -> None:
        """Let it go on to `point`, and wait until it stands there."""
        with self._changed:
            self._want(point)
            assert self._changed.wait_for(lambda: self.stands_at == point, PATIENCE), f"never {point}"

    def let_go(self) -> None:
        with self._changed:
            self._want("")

    def answer(self, app: App, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """What the sandbox answers, in two halves."""
        self._stand(ARRIVED)
        with closing(app(environ, start_response)) as parts:  # type: ignore[type-var]
            body = b"".join(parts)
        self._stand(CARRIED_OUT)
        yield body[: len(body) // 2]
        self._stand(WITHIN)
        yield body[len(body) // 2 :]
        self._stand(ANSWERED)

    def _want(self, point: str) -> None:
        self._wanted = point
        self._changed.notify_all()

    def _stand(self, point: str) -> None:
        with self._changed:
            if self._wanted == point:
                self.stands_at = point
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._wanted != point, PATIENCE)


class Claims360:
    """The sandbox on a port of its own, empty at first."""

    def __init__(self) -> None:
        self.store = Store()
        self._port = free_port()
        self._holds: list[tuple[re.Pattern[str], Hold]] = []
        self._up = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        return f"{self.url}/v1"

    def start(self) -> None:
        self._server = make_server(self.store, "127.0.0.1", self._port)
        self._app, self._server.app, self._up = self._server.app, self._through, True
        self._server.start()

    def stop(self) -> None:
        """Nobody is answered any more, on whatever connection."""
        self._up = False
        self._server.stop()

    @contextmanager
    def hold(self, request: str, point: str) -> Iterator[Hold]:
        """The next request that matches ("PUT /v1/missions/…", its query with it) is held at `point`."""
        hold = Hold(point)
        self._holds.append((re.compile(request), hold))
        try:
            yield hold
        finally:
            hold.let_go()

    def requests(self) -> list[str]:
        """ "GET /v1/whoami 401" and so on, in the order in which they came."""
        return [f"{one['method']} {one['path']} {one['status']}" for one in self.store.requests.last]

    def _through(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not self._up:
            raise ConnectionResetError
        hold = self._hold_of(environ)
        if hold is None:
            return self._app(environ, start_response)
        return hold.answer(self._app, environ, start_response)

    def _hold_of(self, environ: dict[str, Any]) -> Hold | None:
        asked = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        found = next((one for one in self._holds if one[0].match(asked)), None)
        if found is None:
            return None
        self._holds.remove(found)
        return found[1]

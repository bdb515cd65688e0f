"""The program: a threaded HTTP server over one store."""

import logging
import secrets
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from claims360_link.sandbox import wire_faults
from claims360_link.sandbox.api import api, caller_id, http_problem, signed
from claims360_link.sandbox.control import control
from claims360_link.sandbox.pages import pages
from claims360_link.sandbox.seeding import seed as fill
from claims360_link.sandbox.store import Store
from claims360_link.sandbox.winformex import received_pages, winformex

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)
MAX_REQUEST_BYTES = 64_000_000
WIRE = ("/v1", "/winformex")


def serving(store: Store) -> "WSGIApplication":
    """The sandbox over this store, of which a process may have several."""
    app = the_app()

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[wire_faults.STORE] = store
        return app(environ, start_response)

    return serve


@cache
def the_app() -> Flask:
    """Its addresses take long to make, and are the same over every store."""
    app = Flask(__name__)
    app.config.update(PROVIDE_AUTOMATIC_OPTIONS=False, MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES)
    app.secret_key = secrets.token_hex(32)  # of what a page says once
    app.register_blueprint(api, url_prefix="/v1")
    app.register_blueprint(winformex, url_prefix="/winformex")
    for blueprint in (signed, control, pages, received_pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _refused)
    app.after_request(_logged)
    return app


def _refused(error: HTTPException) -> Response | HTTPException:
    """On the wire a refusal is a problem; on the pages it is a page."""
    return http_problem(error) if request.path.startswith(WIRE) else error


def _logged(answer: Response) -> Response:
    if request.path.startswith((*WIRE, "/signed")):
        status = int(answer.headers.get("X-Sandbox-Status", answer.status_code))
        whose = {"bodyshop_id": caller_id(), "request_id": request.headers.get("X-Request-Id")}
        wire_faults.current_store().requests.add(request.method, request.path, status, **whose)
    return answer


class Handler(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        log.debug(message, *args)

    def connection_dropped(self, error: BaseException, environ: dict[str, object] | None = None) -> None:
        """A fault broke the connection: no next request is waited for on it."""
        self.close_connection = True


class Server(ThreadedWSGIServer):
    daemon_threads = True
    block_on_close = False

    def start(self) -> None:
        """Serve in a thread of this process."""
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Serve no longer. It is the thread that closes the socket: once it has ended, nobody listens."""
        self.shutdown()
        self._thread.join()

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """A connection that a fault resets is closed without the polite end that would come first."""
        connection = request[1] if isinstance(request, tuple) else request
        lingers, _ = struct.unpack("ii", connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:
            self.close_request(request)
        else:
            super().shutdown_request(request)


def make_server(store: Store, host: str, port: int) -> Server:
    """A server that listens; port 0 takes a free one. Raises OSError where the port is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))  # werkzeug would end the process
        probe.listen(128)
        wire_faults.stopping.clear()
        return Server(host, port, serving(store), handler=Handler, fd=probe.fileno())


@dataclass(frozen=True)
class Sandbox:
    url: str
    store: Store

    @property
    def api_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def winformex_url(self) -> str:
        return f"{self.url}/winformex"


@contextmanager
def running_sandbox(
    seed: int = 1, missions: int = 0, state: str | None = None, *, photos: int = 4, port: int = 0
) -> Iterator[Sandbox]:
    """A sandbox in a thread of this process, on a free port; without `state` (a file) it forgets all."""
    store = Store(state or ":memory:", seed=seed)
    fill(store, missions, photos)
    server = make_server(store, "127.0.0.1", port)
    server.start()
    try:
        yield Sandbox(f"http://127.0.0.1:{server.socket.getsockname()[1]}", store)
    finally:
        wire_faults.stopping.set()
        server.stop()
        store.db.close()

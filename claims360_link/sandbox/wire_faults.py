"""What goes wrong with an answer: another status, a broken connection, a body that is not what it says."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime

from flask import Response, request

from claims360_link.sandbox.faults import BODY_FAULTS, NETWORK_FAULTS, STATUS_FAULTS, Fault
from claims360_link.sandbox.problems import Problem
from claims360_link.sandbox.store import Store

STORE = "claims360_sandbox.store"  # in the environment of a request
stopping = threading.Event()  # ends every stall when the server ends
LOOK = 0.05  # seconds between two looks at whether a stall goes on
HTML = "<!doctype html><html><head><title>{0}</title></head><body><h1>{0}</h1><hr>nginx</body></html>"


def before(store: Store, bodyshop: str | None) -> Response | None:
    """Faults that strike before the request is carried out; a Response ends it here."""
    where = request.method, request.full_path, bodyshop
    stalled = store.faults.take({"stall"}, *where)
    if stalled:
        _stall(store, stalled)
    fault = store.faults.take({*STATUS_FAULTS, "reset"}, *where, after=False)
    return _instead(store, fault) if fault else None


def after(store: Store, bodyshop: str | None, answer: Response) -> Response:
    """Faults that strike once the request has been carried out: its answer is lost or damaged."""
    where = request.method, request.full_path, bodyshop
    fault = store.faults.take({*STATUS_FAULTS, "reset"}, *where, after=True)
    if fault:
        return _instead(store, fault)
    damage = store.faults.take(BODY_FAULTS, *where)
    return _damaged(damage, answer) if damage else answer


def _stall(store: Store, fault: Fault) -> None:
    """As long as it says; one that is switched on until further notice ends when it is switched off."""
    ends = time.monotonic() + float(fault.args.get("seconds", 30))
    while (left := ends - time.monotonic()) > 0 and not stopping.is_set():
        if fault.times is None and not store.faults.is_active(fault.n):
            return
        stopping.wait(min(left, LOOK))


def _instead(store: Store, fault: Fault) -> Response:
    if fault.fault in NETWORK_FAULTS:
        return reset_connection()
    if fault.fault == "502":
        return Response(HTML.format("502 Bad Gateway"), 502, mimetype="text/html")
    status, code = STATUS_FAULTS[fault.fault]
    headers = _retry_after(store, fault)
    return Problem(status, fault.args.get("code", code), "Sandbox fault", headers=headers).response()


def _retry_after(store: Store, fault: Fault) -> dict[str, str]:
    seconds = int(fault.args.get("retry_after", 1 if fault.fault.startswith("429") else 2))
    if fault.fault == "429_date":
        return {"Retry-After": format_datetime(store.clock() + timedelta(seconds=seconds), usegmt=True)}
    return {"Retry-After": str(seconds)} if fault.fault in ("429", "503") else {}


def reset_connection() -> Response:
    """No answer but a TCP reset: the server closes the socket at once, with nothing lingering."""
    request.get_data()  # else werkzeug waits for the rest of it before it closes
    connection = request.environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    answer = Response(_broken(b""))
    answer.headers["X-Sandbox-Status"] = "0"
    return answer


def cut(answer: Response, body: bytes) -> Response:
    """The answer with its full Content-Length and half of its body."""
    cut_short = Response(_broken(body[: len(body) // 2]), answer.status_code, answer.headers)
    cut_short.headers["Content-Length"] = str(len(body))
    return cut_short


def _broken(sent: bytes) -> Iterator[bytes]:
    if sent:
        yield sent
    raise ConnectionResetError("sandbox fault")


def _damaged(fault: Fault, answer: Response) -> Response:
    if fault.fault == "empty_body":
        return Response(b"", 200, mimetype="application/json")
    answer.direct_passthrough = False
    body = answer.get_data()
    if fault.fault == "cut_body":
        return cut(answer, body or json.dumps({"lost": "x" * 200}).encode())
    if fault.args.get("type") == "text":
        return Response(body, 200, mimetype="text/plain")
    return Response(HTML.format("Claims360 - Connexion"), 200, mimetype="text/html")


def current_store() -> Store:
    store: Store = request.environ[STORE]
    return store

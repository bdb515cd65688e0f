"""A redirect's name led to a public address when it was looked at, and leads elsewhere when it is connected to."""

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from claims360_link import addresses
from claims360_link.client import Claims360Client
from claims360_link.errors import UnreadableAnswer
from tests.processes import PATIENCE

PUBLIC, INSIDE = "93.184.216.34", "127.0.0.1"


class Names:
    """What the name servers say of some names, one answer after the other; the last one stays."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **answers: list[str]) -> None:
        self._answers, self._look_up = answers, socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self.look_up)

    def look_up(self, host: str, *args: Any, **known: Any) -> Any:
        answers = self._answers.get(host.removesuffix(".example"), [host])
        return self._look_up(answers.pop(0) if len(answers) > 1 else answers[0], *args, **known)


@contextmanager
def serving(location: str = "", certificate: Path | None = None) -> Iterator[int]:
    """A server that answers "photo", or leads to `location`; gives its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if location else 200)
            self.send_header("Location" if location else "Content-Type", location or "image/jpeg")
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"photo")

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer((INSIDE, 0), Answer) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def certificate_for(name: str, path: Path) -> Path:
    """A certificate that signs itself, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    known_as = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(known_as, known_as, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(pem, form, serialization.NoEncryption())
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(pem))
    return path


def test_nothing_is_said_to_a_private_address_that_the_name_leads_to_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = Names(monkeypatch, rebound=[PUBLIC, INSIDE])
    with (
        socket.create_server((INSIDE, 0)) as inside,
        serving(f"http://rebound.example:{inside.getsockname()[1]}/x") as port,
    ):
        client = Claims360Client(f"http://{INSIDE}:{port}/v1", "475", "key", sleep=lambda _seconds: None)
        with pytest.raises(UnreadableAnswer) as refused, client.photo_content("p1"):
            pass
        assert (refused.value.code, refused.value.detail) == ("redirect-refused", "private address")
        assert names.look_up("rebound.example", 80)[0][4][0] == INSIDE
        inside.settimeout(PATIENCE)
        reached, _from = inside.accept()
        with reached:
            assert reached.recv(1) == b""


def test_the_configured_host_may_be_private_as_in_the_demo() -> None:
    with serving() as port:
        client = Claims360Client(f"http://{INSIDE}:{port}/v1", "475", "key")
        with client.photo_content("p1") as photo:
            assert b"".join(photo.chunks()) == b"photo"


def test_the_certificate_is_still_that_of_the_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Names(monkeypatch, honest=[INSIDE], forger=[INSIDE])
    monkeypatch.setattr(addresses, "_require_public", lambda _address: None)  # this one is as good as public
    certificate = certificate_for("honest.example", tmp_path / "honest.pem")
    session = addresses.only_public(requests.Session())
    with serving(certificate=certificate) as port:
        known: dict[str, Any] = {"verify": str(certificate), "timeout": PATIENCE}
        assert session.get(f"https://honest.example:{port}/", **known).content == b"photo"
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://forger.example:{port}/", **known)

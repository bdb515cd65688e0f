"""A server that speaks S3 and checks signatures, a program of its own over a folder: it can be killed and come back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import requests
from pytest_django import Settings

from tests.processes import PATIENCE, free_port, until

ACCESS_KEY, SECRET_KEY = "planmanager", "not-a-secret-of-anybody"
# nanio's own command, but for who may come in.
PROGRAM = """
import sys
from pathlib import Path
import uvicorn
from nanio.app import build_app
from nanio.config import Settings
folder, port, is_public = sys.argv[1:]
settings = Settings(data_dir=Path(folder), auth_disabled=is_public == "True")
uvicorn.run(build_app(settings), host="127.0.0.1", port=int(port), log_level="error")
"""


class Server:
    """`name` is that of its bucket, a folder."""

    name, access_key, secret_key = "photos-of-the-tests", ACCESS_KEY, SECRET_KEY

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        (folder / self.name).mkdir(parents=True)
        self.start()

    def start(self, is_public: bool = False) -> None:
        known = {**os.environ, "NANIO_ACCESS_KEY": self.access_key, "NANIO_SECRET_KEY": self.secret_key}
        command = [sys.executable, "-c", PROGRAM, str(self._folder), str(self._port), str(is_public)]
        self._process = subprocess.Popen(command, env=known)
        until = time.monotonic() + PATIENCE
        while not self._answers():
            assert self._process.poll() is None and time.monotonic() < until, "no S3"
            time.sleep(0.05)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Nobody listens."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections, and says nothing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def is_asked_by(self, pid: int) -> bool:
        """Whether that process has a connection to it."""
        known = psutil.Process(pid).net_connections("tcp4")
        return any(one.raddr and one.raddr.port == self._port for one in known)

    def make_public(self) -> None:
        self.kill()
        self.start(is_public=True)

    def lay(self, name: str) -> None:
        """An empty file, past the server: it keeps them in folders."""
        path = self._folder / self.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()

    def status_of_anybody(self, name: str) -> int:
        """What a request without a key gets."""
        return requests.get(f"{self.url}/{self.name}/{name}", timeout=PATIENCE).status_code

    def environment(self) -> dict[str, str]:
        """The settings that lead here."""
        return {
            "S3_BUCKET": self.name,
            "S3_ENDPOINT_URL": self.url,
            "S3_ACCESS_KEY": self.access_key,
            "S3_SECRET_KEY": self.secret_key,
        }

    def _answers(self) -> bool:
        try:
            requests.get(self.url, timeout=PATIENCE)
        except requests.ConnectionError:
            return False
        return True


@contextmanager
def running_s3(folder: Path) -> Iterator[Server]:
    """One with an empty bucket."""
    server = Server(folder)
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def behind_https(server: Server, folder: Path) -> Iterator[tuple[str, Path]]:
    """The same server at an https:// address, and the certificate of the authority of the house that vouches for it."""
    port = free_port()
    url, authority = f"https://localhost:{port}", folder / "caddy/pki/authorities/local/root.crt"
    handle = [{"handler": "reverse_proxy", "upstreams": [{"dial": server.url.removeprefix("http://")}]}]
    routes = [{"match": [{"host": ["localhost"]}], "handle": handle}]
    https = {"listen": [f"127.0.0.1:{port}"], "routes": routes}
    apps = {
        "http": {"http_port": free_port(), "servers": {"s3": https}},
        "tls": {"automation": {"policies": [{"issuers": [{"module": "internal"}]}]}},
        "pki": {"certificate_authorities": {"local": {"install_trust": False}}},
    }
    (folder / "caddy.json").write_text(json.dumps({"admin": {"disabled": True}, "apps": apps}))
    known = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [Path(sys.executable).with_name("caddy"), "run", "--config", folder / "caddy.json"]
    with subprocess.Popen(command, env=known, stderr=subprocess.DEVNULL) as caddy:
        try:
            until(authority.exists, "Caddy has made its authority")
            until(lambda: _is_served(url, authority), "it answers")
            yield url, authority
        finally:
            caddy.kill()


@contextmanager
def in_bucket(settings: Settings, server: Server, **other: Any) -> Iterator[None]:
    """Files are kept in the bucket of `server`; `other` options of it than the right ones."""
    right = {"endpoint": server.url, "access_key": server.access_key, "secret_key": server.secret_key}
    before = settings.STORAGES, settings.S3_BUCKET
    bucket = {"name": server.name, **right, **other}
    default = {"BACKEND": "dossiers.store.bucket.Bucket", "OPTIONS": bucket}
    settings.STORAGES, settings.S3_BUCKET = {**settings.STORAGES, "default": default}, bucket["name"]
    try:
        yield
    finally:
        settings.STORAGES, settings.S3_BUCKET = before


def _is_served(url: str, authority: Path) -> bool:
    try:
        requests.get(url, verify=str(authority), timeout=PATIENCE)
    except requests.RequestException:
        return False
    return True

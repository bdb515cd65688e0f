"""`make audit`, against an advisory service of the test's own."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.audit import LOCKS, ask, verdict

HASH = f"--hash=sha256:{'0' * 64}"
KNOWN = {
    "id": "PYSEC-2026-1",
    "summary": "A picture runs code",
    "aliases": [],
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "pillow"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "12.1"}]}],
            "versions": ["12.0"],
        }
    ],
}


class Advisories(BaseHTTPRequestHandler):
    """Knows of one version of pillow."""

    def do_POST(self) -> None:
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ill = asked["package"]["name"] == "pillow" and asked["version"] == "12.0"
        body = json.dumps({"vulns": [KNOWN]} if ill else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Says nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Advisories) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"--osv-url=http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def audited(folder: Path, lines: list[str], service: str) -> tuple[list[str], int]:
    lock = folder / "requirements.txt"
    lock.write_text("\n".join(lines))
    answer = ask([str(lock)], service)
    return verdict(answer.stdout, answer.stderr)


def test_a_vulnerable_version_is_told(tmp_path: Path, service: str) -> None:
    told, code = audited(tmp_path, [f"pillow==12.0 {HASH}", f"segno==1.6 {HASH}"], service)
    assert told == ["pillow 12.0: PYSEC-2026-1, fixed in 12.1", "1 known vulnerabilities"]
    assert code == 1


def test_nothing_known(tmp_path: Path, service: str) -> None:
    assert audited(tmp_path, [f"pillow==12.1 {HASH}"], service) == (["0 known vulnerabilities"], 0)


def test_nobody_to_ask(tmp_path: Path) -> None:
    (told,), code = audited(tmp_path, [f"pillow==12.0 {HASH}"], "--osv-url=http://127.0.0.1:9/v1/query")
    assert told.startswith("not asked: ") and "127.0.0.1" in told
    assert code == 0


def test_a_lock_that_is_none_fails(tmp_path: Path, service: str) -> None:
    (told,), code = audited(tmp_path, ["pillow>=12"], service)
    assert "pillow" in told and code == 1


def test_both_locks_are_read(service: str) -> None:
    answer = ask(LOCKS, service)
    asked = {package["name"] for package in json.loads(answer.stdout)["dependencies"]}
    assert {"django", "pillow", "cryptography", "pytest", "playwright"} <= asked

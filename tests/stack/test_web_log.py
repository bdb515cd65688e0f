"""What the web server itself writes of an error is as all its log: a document a line, nothing personal in it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.link.test_commands import url_of_the_tests
from tests.processes import PATIENCE, free_port, until
from tests.stack.composed import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.django_db(transaction=True)]


def answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/healthz", timeout=PATIENCE).ok
    except requests.RequestException:
        return False


def test_a_page_that_fails_and_its_error_page_too(tmp_path: Path) -> None:
    """Nobody collected the static files, which both want."""
    port, log = free_port(), tmp_path / "web.log"
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "planmanager.wsgi",
        f"--bind=127.0.0.1:{port}",
        f"--timeout={PATIENCE:.0f}",
    ]
    known = {"DATABASE_URL": url_of_the_tests(), "VAR_DIR": str(tmp_path / "var"), "LOG_FORMAT": "json"}
    with log.open("wb") as file:
        web = subprocess.Popen(
            [*command, "--no-control-socket"], cwd=ROOT, env=os.environ | known, stdout=file, stderr=file
        )
    try:
        until(lambda: answers(address), "it answers")
        assert requests.get(f"{address}/login/?owner=1-ABC-234", timeout=PATIENCE).status_code == 500
        until(lambda: "Traceback" in log.read_text(), "the error is written")
    finally:
        web.terminate()
        web.wait()
    said = [json.loads(line) for line in log.read_text().splitlines()]
    [error] = [one for one in said if one["logger"] == "gunicorn.error" and one["level"] == "ERROR"]
    assert "Missing staticfiles manifest entry" in error["exception"]
    assert "ABC" not in log.read_text()

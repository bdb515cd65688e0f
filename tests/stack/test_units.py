"""The systemd units beside docker-compose.yml: they start the same, as bounded and as lasting, and are shut in."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.stack.composed import compose
from tests.stack.units import BIN, EXPOSURE, ROOT, SERVICES, UNITS, setting, started

pytestmark = pytest.mark.stack
COMPOSED = compose(SITE_HOST="localhost", CLAIMS360_API_URL="http://127.0.0.1")["services"]
POLICIES = {"unless-stopped": "always"}  # compose's word: systemd's
GRACE = "10s"  # compose's own, where the file says nothing
with_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None and "CI" not in os.environ, reason="no systemd-analyze here"
)


def composed(service: str) -> dict[str, Any]:
    return dict(COMPOSED[service])


@pytest.mark.parametrize("service", SERVICES)
def test_a_unit_starts_what_the_compose_file_starts(service: str) -> None:
    there = [word.replace("0.0.0.0:", "127.0.0.1:") for word in composed(service)["command"]]
    program, *words = started(service)
    assert [program.removeprefix(BIN), *words] == there


@pytest.mark.parametrize("service", SERVICES)
def test_it_comes_back_as_the_container_does(service: str) -> None:
    """However often: without StartLimitIntervalSec=0, systemd gives up after five times."""
    assert setting(service, "Restart") == POLICIES[composed(service)["restart"]]
    assert "StartLimitIntervalSec=0" in (UNITS / "planmanager-.service.d/common.conf").read_text().split()


@pytest.mark.parametrize("service", SERVICES)
def test_it_is_ended_as_the_container_is(service: str) -> None:
    """The first process alone is told, and has as long: a worker's children must not be."""
    assert setting(service, "KillMode") == "mixed"
    assert setting(service, "TimeoutStopSec") == composed(service).get("stop_grace_period", GRACE)


@pytest.mark.parametrize("service", SERVICES)
def test_it_has_the_bounds_of_the_container(service: str) -> None:
    limits = composed(service)["deploy"]["resources"]["limits"]
    assert setting(service, "MemoryMax") == limits["memory"]
    assert setting(service, "TasksMax") == str(limits["pids"])
    assert setting(service, "CPUQuota") == f"{float(limits['cpus']):.0%}"


@with_systemd
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path / "units")
    for unit in (tmp_path / "units").glob("*.service"):
        unit.write_text(unit.read_text().replace(BIN, f"{ROOT}/.venv/bin/"))
    names = [str(path) for path in (tmp_path / "units").glob("planmanager*.*") if path.is_file()]
    said = analyze(tmp_path / "units", "verify", "--man=no", *names)
    assert (said.returncode, [line for line in said.stderr.splitlines() if "planmanager" in line]) == (0, [])


@with_systemd
@pytest.mark.parametrize("service", SERVICES)
def test_it_is_shut_in(service: str) -> None:
    said = analyze(
        UNITS, "security", "--offline=true", f"--threshold={EXPOSURE}", f"planmanager-{service}.service"
    )
    assert said.returncode == 0, said.stdout


def analyze(units: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    known = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}
    return subprocess.run(["systemd-analyze", *words], env=known, capture_output=True, text=True)

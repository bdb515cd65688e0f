"""The systemd units: what each service's says, with the drop-in that all share."""

import shlex
from configparser import RawConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "deploy/systemd"
SERVICES = ["web", "worker", "photos", "beat"]
EXPOSURE = 12  # of 100, as `systemd-analyze security` counts it: the network, and the sockets of the database
BIN = "/srv/planmanager/app/.venv/bin/"


def setting(service: str, name: str) -> str:
    """The last value of a setting of the section Service."""
    unit = RawConfigParser(strict=False)  # some are set more than once
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read([UNITS / "planmanager-.service.d/common.conf", UNITS / f"planmanager-{service}.service"])
    return unit["Service"][name]


def started(service: str) -> list[str]:
    """The words of a unit's ExecStart."""
    return shlex.split(setting(service, "ExecStart").replace("%%", "%"))

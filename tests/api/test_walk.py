"""docs/api.md: its commands are run one after the other against a live server, and answer what stands there."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from claims360_link import credentials
from claims360_link.sandbox.server import Sandbox
from dossiers.models import QuoteState
from repairers.models import Repairer, Site, User
from tests.api.programs import IntegrationFactory, secret_of
from tests.api.test_deeds import jpeg
from tests.dossiers.factories import DossierFactory, MissionFactory, QuoteFactory, QuoteVersionFactory, line
from tests.link.world import DEMO, set_options
from tests.processes import PATIENCE

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text()
SETTING_UP, *STEPS = re.findall(r"```sh\n(.*?)```(?:\n```(?:json|text)\n(.*?)```)?", DOCUMENT, re.DOTALL)


@pytest.fixture
def garage(django_db_reset_sequences: None, sandbox: Sandbox, tmp_path: Path) -> Repairer:
    """What the document tells of: repairer 3, missions 12 and 13, quote 7, dossier 34, and photo.jpg; ids from 1."""
    set_options(CLAIMS360_ENABLED=True)
    repairer = Repairer.objects.create(
        pk=3, name="Carrosserie Dupont", site=Site.objects.create(name="Namur")
    )
    keys, user = sandbox.store.keys(DEMO), User.objects.create_user("lotte")
    credentials.configure(repairer.pk, DEMO, keys["bodyshop"], keys["planmanager"], user)
    DossierFactory(pk=34, repairer=repairer, plate="1-ABC-234", claim_number="")
    facts = {"plate": "1-ABC-234", "make": "Citroën"}
    mission = MissionFactory(
        pk=12,
        repairer=repairer,
        state="waiting",
        reason="queueing",
        number="2026/0012345",
        plate="1-ABC-234",
        plate_key="1ABC234",
        facts=facts,
    )
    quote = QuoteFactory(
        pk=7,
        mission=mission,
        version=2,
        state=QuoteState.WAITING,
        status="approved",
        gross="181.50",
        previous_gross="121",
    )
    bumper, door = line("Bumper front", "100.00"), line("Door", "50.00")
    QuoteVersionFactory(quote=quote, version=1, lines=[bumper])
    totals = {"gross": "181.50"}
    QuoteVersionFactory(quote=quote, version=2, status="approved", lines=[bumper, door], totals=totals)
    MissionFactory(
        pk=13, repairer=repairer, state="waiting", number="2026/0012346", facts={"plate": "2-DEF-567"}
    )
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    return repairer


def test_every_command_answers_what_stands_there(
    garage: Repairer, live_server: LiveServer, tmp_path: Path
) -> None:
    secret = secret_of(IntegrationFactory(sites=[garage.site]))
    address = f"export API={live_server.url}/api/v1 TOKEN={secret}\n"
    known = re.sub(r"^export .*\n", address, SETTING_UP[0])
    assert known != SETTING_UP[0] and len(STEPS) > 15
    for commands, expected in STEPS:
        script = f"set -euo pipefail\n{known}{commands}"
        told = subprocess.run(
            ["bash", "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert (told.returncode, told.stderr) == (0, ""), commands
        assert says(told.stdout, expected.strip()), f"{commands}\n{told.stdout}"


def says(told: str, expected: str) -> bool:
    """Whether an answer holds what the document shows of it."""
    return holds(json.loads(told), json.loads(expected)) if expected[0] == "{" else told == expected


def holds(told: Any, expected: Any) -> bool:
    """Whether `told` has each value of `expected`; what is not shown may be anything, a list has as many rows."""
    if isinstance(expected, dict):
        return isinstance(told, dict) and all(
            name in told and holds(told[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return len(told) == len(expected) and all(map(holds, told, expected))
    return bool(told == expected)

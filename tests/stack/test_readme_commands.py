"""Every command of the README's table, carried out as it stands there, in the order of an installation's life."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planmanager.demo.browser import WalkFailed
from planmanager.demo.data import SITES
from planmanager.demo.processes import free_port
from planmanager.demo.sandbox import Sandbox
from tests.migrated import begin_migrated
from tests.postgresql import postgresql
from tests.processes import until
from tests.s3 import running_s3

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.findall(r"^\| `manage\.py (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE)
_NAME, BODYSHOP_ID = SITES["Namur"][0]
ELSEWHERE = {"demo"}  # `demo --check` is a part of `make test` by itself


class Installation:
    """A folder with an installation in it; `done`: the commands that were carried out."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.done = folder, set(ELSEWHERE)
        self.environment = {
            **os.environ,
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": f"sqlite:///{folder}/var/planmanager.sqlite3",
            "CLAIMS360_API_URL": f"http://127.0.0.1:{port}/v1",
            "WINFORMEX_URL": f"http://127.0.0.1:{port}/winformex",
            "NO_PROXY": "127.0.0.1",
        }

    def manage(self, name: str, *arguments: str, typed: str = "", **environment: str) -> str:
        """What manage.py says; it must end well."""
        ended, said = self.tried(name, *arguments, typed=typed, **environment)
        assert ended == 0, said
        return said

    def tried(self, name: str, *arguments: str, typed: str = "", **environment: str) -> tuple[int, str]:
        self.done.add(name)
        command = [sys.executable, "manage.py", name, *arguments]
        known = {**self.environment, **environment}
        done = subprocess.run(command, cwd=ROOT, env=known, input=typed, capture_output=True, text=True)
        return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr

    @contextmanager
    def claims360(self, port: int) -> Iterator[Sandbox]:
        """`claims360_sandbox`, running."""
        self.done.add("claims360_sandbox")
        command = [sys.executable, "manage.py", "claims360_sandbox", f"--port={port}", "--missions=12"]
        with subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL) as program:
            sandbox = Sandbox(f"http://127.0.0.1:{port}", BODYSHOP_ID)
            try:
                until(lambda: _answers(sandbox), "the sandbox answers")
                yield sandbox
            finally:
                program.terminate()


def _answers(sandbox: Sandbox) -> bool:
    try:
        return bool(sandbox.keys())
    except WalkFailed:
        return False


def test_the_commands_of_the_readme(tmp_path: Path) -> None:
    port = free_port(19_360)
    here = Installation(tmp_path, port)
    begin_migrated(tmp_path / "var/planmanager.sqlite3")
    here.manage("migrate", "--verbosity=0")
    here.manage("load_demo")
    with here.claims360(port) as claims360:
        repairer = provisioned(here, claims360)
        synchronised(here, repairer)
        the_older_platform(here)
        _ended, said = here.tried("doctor", "--json")  # 1: no round has been, for no beat runs
        assert {"version", "disk", "write-once"} <= {one["check"] for one in json.loads(said)["checks"]}
    kept_and_forgotten(here)
    with running_s3(tmp_path / "elsewhere") as bucket:
        assert "copied" in here.manage("move_files", **bucket.environment())
    with postgresql() as url:
        moved = here.manage("move_database", str(tmp_path / "var/planmanager.sqlite3"), DATABASE_URL=url)
        rows = re.match(r"(\d+) rows of \d+ tables were moved", moved)
        assert rows and int(rows[1]) > 100, moved
    assert set(TABLE) - here.done == set()


def provisioned(here: Installation, claims360: Sandbox) -> str:
    """The id of a repairer that is configured now."""
    known = json.loads(here.manage("repairers", "--json"))
    repairer = next(str(one["id"]) for one in known if one["name"] == _NAME)
    keys = claims360.keys()
    typed = f"{keys['bodyshop']}\n{keys['planmanager']}\n"
    here.manage("configure_claims360", "--repairer", repairer, "--bodyshop-id", BODYSHOP_ID, typed=typed)
    return repairer


def synchronised(here: Installation, repairer: str) -> None:
    outcomes = [json.loads(line) for line in here.manage("sync_claims360", "--all", "--json").splitlines()]
    assert [one["outcome"] for one in outcomes] == ["ok"]
    held = json.loads(here.manage("show_claims360", "--repairer", repairer, "--json"))
    assert held["missions"]
    probed = here.folder / "probed"
    assert "whoami" in here.manage("claims360_probe", "--repairer", repairer, "--save", str(probed))
    assert list(probed.iterdir())


def the_older_platform(here: Installation) -> None:
    incoming = here.folder / "incoming"
    incoming.mkdir()
    here.manage("winformex_import", str(incoming), "--once")
    ended, said = here.tried("winformex_send", "1")
    assert ended == 1 and "claims360" in said.lower()


def kept_and_forgotten(here: Installation) -> None:
    here.manage("rotate_credentials_keys")
    ended, said = here.tried("forget_second_factor", "helpdesk")  # who has none is told so
    assert ended == 1 and said.startswith("CommandError: ")
    backup = here.folder / "backup.tar"
    here.manage("backup", str(backup))
    here.manage("restore", str(backup), "--replace", "--yes")
    here.manage("retention")
    whole = here.folder / "owner.zip"
    here.manage("export_owner", "--owner", "Taxi Exemple", str(whole))
    assert whole.stat().st_size
    ended, said = here.tried("forget", "--owner", "Taxi Exemple", "--yes")  # not while his dossier is open
    assert ended == 1 and "close it first" in said

"""docs/debian.md, followed in a clean folder: from nothing to a repairer with missions, lost and back, newer and older.

Left out, by the word behind `sh`: what wants root, the network, or a second database (the test of the README's commands
moves one). The libraries are those of the tests. `make debian` leaves nothing out.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from claims360_link.sandbox.server import Sandbox, running_sandbox
from planmanager.demo.sandbox import Sandbox as Claims360
from tests.postgresql import postgresql
from tests.processes import PATIENCE, free_port, until
from tests.redis import Redis, running_redis
from tests.stack.document import BLOCKS, MOVE, NETWORK, PLAIN, ROOTS, Operator
from tests.stack.held import Held, held
from tests.stack.newer import commit_all, commit_newer
from tests.stack.units import BIN, ROOT, SERVICES, started

pytestmark = pytest.mark.stack

BODYSHOP_ID = "475869429"
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", "var", "node_modules", ".*_cache", "__pycache__", "tests"
)
IN_ADMIN = f"""
from constance import config
from repairers.models import Repairer, Site
Repairer.objects.create(site=Site.objects.create(name='Namur'), name='Demo', mailbox_number='{BODYSHOP_ID}')
config.CLAIMS360_ENABLED = True
"""


@pytest.fixture
def claims360() -> Iterator[Sandbox]:
    with running_sandbox(missions=12, photos=2) as sandbox:
        yield sandbox


@pytest.fixture
def broker() -> Iterator[Redis]:
    with running_redis() as redis:
        yield redis


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The project as it is, and one commit further a version with another schema."""
    repository = tmp_path / "repository"
    shutil.copytree(ROOT, repository, ignore=NOT_COPIED)
    commit_all(repository, "as it is")
    return repository


def test_the_document(tmp_path: Path, repository: Path, claims360: Sandbox, broker: Redis) -> None:
    with postgresql() as url:
        place = Place(tmp_path, repository, claims360, broker, url)
        installed(place)
        provisioned(place)
        lost_and_back(place)
        newer_and_older(place)
        keys_rotated(place)
        runs(place)
        upgraded(place)  # once more: a rollback leaves nothing in its way
    left_out = {block.kind for block in BLOCKS if block not in place.operator.typed}
    assert left_out == {ROOTS, NETWORK, MOVE}, "every block without such a word was typed"


class Place:
    """The folders of an installation below `folder`, and who types there."""

    def __init__(
        self, folder: Path, repository: Path, claims360: Sandbox, broker: Redis, database: str
    ) -> None:
        names = ("app", "data", "conf", "backups")
        self.app, self.data, self.conf, self.backups = (folder / name for name in names)
        self.claims360 = claims360
        for path in (self.data, self.conf / "secrets", self.backups):
            path.mkdir(parents=True)
        subprocess.run(["git", "clone", "--quiet", repository, self.app], check=True)
        (self.app / ".venv").symlink_to((ROOT / ".venv").resolve())
        here = {
            "APP": str(self.app),
            "DATA": str(self.data),
            "CONF": str(self.conf),
            "BACKUPS": str(self.backups),
            "SITE_HOST": "localhost",
            "CLAIMS360_API_URL": claims360.api_url,
            "DATABASE_URL": database,
        }
        instead = {
            "127.0.0.1:6379": f"127.0.0.1:{broker.port}",
            "PRODUCTION=true": "PRODUCTION=false",  # the sandbox is none for production
            "BS-0001": BODYSHOP_ID,
            "THE-NEW-VERSION": "origin/newer",
        }
        self.repository = repository
        self.operator = Operator(self._run, here, instead)

    def _run(self, script: str, typed: str) -> "subprocess.CompletedProcess[str]":
        known = {"PATH": os.environ["PATH"], "HOME": str(self.data), "NO_PROXY": "127.0.0.1"}
        command = ["bash", "-c", script]
        return subprocess.run(command, env=known, input=typed, capture_output=True, text=True)

    def held(self, name: str) -> Held:
        """What is here now, by a backup of that name."""
        self.operator.manage(f'backup "$BACKUPS/{name}.tar"')
        return held(self.backups / f"{name}.tar")


def installed(place: Place) -> None:
    """Secrets, tables, the first of the helpdesk."""
    for heading in ("Secrets and settings", "Texts and pictures", "Tables"):
        place.operator.follow(heading)
    place.operator.follow("The first of the helpdesk", typed="a long enough passphrase\n")
    assert b"," not in (place.conf / "secrets/credentials_keys").read_bytes()


def provisioned(place: Place) -> None:
    """A repairer with the sandbox's keys, and what it sends: missions that wait, quotes, photos."""
    place.operator.manage("shell --verbosity=0", typed=IN_ADMIN)
    keys = Claims360(place.claims360.url, BODYSHOP_ID).keys()
    said = place.operator.follow("Repairers", typed=f"{keys['bodyshop']}\n{keys['planmanager']}\n")
    assert "Demo" in said.splitlines()[1], "the table of repairers, before anything else"


def lost_and_back(place: Place) -> None:
    place.operator.follow("Backup")
    before = held(place.backups / "at-once.tar")
    there = Claims360(place.claims360.url, BODYSHOP_ID).missions()
    photos = {photo["sha256"] for mission in there.values() for photo in mission["photos"]}
    assert before["database/dossiers_mission.copy"][0] == len(there) > 1
    assert len([name for name in before if name.startswith("files/photos/")]) == len(photos) > 1
    place.operator.manage("flush --no-input")
    shutil.rmtree(place.data / "files")
    said = place.operator.follow("Restore")
    assert "are lost" not in said
    assert place.held("back") == before


def newer_and_older(place: Place) -> None:
    """An upgrade that changes tables and what is in them, taken back."""
    commit_newer(place.repository)
    upgraded(place)
    before = held(place.backups / "before-upgrade.tar")
    after = place.held("newer")
    assert after.keys() - before.keys() == {"database/dossiers_madeup.copy"}
    changed = {name for name in before if after[name] != before[name]}
    assert changed >= {"database/dossiers_mission.copy", "database/django_migrations.copy"}
    rolled_back(place)
    assert place.held("older-again") == before


def upgraded(place: Place) -> None:
    for heading in ("Upgrade", "Tables"):
        place.operator.follow(heading)
    assert (place.app / "dossiers/migrations/9999_made_up.py").exists()


def rolled_back(place: Place) -> None:
    """First the program alone, which says what is missing; then as the document has it."""
    program, data = (block for block in BLOCKS if (block.heading, block.kind) == ("Rollback", PLAIN))
    place.operator.type(program)
    assert not (place.app / "dossiers/migrations/9999_made_up.py").exists()
    said = place.operator.manage("doctor --json || true")
    assert "migrations" in {one["check"] for one in json.loads(said)["checks"] if not one["well"]}
    place.operator.type(data)


def keys_rotated(place: Place) -> None:
    """The old key is gone, and what it had encrypted is read with the new one."""
    file = place.conf / "secrets/credentials_keys"
    old = file.read_text()
    place.operator.follow("Key rotation")
    assert "," not in file.read_text() and file.read_text() != old
    [outcome] = place.operator.manage("sync_claims360 --all --json").splitlines()
    assert json.loads(outcome)["outcome"] == "ok"


def runs(place: Place) -> None:
    """What the units start, with their environment: all is well, a round has been."""
    port = free_port()
    lines = (place.conf / "planmanager.env").read_text().splitlines()
    known = {"PATH": os.environ["PATH"], **dict(line.split("=", 1) for line in lines)}
    secrets = ("secret_key", "credentials_keys", "database_url")
    known |= {f"{name.upper()}_FILE": str(place.conf / "secrets" / name) for name in secrets}
    processes = []
    try:
        for service in SERVICES:
            words = [
                word.replace(BIN, f"{place.app}/.venv/bin/").replace(":8000", f":{port}")
                for word in started(service)
            ]
            processes.append(subprocess.Popen(words, cwd=place.app, env=known, stdout=subprocess.DEVNULL))
        until(lambda: ready(port), "database, broker, migrations and rounds are well")
        assert [process.poll() for process in processes] == [None] * len(SERVICES)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(PATIENCE)


def ready(port: int) -> bool:
    try:
        answer = requests.get(
            f"http://127.0.0.1:{port}/readyz", headers={"X-Forwarded-Proto": "https"}, timeout=PATIENCE
        )
    except requests.RequestException:
        return False
    return answer.status_code == 200

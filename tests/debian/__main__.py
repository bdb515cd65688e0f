"""`make debian`: docs/debian.md on a fresh Debian that is booted beside this one, nothing left out.

Wants root, Debian's archive and PyPI, ten minutes, 3 GB, and what `apt-get install debootstrap systemd-container
slirp4netns` installs. Says each step as it is done; the first that fails ends it.
"""

import functools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from claims360_link.sandbox.server import Sandbox, running_sandbox
from planmanager.demo.sandbox import Sandbox as Claims360
from tests.debian.machine import HERE, Machine, fresh_debian
from tests.debian.people import Garage, Helpdesk
from tests.processes import until
from tests.stack.document import BLOCKS, MOVE, NETWORK, PLAIN, ROOTS, Operator
from tests.stack.held import Held, held
from tests.stack.newer import commit_all, commit_newer
from tests.stack.units import EXPOSURE, ROOT, SERVICES

BODYSHOP_ID, PASSWORD = "475869429", "a long enough passphrase"
BUNDLE, NAME = "/var/lib/planmanager.bundle", "claims360.example.be"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", ".*_cache", "__pycache__")
UNITS = " ".join(f"planmanager-{service}" for service in SERVICES)
# Claims360's place is taken by the sandbox, behind HTTPS as a real one is.
IN_FRONT_OF_IT = """{{
    admin off
    auto_https disable_redirects
    skip_install_trust
}}
{name}:8443 {{
    tls /root/site.crt /root/site.key
    reverse_proxy {address}
}}
"""
A_TRIAL = """
export VAR_DIR=/srv/planmanager/old
cd /srv/planmanager/app
.venv/bin/python manage.py migrate --verbosity=0
.venv/bin/python manage.py load_demo
"""


class Story:
    """The life of an installation on `machine`, as its operator and its helpdesk live it."""

    def __init__(self, machine: Machine, repository: Path, claims360: Sandbox) -> None:
        self.machine, self.repository, self.claims360 = machine, repository, claims360
        self.url = f"https://localhost:{machine.https}"
        self.backups = machine.root / "var/backups/planmanager"
        self.certificate = machine.root / "root/site.crt"
        here = {"SITE_HOST": "localhost", "CLAIMS360_API_URL": f"https://{NAME}:8443/v1"}
        instead = {
            "planmanager.example.be": "localhost",
            "THE-REPOSITORY": BUNDLE,
            "BS-0001": BODYSHOP_ID,
            "THE-NEW-VERSION": "origin/newer",
        }
        self.operator = Operator(
            lambda script, typed: machine.run(script, typed, "planmanager"), here, instead, machine.run
        )

    def told(self) -> Iterator[str]:
        """Each step as it was done."""
        yield self.is_installed()
        yield self.starts()
        yield self.is_shut_in()
        yield self.has_a_certificate_of_its_own()
        yield self.first_of_the_helpdesk()
        yield self.is_provisioned()
        yield self.garage_works()
        for service in SERVICES:
            yield self.comes_back(service)
        yield self.stops_in_time()
        yield self.is_backed_up_each_night()
        yield self.is_restored()
        yield self.is_upgraded_and_rolled_back()
        yield self.has_new_keys()
        yield self.has_been_moved()
        left = [block for block in BLOCKS if block not in self.operator.typed]
        assert not left, left
        yield f"all {len(BLOCKS)} blocks of docs/debian.md were typed"

    # --- from nothing ---------------------------------------------------------------------------------------------

    def is_installed(self) -> str:
        self.bundle()
        self.operator.follow("As root: packages, user, source", ROOTS)
        self.in_place_of_claims360()
        self.operator.follow("Libraries", NETWORK)
        for heading in ("Secrets and settings", "Texts and pictures", "Tables"):
            self.operator.follow(heading)
        self.operator.follow("The first of the helpdesk", typed=f"{PASSWORD}\n")
        trusted = "REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt"
        self.machine.root_types(f"echo {trusted} >> /etc/planmanager/planmanager.env")
        return "installed: " + self.machine.root_types(
            "su - planmanager -c 'app/.venv/bin/python -m django --version'"
        )

    def bundle(self) -> None:
        """What the machine clones and fetches from."""
        target = self.machine.root / BUNDLE.lstrip("/")
        subprocess.run(
            ["git", "-C", self.repository, "bundle", "create", "--quiet", target, "HEAD", "--branches"],
            check=True,
        )
        target.chmod(0o644)

    def in_place_of_claims360(self) -> None:
        """A name that leads here, and a certificate for it and for the site that this machine believes."""
        address = self.claims360.url.removeprefix("http://").replace("127.0.0.1", HERE)
        (self.machine.root / "root/claims360").write_text(IN_FRONT_OF_IT.format(name=NAME, address=address))
        self.machine.root_types(f"""
            echo '127.0.0.1 {NAME}' >> /etc/hosts
            openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost \\
                -addext 'subjectAltName=DNS:localhost,DNS:{NAME}' -keyout site.key -out site.crt 2> /dev/null
            cp site.crt /usr/local/share/ca-certificates/site.crt
            update-ca-certificates > /dev/null
            systemd-run --quiet --unit=in-place-of-claims360 --setenv=HOME=/root \\
                caddy run --adapter caddyfile --config /root/claims360
        """)

    # --- it runs --------------------------------------------------------------------------------------------------

    def starts(self) -> str:
        self.operator.follow("As root: start, and HTTPS", ROOTS)
        authority = self.machine.root / "var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt"
        until(
            lambda: authority.exists() and self.is_ready(authority),
            "it is ready behind Caddy's own certificate",
        )
        enabled = self.machine.root_types(f"systemctl is-enabled planmanager.target {UNITS}").split()
        assert set(enabled) == {"enabled"}
        return "started, and enabled for the next boot; ready behind a certificate that Caddy made"

    def is_shut_in(self) -> str:
        """By what systemd really does here: each of them runs without privileges, under a filter of system calls."""
        seen = set()
        for unit in UNITS.split():
            self.machine.root_types(f"systemd-analyze security --threshold={EXPOSURE} {unit}")
            [pid] = self.shown(unit, "MainPID")
            status = self.machine.root_types(
                f"grep -E '^(Uid|CapBnd|NoNewPrivs|Seccomp):' /proc/{pid}/status"
            )
            seen.add(tuple(status.split()))
        [told] = seen
        return f"shut in, all alike: {' '.join(told)}"

    def has_a_certificate_of_its_own(self) -> str:
        self.operator.follow("As root: a certificate of your own", ROOTS)
        until(lambda: self.is_ready(self.certificate), "it is ready behind the certificate of the house")
        return "HTTPS with a certificate of the house"

    def is_ready(self, authority: Path) -> bool:
        session = requests.Session()
        session.trust_env = False
        try:
            answer = session.get(f"{self.url}/readyz", verify=str(authority), timeout=10)
        except requests.RequestException:
            return False
        return answer.status_code == 200

    def becomes_ready(self) -> None:
        until(lambda: self.is_ready(self.certificate), "it is ready again", 120)

    # --- people ---------------------------------------------------------------------------------------------------

    def first_of_the_helpdesk(self) -> str:
        helpdesk = Helpdesk(self.url, self.certificate)
        helpdesk.sets_an_app_up(helpdesk.log_in("helpdesk", PASSWORD))
        helpdesk.switches_claims360_on()
        helpdesk.makes_a_repairer("Namur", "Carrosserie Demo", BODYSHOP_ID)
        helpdesk.makes_a_user("namur", PASSWORD, "Namur")
        return "the first of the helpdesk: password, second factor, option, site, repairer and user in admin"

    def is_provisioned(self) -> str:
        keys = Claims360(self.claims360.url, BODYSHOP_ID).keys()
        said = self.operator.follow("Repairers", typed=f"{keys['bodyshop']}\n{keys['planmanager']}\n")
        [one] = json.loads(self.operator.manage("repairers --json"))
        assert one["configured"]
        self.operator.manage("doctor")
        return f"provisioned, and the doctor has nothing to say: {said.splitlines()[-1]}"

    def garage_works(self) -> str:
        """Through Caddy, web server, both workers and what they may write."""
        garage = Garage(self.url, self.certificate)
        garage.log_in("namur", PASSWORD)
        garage.receives(self.claims360.store.create_mission(photos=2)["id"], 2)
        return "a garage pressed Rafraîchir: a new mission and its photos came by the two workers"

    # --- it goes on -----------------------------------------------------------------------------------------------

    def comes_back(self, service: str) -> str:
        """Killed, and ended politely: both times systemd starts it again."""
        unit = f"planmanager-{service}"
        for times, signal in (("1", "KILL"), ("2", "TERM")):
            self.machine.root_types(f"systemctl kill --signal={signal} --kill-whom=main {unit}")
            back = [times, "active"]
            until(functools.partial(self.shows, unit, back), f"{unit} is back after {signal}")
        self.becomes_ready()
        return f"{unit} came back after SIGKILL, and after an end without error"

    def shows(self, unit: str, back: list[str]) -> bool:
        return self.shown(unit, "NRestarts", "ActiveState") == back

    def shown(self, unit: str, *names: str) -> list[str]:
        """What systemd knows of a unit."""
        said = self.machine.root_types(f"systemctl show {unit} --property={','.join(names)}")
        known = dict(line.split("=", 1) for line in said.splitlines())
        return [known[name] for name in names]

    def stops_in_time(self) -> str:
        """No service has to be killed, and none is left; then all of it starts by its one name."""
        began = time.monotonic()
        self.stop()
        seconds = time.monotonic() - began
        results = {
            service: self.shown(f"planmanager-{service}", "ActiveState", "Result") for service in SERVICES
        }
        assert set(map(tuple, results.values())) == {("inactive", "success")}, results
        self.start()
        return f"stopped within {seconds:.0f} s, no service killed; started again"

    def stop(self) -> None:
        self.machine.root_types("systemctl stop planmanager.target")

    def start(self) -> None:
        self.machine.root_types("systemctl start planmanager.target")
        self.becomes_ready()

    # --- its data -------------------------------------------------------------------------------------------------

    def held(self, name: str) -> Held:
        self.operator.manage(f'backup "$BACKUPS/{name}.tar"')
        return held(self.backups / f"{name}.tar")

    def is_backed_up_each_night(self) -> str:
        self.machine.root_types("touch -d '40 days ago' /var/backups/planmanager/2020-01-01.tar")
        self.machine.root_types("systemctl start planmanager-backup.service")
        [made] = self.backups.glob("20*.tar")
        told = self.machine.root_types(
            "systemctl show planmanager-backup.timer --property=NextElapseUSecRealtime"
        )
        return f"the timer's unit made {made.name} of {len(held(made))} tables and files; {told}"

    def is_restored(self) -> str:
        self.stop()
        self.operator.follow("Backup")
        before = held(self.backups / "at-once.tar")
        self.operator.manage("flush --no-input")
        self.machine.root_types("rm -r /var/lib/planmanager/files")
        self.operator.follow("Restore")
        assert self.held("back") == before
        self.start()
        rows = sum(number for name, (number, _sum) in before.items() if name.startswith("database/"))
        return (
            f"lost and restored: {rows} rows, {len(before)} tables and files have the same counts and hashes"
        )

    def is_upgraded_and_rolled_back(self) -> str:
        commit_newer(self.repository)
        self.bundle()
        self.stop()
        before = self.held("older")
        self.upgrade()
        self.stop()
        after = self.held("newer")
        assert "database/dossiers_madeup.copy" in after.keys() - before.keys()
        self.roll_back()
        assert self.held("older-again") == before
        self.operator.type(self.last_of("Upgrade"))
        self.becomes_ready()
        self.operator.manage("sync_claims360 --all")
        return f"upgraded by a migration and rolled back: {len(before)} tables and files as before, ready, synchronised"

    def upgrade(self) -> None:
        stop, versions, start = (block for block in BLOCKS if block.heading == "Upgrade")
        self.operator.type(stop)
        self.operator.type(versions)
        self.operator.follow("Libraries", NETWORK)
        self.operator.follow("Texts and pictures")
        self.operator.follow("Tables")
        self.operator.type(start)
        self.becomes_ready()

    def roll_back(self) -> None:
        program, data = (block for block in BLOCKS if (block.heading, block.kind) == ("Rollback", PLAIN))
        self.operator.type(program)
        self.operator.follow("Libraries", NETWORK)
        self.operator.follow("Texts and pictures")
        self.operator.type(data)

    @staticmethod
    def last_of(heading: str):  # type: ignore[no-untyped-def]
        return [block for block in BLOCKS if block.heading == heading][-1]

    def has_new_keys(self) -> str:
        """As the document says: new before old, restart, all rows, old away, restart."""
        new, rows, old = (block for block in BLOCKS if block.heading == "Key rotation")
        self.operator.type(new)
        self.restart()
        said = self.operator.type(rows)
        self.operator.type(old)
        self.restart()
        self.operator.manage("sync_claims360 --all")
        return f"keys rotated: {said.strip()}"

    def restart(self) -> None:
        self.machine.root_types("systemctl restart planmanager.target")
        self.becomes_ready()

    def has_been_moved(self) -> str:
        """A trial on SQLite, of the demo, goes into the PostgreSQL that is here, made empty."""
        trial = self.machine.run(f"set -e\n{A_TRIAL}", user="planmanager")
        assert trial.returncode == 0, trial.stderr
        self.stop()
        self.machine.root_types(
            "su - postgres -c 'dropdb planmanager && createdb --owner=planmanager planmanager'"
        )
        self.operator.follow("Tables")
        self.machine.root_types("rm -r /var/lib/planmanager/files")
        said = self.operator.follow("From SQLite to PostgreSQL", MOVE)
        self.start()
        assert self.operator.manage("repairers").count("\n") == 6
        return f"moved from SQLite: {said.strip().splitlines()[-1]}"


@contextmanager
def living(folder: Path) -> Iterator[Story]:
    """On a machine that is made in `folder` and gone afterwards."""
    repository = folder / "repository"
    shutil.copytree(ROOT, repository, ignore=NOT_COPIED)
    commit_all(repository, "as it is")
    with running_sandbox(missions=4, photos=2) as claims360, fresh_debian(folder) as machine:
        yield Story(machine, repository, claims360)


def main() -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="debian-") as name, living(Path(name)) as story:
        for step in story.told():
            print(f"{time.monotonic() - began:5.0f} s  {step}", flush=True)


if __name__ == "__main__":
    sys.exit(main())

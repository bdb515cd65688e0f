"""A fresh Debian, booted beside this one: processes, systemd, files and a network of its own."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_UNIX, socket

import psutil

from tests.processes import free_port, until

RELEASE, ARCHIVE = "bookworm", "http://deb.debian.org/debian"
PROGRAMS = ("debootstrap", "systemd-nspawn", "nsenter", "slirp4netns")
HERE, NAMES = "10.0.2.2", "10.0.2.3"  # what slirp4netns calls this machine's 127.0.0.1, and who knows names
BOOT = 120.0  # seconds
# How a machine reaches the archives: what apt, pip and the authorities of the house have been told here.
KNOWN = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
OF_HERE = ("/etc/pip.conf", "/usr/local/share/ca-certificates", "/etc/apt/apt.conf.d/99*")


class Machine:
    """One that runs; `root` is its / as it is seen from here, `https` the port of here that leads to its 443."""

    def __init__(self, root: Path, process: psutil.Process) -> None:
        self.root, self._process = root, process
        self.https = free_port()

    def run(self, script: str, typed: str = "", user: str = "root") -> "subprocess.CompletedProcess[str]":
        """A login shell of `user` carries out `script`."""
        spaces = ["--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd"]
        inside = ["nsenter", f"--target={self._process.pid}", *spaces, "su", "-", user, "-c", script]
        return subprocess.run(inside, env=KNOWN, input=typed, capture_output=True, text=True)

    @property
    def pid(self) -> int:
        """Of its first process, as it is known here."""
        return int(self._process.pid)

    def root_types(self, script: str) -> str:
        """What root's `script` says; it must end well."""
        done = self.run(f"set -e\n{script}")
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()


@contextmanager
def fresh_debian(folder: Path) -> Iterator[Machine]:
    """Installed into `folder`, booted, and ended afterwards. Raises AssertionError where that is not possible here."""
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    assert not missing, f"not here: {', '.join(missing)}"
    root = folder / "debian"
    install(root)
    with (folder / "boot.log").open("wb") as log:
        command = ["systemd-nspawn", "--quiet", "--boot", f"--directory={root}", "--machine=fresh-debian"]
        apart = ["--register=no", "--keep-unit", "--console=pipe", "--private-network", "--resolv-conf=off"]
        nspawn = subprocess.Popen([*command, *apart], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        machine = booted(root, nspawn)
        with connected(machine, folder / "network"):
            yield machine
    finally:
        nspawn.terminate()  # it ends what runs there, as by `poweroff`
        nspawn.wait(BOOT)


@contextmanager
def connected(machine: Machine, api: Path) -> Iterator[None]:
    """It reaches what this machine reaches, and is reached by one port; `api`: a socket to be made."""
    command = ["slirp4netns", "--configure", f"--api-socket={api}", str(machine.pid), "tap0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as network:
        try:
            until(api.exists, "its network is there")
            asked = {"proto": "tcp", "host_addr": "127.0.0.1", "host_port": machine.https, "guest_port": 443}
            with socket(AF_UNIX) as link:
                link.connect(str(api))
                link.sendall(json.dumps({"execute": "add_hostfwd", "arguments": asked}).encode())
                assert b"error" not in (said := link.recv(1024)), said
            yield
        finally:
            network.terminate()


def install(root: Path) -> None:
    """Debian's own installer of a base system, and what this machine was told of the archives."""
    known = ["--include=ca-certificates,dbus,openssl", RELEASE, str(root), ARCHIVE]
    subprocess.run(["debootstrap", *known], check=True, stdout=subprocess.DEVNULL)
    for pattern in OF_HERE:
        for path in Path("/").glob(pattern.lstrip("/")):
            there = root / path.relative_to("/")
            if path.is_dir():
                shutil.copytree(path, there, dirs_exist_ok=True)
            else:
                shutil.copy(path, there)
    (root / "etc/resolv.conf").write_text(f"nameserver {NAMES}\n")
    inside = ["chroot", root, "update-ca-certificates"]
    subprocess.run(inside, env=KNOWN, check=True, capture_output=True)


def booted(root: Path, nspawn: "subprocess.Popen[bytes]") -> Machine:
    """Once its systemd has started all that it starts."""
    inits: list[psutil.Process] = []

    def has_begun() -> bool:
        assert nspawn.poll() is None, (root.parent / "boot.log").read_text()
        inits[:] = [one for one in psutil.Process(nspawn.pid).children() if one.name() == "systemd"]
        return bool(inits)

    until(has_begun, "its systemd is there", BOOT)
    machine = Machine(root, inits[0])
    until(
        lambda: machine.run("systemctl is-system-running").stdout.strip() in ("running", "degraded"),
        "it is up",
        BOOT,
    )
    return machine

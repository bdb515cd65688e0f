"""What runs in production: the compose file, the image, and all of it as processes, each of which may die."""

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings

from claims360_link.sandbox.server import Sandbox as RunningSandbox
from claims360_link.sandbox.server import running_sandbox
from planmanager.demo.browser import WalkFailed
from planmanager.demo.data import DOSSIERS, SITES
from planmanager.demo.garage import CONFIGURE, REFRESH, TAB, Garage, frame_of, log_in
from planmanager.demo.processes import Demo
from planmanager.demo.sandbox import Sandbox
from tests.processes import PATIENCE, until
from tests.s3 import running_s3
from tests.stack.composed import ROOT, Composed, compose, running, write_secrets
from tests.stack.tab import photos, shown

pytestmark = pytest.mark.stack
BIN = Path(sys.executable).parent
CLAIMS360 = "https://claims360.example/v1"
REPAIRER, BODYSHOP_ID = SITES["Namur"][0]
PLATE = str(DOSSIERS[0]["plate"])
MILEAGE = 84_321  # km
FILE = compose(SITE_HOST="garage.example", CLAIMS360_API_URL=CLAIMS360)
SERVICES: dict[str, Any] = FILE["services"]
LASTING = [name for name in SERVICES if name != "migrate"]


# --- the files ------------------------------------------------------------------------------------------------


def test_the_compose_file_is_one() -> None:
    schema = "vendor.compose-spec"
    subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, ROOT / "docker-compose.yml"], check=True
    )


def test_the_linter_has_nothing_to_say_of_the_dockerfile() -> None:
    said = subprocess.run([BIN / "hadolint", ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def test_every_queue_has_a_worker() -> None:
    used = {
        settings.CELERY_TASK_DEFAULT_QUEUE,
        *(one["queue"] for one in settings.CELERY_TASK_ROUTES.values()),
    }
    words = [word for service in SERVICES.values() for word in service.get("command", [])]
    served = [word.removeprefix("--queues=").split(",") for word in words if word.startswith("--queues=")]
    assert sorted(used) == sorted(name for names in served for name in names)


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_comes_back_is_watched_and_has_bounds(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"] and service["healthcheck"]["timeout"]
    assert {"cpus", "memory", "pids"} == service["deploy"]["resources"]["limits"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_or_writes_where_it_should_not(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged") and service.get("cap_add", []) in ([], ["NET_BIND_SERVICE"])


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_by_file(name: str) -> None:
    known = SERVICES[name].get("environment", {})
    assert not {name.upper() for name in FILE["secrets"]} & known.keys() and "POSTGRES_PASSWORD" not in known
    files = {Path(path) for key, path in known.items() if key.endswith("_FILE")}
    assert files == {Path("/run/secrets") / secret for secret in SERVICES[name].get("secrets", [])}
    assert {file.name for file in files} <= FILE["secrets"].keys()


def test_each_secret_of_the_settings_has_a_file() -> None:
    source = Path(settings.BASE_DIR, "planmanager/settings.py").read_text()
    named = re.findall(r'env\.\w+\("(\w*(?:SECRET|TOKEN|SECRET_KEY|CREDENTIALS_KEYS))"', source)
    with_a_password = {"DATABASE_URL", "EMAIL_URL"}
    assert {*named, *with_a_password} == {name.upper() for name in FILE["secrets"]} - {"DATABASE_PASSWORD"}


def test_the_database_is_there_once_others_can_reach_it() -> None:
    """Its image answers on the socket already while it makes the database; over the network not before it is made."""
    assert "--host=127.0.0.1" in SERVICES["database"]["healthcheck"]["test"]


def test_the_key_of_a_bucket_comes_by_file(tmp_path: Path) -> None:
    composed = Composed(tmp_path, tmp_path / "database", CLAIMS360)
    write_secrets(tmp_path / "secrets", "sqlite:///:memory:")
    with running_s3(tmp_path / "s3") as server:
        known = server.environment()
        (tmp_path / "secrets/s3_secret_key").write_text(known.pop("S3_SECRET_KEY"))
        keep = "from dossiers.store import files; files.put('kept', __import__('io').BytesIO(b'kept'))"
        command = ["python", "manage.py", "shell", "--command", keep]
        subprocess.run(command, cwd=ROOT, env=composed.environment("web") | known, check=True)
        assert (tmp_path / "s3" / server.name / "kept").exists()


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert FILE["networks"]["inside"] == {"internal": True}
    assert [SERVICES[name]["networks"] for name in ("database", "redis")] == [["inside"], ["inside"]]


def test_its_environment_is_one_for_production(tmp_path: Path) -> None:
    composed = Composed(tmp_path, tmp_path / "database", CLAIMS360)
    write_secrets(tmp_path / "secrets", "postgres://planmanager@database/planmanager")
    known = composed.environment("web")
    check = ["python", "manage.py", "check", "--deploy", "--fail-level=WARNING"]
    said = subprocess.run(check, cwd=ROOT, env=known, capture_output=True, text=True)
    assert known["PRODUCTION"] == "true"
    assert (said.returncode, said.stderr) == (0, "")


# --- the image ------------------------------------------------------------------------------------------------

LOAD_ALL = """
import sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))  # none of these can be imported
import django; django.setup()
from django.core.management import get_commands, load_command_class
import planmanager.wsgi, planmanager.urls
from planmanager.celery import app
app.loader.import_default_modules()
ours = ("planmanager", "claims360_link", "dossiers", "repairers")
names = [name for name, package in get_commands().items() if package in ours]
for name in names:
    load_command_class(get_commands()[name], name)
print(*names)
"""


def context(folder: Path) -> Path:
    """What .dockerignore lets into the image."""
    lines = [
        line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("", "#", "*")
    ]
    for name in (line[1:] for line in lines if line.startswith("!")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for name in (line for line in lines if not line.startswith("!")):
        gone = folder / name
        shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    return folder


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def only_for_development() -> set[str]:
    """The modules that are installed here and that no package of the image has."""
    held = {name.replace("-", "_") for name in pins("requirements.txt")}
    found = importlib.metadata.packages_distributions().items()
    return {
        module
        for module, packages in found
        if not held & {name.lower().replace("-", "_") for name in packages}
    }


def test_the_image_holds_all_that_runs_and_no_demo(tmp_path: Path) -> None:
    """Every module loads from what the image holds, with the packages of its lock alone."""
    known = {"VAR_DIR": str(tmp_path / "var"), "DJANGO_SETTINGS_MODULE": "planmanager.settings"}
    missing = only_for_development()
    assert {"flask", "pytest", "piexif"} <= missing and not {"django", "celery", "PIL"} & missing
    load = [sys.executable, "-c", LOAD_ALL, *missing]
    inside = context(tmp_path / "app")
    said = subprocess.run(load, cwd=inside, env=known, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    commands = set(said.stdout.split())
    assert {"doctor", "sync_claims360"} <= commands
    assert not {"demo", "load_demo", "claims360_sandbox"} & commands


def test_the_image_has_the_versions_that_were_tested() -> None:
    assert pins("requirements.txt").items() < pins("requirements-dev.txt").items()
    assert "--index-url" not in (ROOT / "requirements.txt").read_text()


# --- all of it, running ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(missions=3, photos=2) as claims360:
        yield claims360


@pytest.fixture(scope="module")
def composed(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Everything is up, with the demo's data. A sandbox is no Claims360 for production, so that is said."""
    folder = tmp_path_factory.mktemp("composed")
    with running(folder, sandbox.api_url, {"PRODUCTION": "false"}) as composed:
        composed.run("python", "manage.py", "load_demo")
        yield composed


@pytest.fixture(scope="module")
def garage(sandbox: RunningSandbox, composed: Composed) -> Garage:
    """Somebody of the garage, logged in and configured through the proxy, after a first refresh."""
    garage = Garage(Demo(composed.url, sandbox.url, composed.folder))
    garage.browser.session.verify = str(composed.certificate)
    log_in(garage.browser, "namur")
    form, keys = garage.choose(REPAIRER).form(CONFIGURE), Sandbox(sandbox.url, BODYSHOP_ID).keys()
    typed = {f"{kind}_key": keys[kind] for kind in ("bodyshop", "planmanager")}
    assert garage.browser.send(form, typed).path == TAB
    garage.refresh()
    return garage


def ready(composed: Composed) -> tuple[int, set[str]]:
    """What a monitor reads: the status, and the parts that are not well."""
    answer = requests.get(f"{composed.url}/readyz", verify=str(composed.certificate), timeout=PATIENCE)
    return answer.status_code, {part for part, word in answer.json().items() if word != "ok"}


def press_refresh(garage: Garage) -> str:
    """Press the button and look no further; gives the run that the frame told of before."""
    tab = garage.browser.open(TAB)
    garage.browser.send(tab.form(REFRESH), {"repairer": garage.repairer})
    return frame_of(tab).run


def test_the_main_job(garage: Garage, sandbox: RunningSandbox) -> None:
    claims360 = Sandbox(sandbox.url, BODYSHOP_ID)
    missions = claims360.missions()
    assert set(shown(garage.browser)) == missions.keys()
    wanted = sum(len(mission["photos"]) for mission in missions.values())
    until(lambda: photos(garage.browser) == wanted, "every photo is stored")
    garage.send(garage.dossier_with(PLATE), MILEAGE, photos=2)
    received = claims360.received()
    assert [said for _id, said in received["opened"]] == [{"plate": PLATE, "mileage": MILEAGE}]
    assert len(received["photos"]) == 2


def test_all_are_healthy(garage: Garage, composed: Composed) -> None:
    for service in LASTING:
        composed.wait_for(service)
    until(lambda: ready(composed) == (200, set()), "all parts are well")
    assert json.loads(composed.run("python", "manage.py", "doctor", "--json"))["well"]


@pytest.mark.parametrize("service", ["web", "worker", "photos", "beat"])
def test_each_line_of_a_log_is_a_document(garage: Garage, composed: Composed, service: str) -> None:
    """From the first one on: no banner, nothing that is written before the settings are read."""
    assert {"level", "logger", "message"} <= log_of(composed, service)[0].keys()


def log_of(composed: Composed, service: str) -> list[dict[str, str]]:
    """What a service wrote, each line a document."""
    *lines, _being_written = (composed.folder / f"{service}.log").read_text().split("\n")
    return [json.loads(line) for line in lines]


def test_one_id_from_the_click_to_the_wire(
    garage: Garage, composed: Composed, sandbox: RunningSandbox
) -> None:
    """A round that is under way answers a click, too, under its own id: it is clicked until one is answered apart."""

    def ids(service: str, part: str) -> set[str]:
        return {one["request_id"] for one in log_of(composed, service) if part in one["message"]}

    def traced() -> set[str]:
        asked = {one["request_id"] for one in sandbox.store.requests.last if one["path"] == "/v1/changes"}
        return ids("web", f"POST {REFRESH} ") & ids("worker", "sync_repairer") & asked

    def is_traced_when_clicked() -> set[str]:
        garage.refresh()
        return traced()

    until(is_traced_when_clicked, "a click, its sync and the question to Claims360 have one id")


def test_plain_http_leads_to_https(composed: Composed) -> None:
    plain = f"http://localhost:{composed.ports['http']}/claims360/"
    answer = requests.get(plain, allow_redirects=False, timeout=PATIENCE)
    assert (answer.status_code, answer.headers["Location"]) == (308, "https://localhost/claims360/")


def test_a_proxy_that_dies(garage: Garage, composed: Composed) -> None:
    composed.kill("proxy")
    with pytest.raises(WalkFailed):
        garage.browser.open(TAB)
    composed.restart("proxy")
    composed.wait_for("proxy")
    until(composed.is_reached, "it is reached from outside again")
    garage.browser.open(TAB)


def test_a_web_server_that_dies(garage: Garage, composed: Composed) -> None:
    composed.kill("web")
    garage.browser.open(TAB, status=502)
    composed.restart("web")
    composed.wait_for("web")
    garage.refresh()


def test_a_worker_that_dies(garage: Garage, composed: Composed, sandbox: RunningSandbox) -> None:
    composed.kill("worker")
    mission = sandbox.store.create_mission()["id"]
    press_refresh(garage)
    assert mission not in shown(garage.browser)
    composed.restart("worker")
    until(lambda: mission in shown(garage.browser), "the mission is there")


def test_a_worker_of_photos_that_dies(garage: Garage, composed: Composed, sandbox: RunningSandbox) -> None:
    before = photos(garage.browser)
    composed.kill("photos")
    mission = sandbox.store.create_mission(photos=2)["id"]
    press_refresh(garage)
    until(lambda: mission in shown(garage.browser), "the mission is there")
    assert photos(garage.browser) == before, "it does not wait for its photos"
    composed.restart("photos")
    until(lambda: photos(garage.browser) == before + 2, "its photos are stored")


def test_a_database_that_dies(garage: Garage, composed: Composed) -> None:
    composed.kill("database")
    assert ready(composed) == (503, {"database", "migrations", "write-once", "rounds"})
    assert composed.healthy("web"), "the web server itself is alive"
    composed.restart("database")
    garage.refresh()
    until(lambda: ready(composed) == (200, set()), "all parts are well")


def test_redis_and_beat_die_and_a_wish_is_not_lost(garage: Garage, composed: Composed) -> None:
    """The button was pressed while no worker could be told: the row stands, and beat's next minute finds it."""
    garage.refresh()
    for service in ("redis", "beat"):
        composed.kill(service)
    assert ready(composed) == (503, {"broker"})
    sign = composed.folder / "var/beat"
    os.utime(sign, (0, 0))
    assert not composed.healthy("beat")
    before = press_refresh(garage)
    for service in ("redis", "beat"):
        composed.restart(service)
        composed.wait_for(service)
    begun = sign.stat().st_mtime
    until(lambda: frame_of(garage.browser.open(TAB)).run not in ("", before), "the sync is over")
    until(lambda: frame_of(garage.browser.open(TAB)).dot == "ok", "the photos have come, too")
    until(lambda: sign.stat().st_mtime > begun, "beat shows that it has told the workers something")

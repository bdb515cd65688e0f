"""The commands, as scripts meet them: JSON on stdout, one line on stderr, an exit code."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from claims360_link.models import Configuration
from claims360_link.sandbox.server import Sandbox
from dossiers.intake import decide
from dossiers.models import Mission
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory
from tests.link.world import DEMO, set_options
from tests.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def called(*args: Any) -> tuple[str, int]:
    """What a command printed, and its exit code."""
    out = StringIO()
    try:
        call_command(*args, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


# --- sync_claims360 -----------------------------------------------------------------------------------------------


def test_a_sync_prints_one_json_line_with_its_photos(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.create_mission(photos=2)
    text, code = called("sync_claims360", "--repairer", configured.pk, "--json")
    assert code == 0
    assert lines(text) == [
        {
            "repairer": configured.pk,
            "outcome": "ok",
            "pages": 1,
            "missions": {"received": 1, "new": 1, "updated": 0, "waiting": 1, "excluded": 0},
            "quotes": {"received": 1, "new": 1, "updated": 0, "waiting": 0, "excluded": 0},
            "photos": {"received": 2, "stored": 2, "failed": 0},
            "set_aside": 0,
            "error": None,
        }
    ]


def test_what_is_set_aside_or_failed_is_partial(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.create_mission(photos=1)
    sandbox.store.faults.add("invalid_record", times=None, variant="bad_amount")
    (line,) = lines(called("sync_claims360", "--all", "--json")[0])
    assert (line["outcome"], line["set_aside"], line["error"]) == ("partial", 1, None)


def test_all_goes_on_after_one_that_fails(configured: Repairer, sandbox: Sandbox) -> None:
    keys = sandbox.store.keys("475869430")
    other = RepairerFactory()
    Configuration.objects.create(
        repairer=other, bodyshop_id="475869430", bodyshop_key="x", planmanager_key="y",
        planmanager_key_sha256="0" * 64,
    )  # fmt: skip
    third = RepairerFactory()
    Configuration.objects.create(
        repairer=third, bodyshop_id="475869431", bodyshop_key="x", planmanager_key=keys["planmanager"],
        planmanager_key_sha256="0" * 64,
    )  # fmt: skip
    text, code = called("sync_claims360", "--all", "--json")
    assert code == 1
    assert [(line["repairer"], line["outcome"], line["error"]) for line in lines(text)] == [
        (configured.pk, "ok", None),
        (other.pk, "failed", "key-damaged"),
        (third.pk, "failed", "key-damaged"),
    ]
    assert "475869430" not in text


def test_not_configured_fails(active: None, repairer: Repairer) -> None:
    text, code = called("sync_claims360", "--repairer", repairer.pk, "--json")
    assert code == 1
    assert (lines(text)[0]["outcome"], lines(text)[0]["error"]) == ("failed", "not-configured")


def test_for_people(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.create_mission(photos=1)
    text, _ = called("sync_claims360", "--repairer", configured.pk)
    assert len(text.splitlines()) == 1
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_without_a_name_it_is_every_repairer(configured: Repairer, sandbox: Sandbox) -> None:
    text, code = called("sync_claims360", "--json")
    assert (code, [line["repairer"] for line in lines(text)]) == (0, [configured.pk])


@pytest.mark.parametrize("who", [["--repairer", "4711"], ["--repairer", "1", "--all"], ["--repairer", "x"]])
def test_a_sync_of_nobody(active: None, who: list[str]) -> None:
    with pytest.raises(CommandError):
        call_command("sync_claims360", *who)


def test_no_sync_while_it_is_off(configured: Repairer, sandbox: Sandbox) -> None:
    set_options(CLAIMS360_ENABLED=False)
    with pytest.raises(CommandError):
        call_command("sync_claims360", "--all")


# --- show_claims360 -----------------------------------------------------------------------------------------------


def shown(repairer: Repairer) -> Any:
    text, _ = called("show_claims360", "--repairer", repairer.pk, "--json")
    assert len(text.splitlines()) == 1
    return json.loads(text)


def test_what_is_held_as_one_document(configured: Repairer, sandbox: Sandbox, staff: User) -> None:
    made = sandbox.store.create_mission(
        photos=2, data={"vehicle": {"plate": "1-ABC-234"}, "owner": {"name": "Jan"}}
    )
    called("sync_claims360", "--all")
    sandbox.store.set_quote_status(made["quotes"][0], "approved")
    sandbox.store.add_photo(made["id"])  # its content is not fetched below
    mission = Mission.objects.get()
    decide.accept(mission.pk, staff)
    sandbox.store.faults.add("500", times=None, path="/content")
    called("sync_claims360", "--all")
    document = shown(configured)
    mission.refresh_from_db()
    gross = [data["totals"]["gross"] for data in sandbox.store.feed.versions(made["quotes"][0])]
    hashes = [sandbox.store.entity("photo", one)["sha256"] for one in made["photos"]]
    assert document["set_aside"] == [] and document["transmissions"] == []
    (one,) = document["missions"]
    assert set(one) == {
        "id",
        "number",
        "version",
        "plate",
        "owner",
        "state",
        "reason",
        "dossier",
        "quotes",
        "photos",
    }
    assert (one["id"], one["number"], one["version"]) == (made["id"], made["number"], 1)
    assert (one["plate"], one["owner"], one["state"]) == ("1-ABC-234", "Jan", "dossier")
    assert (one["dossier"], bool(one["reason"])) == (mission.dossier_id, True)
    (quote,) = one["quotes"]
    assert quote["id"] == made["quotes"][0]
    assert quote["versions"] == [
        {"version": 1, "status": "submitted", "gross": gross[0]},
        {"version": 2, "status": "approved", "gross": gross[1]},
    ]
    photos = sorted((photo["id"], photo["sha256"]) for photo in one["photos"])
    assert photos == sorted(zip(made["photos"], hashes, strict=True))


def test_what_was_set_aside_is_shown(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission()
    sandbox.store.faults.add("invalid_record", times=None, variant="bad_amount")
    called("sync_claims360", "--all")
    (row,) = shown(configured)["set_aside"]
    assert (row["entity"], row["id"], row["reason"]) == ("quote", made["quotes"][0], "unreadable-amount")


def test_a_quote_and_a_photo_that_came_alone(configured: Repairer, sandbox: Sandbox) -> None:
    made = sandbox.store.create_mission(transmitted=False, photos=1)
    sandbox.store.set_quote_status(made["quotes"][0], "submitted", mission_too=False)
    called("sync_claims360", "--all")
    (one,) = shown(configured)["missions"]
    assert (one["id"], one["number"], one["version"], one["plate"]) == (made["id"], "", 0, None)
    assert one["state"] == "incomplete"
    assert [quote["id"] for quote in one["quotes"]] == made["quotes"]
    assert [photo["id"] for photo in one["photos"]] == made["photos"]


def test_nothing_held_and_nobody(repairer: Repairer) -> None:
    assert shown(repairer) == {"repairer": repairer.pk, "missions": [], "set_aside": [], "transmissions": []}
    with pytest.raises(CommandError):
        call_command("show_claims360", "--repairer", "4711")


# --- configure_claims360, as its own process ----------------------------------------------------------------------


def url_of_the_tests() -> str:
    """The database of the tests, for another process."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return os.environ["DATABASE_URL"].replace("/postgres?", f"/{name}?", 1)


def run(*args: str, stdin: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """manage.py on the database of the tests."""
    known = {"DATABASE_URL": url_of_the_tests(), "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *args],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=os.environ | known,
        timeout=PATIENCE,
    )


@pytest.fixture
def off_line(transactional_db: None, sandbox: Sandbox, settings: Any) -> Sandbox:
    set_options(CLAIMS360_ENABLED=True)
    return sandbox


@pytest.mark.django_db(transaction=True)
def test_configured_by_a_process(off_line: Sandbox, repairer: Repairer) -> None:
    keys = off_line.store.keys(DEMO)
    stdin = f"{keys['bodyshop']}\r\n{keys['planmanager']}\n".encode()
    known = {"CLAIMS360_API_URL": off_line.api_url}
    args = ("configure_claims360", "--repairer", str(repairer.pk), "--bodyshop-id", DEMO)
    done = run(*args, stdin=stdin, **known)
    assert (done.returncode, done.stderr) == (0, b"")
    assert keys["bodyshop"].encode() not in done.stdout
    row = Configuration.objects.get()
    assert (row.bodyshop_id, row.planmanager_key, row.checked) == (DEMO, keys["planmanager"], True)
    again = run(*args, stdin=stdin, **known)
    assert again.returncode == 1
    assert_one_line(again)


def assert_one_line(done: subprocess.CompletedProcess[bytes]) -> None:
    assert len(done.stderr.decode().strip().splitlines()) == 1, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("repairer_id", "bodyshop_id", "stdin", "more"),
    [
        ("4711", DEMO, b"a\nb\n", []),
        ("{id}", "no such!", b"a\nb\n", []),
        ("{id}", DEMO, b"", []),
        ("{id}", DEMO, b"a\n", []),
        ("{id}", DEMO, b"a\na\n", []),
        ("{id}", DEMO, b"\xff\xfe\n\x00\n", []),
        ("{id}", DEMO, b"a\nb\n", []),
        ("{id}", DEMO, b"a b\nb\n", ["--unchecked"]),
    ],
)
def test_a_mistake_is_one_line_and_a_code(
    off_line: Sandbox, repairer: Repairer, repairer_id: str, bodyshop_id: str, stdin: bytes, more: list[str]
) -> None:
    who = repairer_id.replace("{id}", str(repairer.pk))
    args = ("configure_claims360", "--repairer", who, "--bodyshop-id", bodyshop_id, *more)
    done = run(*args, stdin=stdin, CLAIMS360_API_URL=off_line.api_url)
    assert done.returncode == 1
    assert_one_line(done)
    assert not Configuration.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_unchecked_needs_no_claims360(off_line: Sandbox, repairer: Repairer) -> None:
    known = {"CLAIMS360_API_URL": "http://127.0.0.1:9/v1"}
    args = ("configure_claims360", "--repairer", str(repairer.pk), "--bodyshop-id", DEMO)
    refused = run(*args, stdin=b"a\nb\n", **known)
    assert refused.returncode == 1
    assert_one_line(refused)
    assert run(*args, "--unchecked", stdin=b"a\nb\n", **known).returncode == 0
    assert not Configuration.objects.get().checked
    failed = run("sync_claims360", "--all", "--json", **known)
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["error"] == "unreachable"
    assert b"Traceback" not in failed.stderr


@pytest.mark.django_db(transaction=True)
def test_the_other_commands_as_processes(off_line: Sandbox, repairer: Repairer) -> None:
    listed = run("repairers", "--json")
    assert [one["id"] for one in json.loads(listed.stdout)] == [repairer.pk]
    for args in (
        ("show_claims360", "--repairer", "4711", "--json"),
        ("sync_claims360", "--repairer", "4711"),
    ):
        done = run(*args)
        assert done.returncode == 1
        assert_one_line(done)

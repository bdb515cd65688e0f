"""The folder that the desktop program writes into: whole documents once, half ones never, killed at any moment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from dossiers.management.commands import winformex_import
from dossiers.models import Mission, Photo, SetAside
from repairers.models import Repairer
from tests.dossiers.factories import RepairerFactory
from tests.link.test_commands import ROOT, url_of_the_tests
from tests.processes import PATIENCE
from tests.winformex.world import NUMBER, album, held, mission, picture, quote

MAILBOX = "475869429"


@pytest.fixture
def mailbox(repairer: Repairer, tmp_path: Path) -> Path:
    """The repairer's folder, in which the desktop program has written nothing yet."""
    Repairer.objects.filter(pk=repairer.pk).update(mailbox_number=MAILBOX)
    path = tmp_path / "winformex" / MAILBOX
    path.mkdir(parents=True)
    return path


def write(path: Path, document: Any) -> Path:
    path.write_bytes(document if isinstance(document, bytes) else json.dumps(document).encode())
    return path


def run(mailbox: Path, after: float = 5.0) -> str:
    """So many seconds after the last file was written, however long that took; gives what it said."""
    written = max((path.stat().st_ctime for path in mailbox.parent.rglob("*.*")), default=time.time())
    out = StringIO()
    with time_machine.travel(written + after, tick=False):
        call_command("winformex_import", mailbox.parent, stdout=out)
    return out.getvalue()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_mission_and_its_album_with_the_photos_beside(mailbox: Path) -> None:
    write(mailbox / "a mission.json", mission(quotes=[quote()]))
    write(mailbox / "an album.JSON", album({"file": "IMG 1.jpg"}, {"file": "é.jpg"}))
    write(mailbox / "IMG 1.jpg", picture(64))
    write(mailbox / "é.jpg", picture(80))
    assert run(mailbox).splitlines() == [
        f"{MAILBOX}/a mission.json -> done",
        f"{MAILBOX}/an album.JSON -> done",
    ]
    assert (held().state, held().quotes.count(), held().photos.count()) == ("waiting", 1, 2)
    assert names(mailbox) == ["done"]
    assert names(mailbox / "done") == ["IMG 1.jpg", "a mission.json", "an album.JSON", "é.jpg"]


def test_what_is_written_just_now_is_left_alone(mailbox: Path) -> None:
    write(mailbox / "mission.json", mission())
    assert run(mailbox, after=1.0) == ""
    assert (names(mailbox), Mission.objects.count()) == (["mission.json"], 0)


def test_a_copy_that_kept_its_old_time_is_being_written_too(mailbox: Path) -> None:
    path = write(mailbox / "mission.json", mission())
    os.utime(path, (0, 0))
    assert run(mailbox, after=1.0) == ""


def test_half_a_document_is_waited_for(mailbox: Path) -> None:
    whole = json.dumps(mission()).encode()
    path = write(mailbox / "mission.json", whole[:-10])
    assert run(mailbox) == ""
    assert (run(mailbox, after=25.0), SetAside.objects.count()) == ("", 0)
    path.write_bytes(whole)
    assert run(mailbox) == f"{MAILBOX}/mission.json -> done\n"
    assert held().state == "waiting"


def test_a_document_that_stays_half_fails_with_its_reason(mailbox: Path) -> None:
    write(mailbox / "mission.json", b'{"list_code": "09", ')
    run(mailbox, after=65.0)
    assert names(mailbox / "failed") == ["mission.json", "mission.json.txt"]
    assert "JSON" in (mailbox / "failed/mission.json.txt").read_text()
    assert SetAside.objects.get().reason == "document-not-json"


def test_an_album_waits_for_its_photos(mailbox: Path) -> None:
    write(mailbox / "album.json", album({"file": "1.jpg"}))
    assert run(mailbox) == ""
    write(mailbox / "1.jpg", picture())
    assert run(mailbox) == f"{MAILBOX}/album.json -> done\n"
    assert Photo.objects.get().fetch_state == "stored"


def test_a_photo_that_never_comes_is_named_and_the_others_are_taken(mailbox: Path) -> None:
    write(mailbox / "album.json", album({"file": "1.jpg"}, {"file": "2.jpg"}))
    write(mailbox / "1.jpg", picture())
    run(mailbox, after=65.0)
    assert Photo.objects.count() == 1
    assert "2.jpg" in (mailbox / "done/album.json.txt").read_text()
    assert names(mailbox / "done") == ["1.jpg", "album.json", "album.json.txt"]


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", "..", ".hidden.jpg", "a\\b.jpg", 5])
def test_no_document_names_a_file_elsewhere(mailbox: Path, name: Any) -> None:
    secret = write(mailbox.parent / "secret.jpg", picture())
    write(mailbox / "album.json", album({"file": name}))
    run(mailbox, after=65.0)
    assert secret.exists() and not Photo.objects.exists()
    assert SetAside.objects.get().reason == "photo-file"


@pytest.mark.parametrize("others", [0, 2], ids=["of nobody", "of two"])
def test_a_mailbox_that_is_not_known(mailbox: Path, others: int) -> None:
    for _ in range(others):
        RepairerFactory(mailbox_number="000000001")
    other = mailbox.parent / "000000001"
    other.mkdir()
    write(other / "mission.json", mission())
    assert run(mailbox).startswith("000000001/mission.json -> failed: ")
    assert names(other / "failed") == ["mission.json", "mission.json.txt"]
    assert not Mission.objects.exists()


def test_two_documents_of_one_name_are_both_there(mailbox: Path) -> None:
    for make in ("Audi", "Škoda"):
        write(mailbox / "mission.json", mission(make=make))
        run(mailbox)
    assert names(mailbox / "done") == ["mission.2.json", "mission.json"]
    assert (held().version, held().make) == (2, "Škoda")


def test_taken_over_and_killed_before_it_was_moved(mailbox: Path) -> None:
    for _ in range(2):
        write(mailbox / "mission.json", mission(quotes=[quote()]))
        write(mailbox / "z.json", album({"file": "1.jpg"}))
        write(mailbox / "1.jpg", picture())
        run(mailbox)
    assert (Mission.objects.get().version, Photo.objects.count(), SetAside.objects.count()) == (1, 1, 0)


def test_a_file_that_cannot_be_read_holds_up_no_other(mailbox: Path, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = write(tmp_path / "a file, no folder", b"")
    write(mailbox / "album.json", album(picture()))
    write(mailbox / "mission.json", mission())
    with pytest.raises(SystemExit) as end:
        run(mailbox)
    assert (end.value.code, names(mailbox)) == (1, ["album.json", "done"])
    assert held().state == "waiting"


def test_two_never_run_over_one_folder(mailbox: Path) -> None:
    with winformex_import.alone(mailbox.parent), pytest.raises(CommandError, match="Another import"):
        run(mailbox)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        call_command("winformex_import", tmp_path / "nowhere")


@pytest.fixture
def watching(transactional_db: None, mailbox: Path) -> Iterator[subprocess.Popen[str]]:
    """A program of its own that watches the folder."""
    known = {"DATABASE_URL": url_of_the_tests(), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "winformex_import", str(mailbox.parent), "--watch"]
    with subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **known}, stdout=subprocess.PIPE, text=True
    ) as program:
        assert said(program).startswith("Watching")
        yield program
        program.kill()


def said(program: subprocess.Popen[str]) -> str:
    """Its next line."""
    assert program.stdout is not None
    return program.stdout.readline()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_watching_until_it_is_ended(
    watching: subprocess.Popen[str], mailbox: Path, end: signal.Signals
) -> None:
    """It takes a document as it comes; whoever runs after it has nothing left to do."""
    write(mailbox / "mission.json", mission())
    assert said(watching) == f"{MAILBOX}/mission.json -> done\n"
    watching.send_signal(end)
    assert watching.wait(PATIENCE) == (0 if end == signal.SIGTERM else -signal.SIGKILL)
    assert (run(mailbox), held(NUMBER).state) == ("", "waiting")

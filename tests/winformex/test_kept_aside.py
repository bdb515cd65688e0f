"""What was sent as a photo and is none lies in a file: given out, and gone, with the record that names it."""

import datetime as dt
import zipfile
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from dossiers.intake import decide
from dossiers.models import LooseFile, SetAside
from dossiers.store import files
from planmanager.retention import delete_what_is_old
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory
from tests.dossiers.pictures import archive
from tests.winformex.world import FACTS, album, encoded, held, mission, send

pytestmark = pytest.mark.django_db(transaction=True)
OWNER = FACTS["owner_name"]
LETTER = encoded(archive())


@pytest.fixture
def letter(repairer: Repairer, staff: User) -> Path:
    """Her mission, denied, and a letter of hers among its photos: the file that it lies in."""
    send(repairer, mission(), album({"content": LETTER, "caption": "Her letter"}))
    decide.deny(held().pk, "not-ours", staff)
    [name] = files.walk()
    return Path(name)


def forget() -> None:
    call_command("forget", owner=OWNER, yes=True)


def test_she_is_given_it(letter: Path, tmp_path: Path) -> None:
    call_command("export_owner", tmp_path / "held.zip", owner=OWNER)
    with zipfile.ZipFile(tmp_path / "held.zip") as archive:
        assert archive.read(str(letter)).decode() == LETTER


def test_it_goes_as_she_is_forgotten(letter: Path) -> None:
    forget()
    assert (list(files.walk()), LooseFile.objects.count()) == ([], 0)


def test_it_goes_though_its_mission_never_came(repairer: Repairer) -> None:
    """The record names her, and belongs to no case."""
    send(repairer, album({"content": LETTER, "caption": OWNER}, number="2026/9999"))
    forget()
    assert list(files.walk()) == []


def test_somebody_elses_stays(letter: Path) -> None:
    other = RepairerFactory()
    send(other, mission(owner_name="Somebody Else"), album({"content": LETTER}))
    forget()
    assert list(files.walk()) == [str(letter)]
    assert SetAside.objects.get(repairer=other).raw["content"] == str(letter)


def test_it_goes_after_its_time(repairer: Repairer, settings: Settings) -> None:
    settings.KEEP_MISSIONS_DAYS = 30
    send(repairer, album({"content": LETTER}, number="2026/9999"))
    SetAside.objects.update(resolved_at=timezone.now())
    with time_machine.travel(timezone.now() + dt.timedelta(days=31)):
        assert delete_what_is_old()["set_aside"] == 1
    assert list(files.walk()) == []


def test_it_may_come_again(letter: Path, repairer: Repairer) -> None:
    LooseFile.objects.create(sha256="", name=str(letter))
    send(repairer, album({"content": LETTER, "caption": "Once more"}))
    delete_what_is_old()
    assert list(files.walk()) == [str(letter)]

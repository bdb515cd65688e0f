"""The demo: its data once, its ports, its processes, and a walk that notices what is wrong."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from constance import config
from django.core.management import call_command

from claims360_link import work
from claims360_link.sandbox.server import Sandbox
from dossiers.models import Dossier, Mission, Photo, SetAside
from planmanager.demo.browser import Browser, Page, WalkFailed, read
from planmanager.demo.data import load_demo
from planmanager.demo.held import compare
from planmanager.demo.processes import Demo, end, free_port, start
from planmanager.demo.sandbox import Sandbox as Control
from repairers.models import Repairer, Site, User
from tests.link.world import DEMO, pull
from tests.processes import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def loaded() -> list[int]:
    return [model.objects.count() for model in (Site, Repairer, User, Dossier, Photo)]


@pytest.mark.django_db
def test_the_data_is_loaded_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_demo")
    assert loaded() == [3, 5, 3, 4, 8] and config.CLAIMS360_ENABLED
    assert {user.username: user.sites.count() for user in User.objects.all()} == {
        "helpdesk": 0,
        "namur": 1,
        "gent": 2,
    }
    assert not Photo.objects.filter(prepared=None, external_id="").exists()
    winformex = Mission.objects.filter(source="winformex").order_by("number")
    assert [(row.state, row.notes) for row in winformex] == [("dossier", {}), ("waiting", {})]
    assert not SetAside.objects.exists()
    config.CLAIMS360_ENABLED = False
    call_command("load_demo")
    assert loaded() == [3, 5, 3, 4, 8] and not config.CLAIMS360_ENABLED
    assert "there already" in capsys.readouterr().out


@pytest.mark.django_db
def test_the_walk_begins_before_activation() -> None:
    assert load_demo(active=False) and not config.CLAIMS360_ENABLED


def test_a_taken_port_gets_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + 200
    assert free_port(0) in range(20_000, 32_000), "none that the kernel may give to a connection meanwhile"


def test_fresh_throws_away_no_database_but_its_own(tmp_path: Path) -> None:
    kept = tmp_path / "planmanager.sqlite3"
    kept.write_text("of another day")
    other = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgres://nobody@127.0.0.1:1/garage"}
    command = [sys.executable, "manage.py", "demo", "--fresh"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | other, capture_output=True, text=True)
    assert done.returncode == 1 and kept.read_text() == "of another day"
    assert "DATABASE_URL names another database" in done.stderr and done.stderr.count("\n") == 1


def test_a_process_that_ended_by_itself_is_named(tmp_path: Path) -> None:
    demo = Demo("", "", tmp_path, {"worker": start(("-c", ""), os.environ)})
    demo.processes["worker"].wait()
    assert demo.ended() == f"worker has ended by itself, see {tmp_path / 'worker'}.log"


def test_who_does_not_end_when_asked_is_ended_with_its_children() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as said, os.fdopen(writing, "wb") as output:
        process = start(("-c", STUBBORN), os.environ, output)
        output.close()
        assert said.readline() == b"ready\n"
        begun = time.monotonic()
        end([process], timeout=0.2)
        assert process.returncode == -signal.SIGKILL
        assert said.read() == b"" and time.monotonic() - begun < PATIENCE  # nobody holds the pipe any more


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whoever_asks_for_the_end_is_heeded(sign: signal.Signals) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKED, str(int(sign))], cwd=ROOT, text=True, capture_output=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "noted\nheeded\n", "")


def test_what_claims360_changed_meanwhile_is_seen(configured: Repairer, sandbox: Sandbox) -> None:
    control, mission = Control(sandbox.url, DEMO), sandbox.store.create_mission(photos=2)
    with pytest.raises(WalkFailed, match="expected the missions"):
        compare(control, str(configured.pk))
    pull(configured)
    with pytest.raises(WalkFailed, match="photos"):
        compare(control, str(configured.pk))
    work.fetch_photos(configured.pk)
    assert compare(control, str(configured.pk)) == "1 missions, 1 quotes, 2 photos"
    control.change_status(mission["quotes"][0], "approved")
    with pytest.raises(WalkFailed, match="quotes"):
        compare(control, str(configured.pk))


def test_a_form_is_posted_as_a_browser_posts_it_untouched() -> None:
    form = page(FORM).form("/there/")
    assert form.url == "http://garage.example/there/?of=1"
    assert form.values == {"token": ["t"], "site": ["2"], "first": ["a"], "on": ["1"], "text": ["x\r\ny"]}
    assert form.choices("site") == {"Namur": "1", "Gent": "2"} and form.choices("photos") == {
        "7": "7",
        "8": "8",
    }
    assert page(FORM).form("/other/").url == "http://garage.example/other/"


def test_what_a_page_does_not_have_fails_the_walk() -> None:
    with pytest.raises(WalkFailed, match=r"expected a form that posts to /gone/, saw none \(Refused\.\)"):
        page(FORM).form("/gone/")
    with pytest.raises(WalkFailed, match="expected a field 'mileage', saw none"):
        Browser("http://garage.example").send(page(FORM).form("/there/"), {"mileage": "1"})


def page(html: str) -> Page:
    return Page("http://garage.example/here/", 200, read(html))


FORM = """
<div role="alert"><p>Refused.</div><form method="get" action="/there/"><input name="q"></form>
<form method="post" action="/there/?of=1"><input type="hidden" name="token" value="t">
  <select name="site"><option value="1">Namur</option><option value="2" selected>Gent</option></select>
  <select name="first"><option value="a">A</option><option value="b">B</option></select>
  <input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off" value="1">
  <input type="checkbox" name="photos" value="7"><input type="checkbox" name="photos" value="8">
  <input name="shut" value="1" disabled><input type="file" name="file"><textarea name="text">
x
y</textarea><button name="save" value="1">Save</button><button formaction="/other/">Other</button></form>
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"])
time.sleep(600)
"""
ASKED = """
import os, signal, sys
from planmanager.demo.interruption import heed, listen, pause
signal.signal(int(sys.argv[1]), signal.SIG_DFL)  # whatever this test was started with
listen()
heed()
os.kill(os.getpid(), int(sys.argv[1]))
print("noted")
try:
    pause(30)
except KeyboardInterrupt:
    print("heeded")
"""

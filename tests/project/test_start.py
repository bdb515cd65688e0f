"""What begins before it forks shares no connection with its children: SQLite's locks and a socket are one process's."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BEGINNINGS = {
    "web": "import planmanager.wsgi",
    "worker": "import planmanager.celery; from celery.signals import worker_init as on; on.send(None)",
    "beat": "import planmanager.celery; from celery.signals import beat_init as on; on.send(None)",
}
SET_UP = (
    "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'planmanager.settings'; import django; django.setup()"
)
NOT_SHARED = "from django.db import connection; assert connection.connection is None"


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_no_connection_is_open_when_children_begin(
    beginning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    begun = subprocess.run([sys.executable, "-c", f"{SET_UP}; {beginning}; {NOT_SHARED}"], cwd=ROOT)
    assert begun.returncode == 0


@pytest.mark.parametrize("beginning", BEGINNINGS.values(), ids=BEGINNINGS.keys())
def test_nothing_of_s3_is_loaded_before_a_file_is_asked_for(
    beginning: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("S3_BUCKET", "photos")
    not_loaded = "import sys; assert 'botocore' not in sys.modules"
    begun = subprocess.run([sys.executable, "-c", f"{SET_UP}; {beginning}; {not_loaded}"], cwd=ROOT)
    assert begun.returncode == 0

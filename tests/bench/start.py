"""What it takes to begin: `manage.py check` beside an empty project's, and a worker's memory before its first task."""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.bench.report import Bounded, Table

TITLE = "Start"
TIMES = 5
OURS = ("planmanager", "claims360_link", "dossiers", "repairers")
EMPTY = """
SECRET_KEY, ROOT_URLCONF, DEFAULT_AUTO_FIELD = "x", "empty_urls", "django.db.models.BigAutoField"
INSTALLED_APPS = {apps}
MIDDLEWARE = {middleware}
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend"]
TEMPLATES = {templates}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
CONSTANCE_CONFIG = {{}}
"""
URLS = """
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
"""


def run() -> list[Table]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "planmanager.settings"
        return [_check(Path(folder)), _worker()]


def _check(folder: Path) -> Table:
    _write_empty(folder)
    empty = {**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "empty_settings"}
    ours, theirs = [], []
    for _ in range(TIMES):  # by turns, so that both meet the same machine
        theirs.append(_spent([sys.executable, "-m", "django", "check"], empty))
        ours.append(_spent([sys.executable, "manage.py", "check"], dict(os.environ)))
    middle, base = statistics.median(ours), statistics.median(theirs)
    rows: list[list[str | float | Bounded]] = [
        ["an empty project with the same libraries among its apps", base, 1.0],
        ["this project", middle, Bounded(middle / base, at_most=2)],
    ]
    return Table("manage.py check", ["", "CPU s, median", "ratio"], rows)


def _spent(command: list[str], environment: dict[str, str]) -> float:
    """CPU seconds of a program that ends by itself."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _write_empty(folder: Path) -> None:
    from django.conf import settings

    def of_libraries(names: list[str]) -> list[str]:
        return [name for name in names if not name.startswith(OURS)]

    template = {"BACKEND": settings.TEMPLATES[0]["BACKEND"], "APP_DIRS": True}
    processors = of_libraries(settings.TEMPLATES[0]["OPTIONS"]["context_processors"])
    text = EMPTY.format(
        apps=["constance", *of_libraries(settings.INSTALLED_APPS)],
        middleware=of_libraries(settings.MIDDLEWARE),
        templates=[{**template, "OPTIONS": {"context_processors": processors}}],
    )
    (folder / "empty_settings.py").write_text(text)
    (folder / "empty_urls.py").write_text(URLS)


def _worker() -> Table:
    from tests.bench.place import embedded, workers

    with embedded(LOG_LEVEL="WARNING"), workers(1, processes=2) as (started,):
        while len(started.children()) < 2:
            time.sleep(0.1)
        time.sleep(2)  # they import what they are going to need
        rows = [
            ["the worker", _megabytes(started)],
            *(["a process of it", _megabytes(one)] for one in started.children()),
        ]
    return Table("A worker's memory after its start", ["", "resident MB"], rows)


def _megabytes(process: psutil.Process) -> Bounded:
    return Bounded(process.memory_info().rss / 2**20, at_most=120, unit="MB")

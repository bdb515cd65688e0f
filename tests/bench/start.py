"""What it takes to begin: `manage.py check` beside an empty project's, and a worker's memory before its first task."""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

from tests.bench.growth import series
from tests.bench.report import Bounded, Cell, Table

TITLE = "Start"
TIMES = 5
SIZES = (10, 1_000, 100_000)  # repairers in the database
CHECK = ("manage.py", "check", "--database", "default")
OURS = ("planmanager", "claims360_link", "dossiers", "repairers")
OF_LIBRARIES = (
    "constance",
    "django.contrib.admin",
)  # apps that the product has by a configuration of its own
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
    from tests.bench.place import embedded

    with embedded(LOG_LEVEL="WARNING") as folder:
        check, worker, grown = _check(folder), _worker(), []
        for number in SIZES:
            _have(number)
            grown.append((_spent([sys.executable, *CHECK], dict(os.environ)), _memories()[0]))
    costs = dict(zip(("manage.py check: CPU s", "the worker: MB"), zip(*grown, strict=True), strict=True))
    return [check, worker, series("Growth", "repairers", SIZES, costs, dict.fromkeys(costs, 0.05))]


def _have(number: int) -> None:
    """So many repairers in the database."""
    from repairers.models import Repairer, Site

    site, _ = Site.objects.get_or_create(name="Namur")
    more = range(Repairer.objects.count(), number)
    Repairer.objects.bulk_create([Repairer(name=f"Garage {one}", site=site) for one in more])


def _check(folder: Path) -> Table:
    _write_empty(folder)
    empty = {**os.environ, "PYTHONPATH": str(folder), "DJANGO_SETTINGS_MODULE": "empty_settings"}
    ours, theirs = [], []
    for _ in range(TIMES):  # by turns, so that both meet the same machine
        theirs.append(_spent([sys.executable, "-m", "django", "check"], empty))
        ours.append(_spent([sys.executable, "manage.py", "check"], dict(os.environ)))
    middle, base = statistics.median(ours), statistics.median(theirs)
    rows: list[list[Cell]] = [
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
        apps=[*OF_LIBRARIES, *of_libraries(settings.INSTALLED_APPS)],
        middleware=of_libraries(settings.MIDDLEWARE),
        templates=[{**template, "OPTIONS": {"context_processors": processors}}],
    )
    (folder / "empty_settings.py").write_text(text)
    (folder / "empty_urls.py").write_text(URLS)


def _worker() -> Table:
    worker, *processes = (Bounded(memory, at_most=120, unit="MB") for memory in _memories())
    rows: list[list[Cell]] = [["the worker", worker], *(["a process of it", one] for one in processes)]
    return Table("A worker's memory after its start", ["", "resident MB"], rows)


def _memories() -> list[float]:
    """Of a worker with two processes, and of these, in MB, once it has started."""
    from tests.bench.place import workers

    with workers(1, processes=2) as (started,):
        while len(started.children()) < 2:
            time.sleep(0.1)
        time.sleep(2)  # they import what they are going to need
        return [one.memory_info().rss / 2**20 for one in (started, *started.children())]

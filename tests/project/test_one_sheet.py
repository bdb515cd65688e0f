"""What collectstatic makes of the style sheet of every page: one file of its parts, in their order."""

from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from pytest_django import Settings

STATIC = Path(__file__).resolve().parents[2] / "static"


@pytest.mark.parametrize("times", [1, 2])
def test_the_style_sheet_is_one_file(settings: Settings, tmp_path: Path, times: int) -> None:
    """The second time it is made anew of the parts as they are then, not of itself."""
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "planmanager.one_sheet.OneSheet"}}
    for _ in range(times):
        call_command("collectstatic", verbosity=0, interactive=False)
    sheet = (tmp_path / staticfiles_storage.stored_name("css/site.css")).read_text()
    parts = [
        (STATIC / f"css/{name}.css").read_text()
        for name in ("tokens", "shell", "components", "lists", "pages", "dossier")
    ]
    places = [sheet.index(part) for part in parts]
    assert places == sorted(places) and "@import" not in sheet

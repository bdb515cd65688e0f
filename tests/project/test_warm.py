"""The web server has loaded what the first visitor needs before that visitor comes."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.template import engines

from planmanager.warm import templates, warm

ROOT = Path(__file__).resolve().parents[2]
IS_WARM = """
import planmanager.wsgi, sys
from django.template import engines
from django.urls import get_resolver
(loader,) = engines["django"].engine.template_loaders
assert "claims360/list.html" in loader.get_template_cache
assert "claims360" in get_resolver().namespace_dict and "claims360_link.views.tab" in sys.modules
"""


def test_all_our_templates_are_loaded() -> None:
    (loader,) = engines["django"].engine.template_loaders
    loader.reset()
    warm()
    assert {"claims360/list.html", "communication/mail.txt", "dossiers/photo_away.svg"} <= {*templates()}
    assert {*templates()} <= {*loader.get_template_cache}


def test_a_web_server_that_begins_is_warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    assert subprocess.run([sys.executable, "-c", IS_WARM], cwd=ROOT).returncode == 0

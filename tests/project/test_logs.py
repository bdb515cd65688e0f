"""A line of the log: for a person or a machine, under the id of its request, without what is personal."""

import json
import logging
import sys

import pytest
from django.conf import settings
from django.test import Client

from planmanager.logs import OneDocument, OneLine
from planmanager.privacy import masked
from repairers.tracing import HEADER, begin

WORDS = settings.LOGGING["formatters"]["line"]


def record(message: str, name: str = "dossiers", **more: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "name": name, "levelname": "INFO", "levelno": 20, **more})


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("zoe.vdb@example.com rang", "… rang"),
        ("+32 499 11 22 33 and 0499/11.22.33, 010 22 33 44", "… and …, …"),
        ("1-ZVB-411 or 1ZVB411", "… or …"),
        ("refused\nDETAIL: Failing row contains (Zoë).\nCONTEXT: x", "refused\nDETAIL: …\nCONTEXT: x"),
        ("Task x[0c9f1a0e-0123-4567-8901-234567890123] succeeded in 0.012345678901s", None),
        ("2026-03-12T09:30:00+0100 dossier 1234567 of 475869429, mission 2026/0012345", None),
    ],
)
def test_what_looks_personal_is_masked(said: str, written: str | None) -> None:
    assert masked(said) == (said if written is None else written)


def test_a_line_and_a_document() -> None:
    request_id = begin("abcd-1234")
    line = OneLine(WORDS["format"], WORDS["datefmt"], WORDS["style"]).format(record("to a@b.be"))
    assert line.endswith(" INFO dossiers abcd-1234 to …")
    document = json.loads(OneDocument().format(record("to a@b.be")))
    assert document.pop("at")[10] == "T"
    told = {"level": "INFO", "logger": "dossiers", "request_id": request_id, "message": "to …"}
    assert document == told
    assert "a@b.be" in OneDocument().format(record("login of a@b.be", name="axes.handlers")), (
        "who logs in is known"
    )


def test_an_error_keeps_its_place_and_loses_its_values() -> None:
    try:
        raise ValueError("DETAIL: Key (owner_name)=(Zoë) already exists.")
    except ValueError:
        failed = record("failed", exc_info=sys.exc_info())
    for formatter in (OneDocument(), OneLine(WORDS["format"], WORDS["datefmt"], WORDS["style"])):
        text = formatter.format(failed)
        assert "test_logs.py" in text and "Zoë" not in text
        failed.exc_text = None


def test_a_request_has_one_id(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Its own, or that of a proxy; none that could be anything else than an id."""
    assert client.get("/login/", headers={HEADER: "of-the-proxy"}).headers[HEADER] == "of-the-proxy"
    made = {client.get("/login/", headers={HEADER: given}).headers[HEADER] for given in ("", "a b", "x" * 65)}
    assert len(made) == 3 and all(len(one) == 32 for one in made)

"""`manage.py repairers`, for scripts and for people."""

import json
from io import StringIO

from django.core.management import call_command

from claims360_link.models import Configuration
from repairers.models import Repairer


def printed(*args: str) -> str:
    out = StringIO()
    call_command("repairers", *args, stdout=out)
    return out.getvalue()


def test_as_json(repairer: Repairer) -> None:
    other = Repairer.objects.create(name="Autre", site=repairer.site)
    Configuration.objects.create(
        repairer=repairer, bodyshop_id="475869429", bodyshop_key="secret-b", planmanager_key="secret-p"
    )
    text = printed("--json")
    assert json.loads(text) == [
        {
            "id": repairer.pk,
            "name": "Carrosserie Démo",
            "site": "Namur",
            "mailbox_number": "475869429",
            "configured": True,
        },
        {"id": other.pk, "name": "Autre", "site": "Namur", "mailbox_number": "", "configured": False},
    ]
    assert "secret" not in text


def test_as_a_table(repairer: Repairer) -> None:
    head, row = printed().splitlines()
    assert head.split() == ["id", "name", "site", "mailbox_number", "configured"]
    assert row.split() == [str(repairer.pk), "Carrosserie", "Démo", "Namur", "475869429", "no"]


def test_none_at_all(db: None) -> None:
    assert json.loads(printed("--json")) == []

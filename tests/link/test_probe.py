"""What a real key gets: told where it differs from the contract, kept without what is personal, counted."""

from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from django.core.management import CommandError, call_command
from django.test import Client

from claims360_link import mapping, payloads, reading, unknown
from claims360_link.figures import figures
from claims360_link.models import Unknown
from claims360_link.sandbox.server import Sandbox
from repairers.models import Repairer, User
from tests.dossiers.test_forgetting import OWNER, TRACES, VEHICLE
from tests.link.test_commands import ROOT
from tests.link.world import DEMO, pull

pytestmark = pytest.mark.django_db
CONTRACT = yaml.safe_load((ROOT / "docs/claims360-api.yaml").read_text())["components"]["schemas"]
ANSWERS = sorted(Path(__file__).with_name("answers").rglob("changes.json"))  # what a probe saved


def probe(repairer: Repairer, folder: Path | None = None) -> str:
    said = StringIO()
    call_command("claims360_probe", repairer=repairer.pk, save=folder, stdout=said)
    return said.getvalue()


@pytest.fixture
def missions(configured: Repairer, sandbox: Sandbox) -> None:
    data = {
        "owner": OWNER,
        "vehicle": VEHICLE,
        "comments": [{"author": "x", "text": "she rang about her car"}],
    }
    for _ in range(2):
        sandbox.store.create_mission(photos=1, data=data)


def test_what_a_key_gets(configured: Repairer, missions: None, sandbox: Sandbox, tmp_path: Path) -> None:
    said = probe(configured, tmp_path)
    assert said.count("as in the contract") == 7
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert set(written) == {f"{name}.json" for name in (
        "whoami", "whoami-bodyshop", "changes", "mission", "quotes", "photos", "changes-unknown-cursor",
    )}  # fmt: skip
    keys = sandbox.store.keys(DEMO).values()
    told = [trace for trace in [*TRACES, *keys, DEMO] for text in [said, *written.values()] if trace in text]
    assert told == []
    assert read_again(tmp_path / "changes.json") > 4
    assert (
        '"plate": "0-XXX-000"' in written["mission.json"] and '"+00 000 00 00 00"' in written["mission.json"]
    )


def read_again(path: Path) -> int:
    """How many records of a saved page our reader and our mapping take, all of them, in full."""
    page = reading.read_page(path.read_bytes())
    assert page.unreadable == [] and all(change.notes == {} for change in page.changes)
    mapping.batch(page.changes, [])
    return len(page.changes)


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.parent.name)
def test_saved_answers_are_read(path: Path) -> None:
    assert read_again(path) > 0


def test_where_it_differs(configured: Repairer, sandbox: Sandbox, missions: None) -> None:
    mission = sandbox.store.missions(DEMO)[0]["id"]
    sandbox.store.change_mission(
        mission, {"status": "paused", "driver": {"name": "Zoë"}, "vehicle": {"mileage": "84 210"}}
    )
    sandbox.store.faults.add("unknown_fields", times=1)
    said = probe(configured)
    for line in (
        "unknown: mission.driver",
        "unknown: mission.status paused",
        "items[].data(mission).vehicle.mileage: type ['integer', 'null']",
        "left empty: mission.vehicle.mileage",
    ):
        assert f"    {line}" in said, said
    assert "Zoë" not in said and "84 210" not in said


def test_who_is_not_configured(repairer: Repairer) -> None:
    with pytest.raises(CommandError, match=r"n.est pas configuré"):
        probe(repairer)


def test_what_is_unknown_is_counted_for_the_helpdesk(
    configured: Repairer, sandbox: Sandbox, missions: None, helpdesk: User, client: Client
) -> None:
    figures._counts.clear()
    mission = sandbox.store.missions(DEMO)[0]["id"]
    sandbox.store.change_mission(mission, {"status": "paused", "driver": {"name": "Zoë"}})
    pull(configured)
    pull(configured)
    figures.save(now=True)
    client.force_login(helpdesk)
    page = client.get("/admin/claims360_link/unknown/").content.decode()
    assert "mission.driver" in page and "mission.status" in page and "paused" in page and "Zoë" not in page
    assert Unknown.objects.filter(name=unknown.FIGURE).count() == 2


def test_a_field_that_has_no_list_of_words_fills_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unknown, "_met", unknown.defaultdict(set))
    words = [{"entity": "mission", "data": {"status": f"free text {number}"}} for number in range(200)]
    found = {word for item in words for _place, word in unknown.unknown_in(item)}
    assert len(found) == unknown.MOST + 1 and unknown.MORE in found


@pytest.mark.parametrize(
    ("name", "kind"),
    [*((kind.__name__, kind) for kind in payloads.ENTITIES.values()), ("Change", payloads.Envelope)],
)
def test_the_contract_names_every_field_that_is_known(name: str, kind: Any) -> None:
    compare(CONTRACT[name], kind)


def compare(schema: dict[str, Any], kind: Any) -> None:
    fields = {field.name for field in msgspec.structs.fields(kind)} | unknown.NOT_READ.get(kind, set())
    assert fields == set(schema["properties"])
    for part, below in {**getattr(kind, "PARTS", {}), **getattr(kind, "LISTS", {})}.items():
        inner = schema["properties"][part]
        compare(inner.get("items", inner), below)


def test_where_claims360_answers_nobody(configured: Repairer, sandbox: Sandbox) -> None:
    sandbox.store.faults.add("503", times=None)
    assert "503 application/problem+json" in probe(configured)

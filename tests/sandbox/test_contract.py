"""The sandbox against docs/claims360-api.yaml: every operation, with good and bad requests, by schemathesis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import yaml
from schemathesis.generation import GenerationMode

from claims360_link.sandbox.server import Sandbox, running_sandbox
from claims360_link.sandbox.store import DEMO
from tests.contract import bounded, contract
from tests.processes import PATIENCE

CONTRACT = Path(__file__).parents[2] / "docs" / "claims360-api.yaml"
# Requests that the schema allows and the contract's words refuse: a cursor or a photo that is none.
REFUSED = ["401", "403", "404", "409", "410", "413", "415", "422"]


def told_apart(document: dict[str, Any]) -> dict[str, Any]:
    """The contract with the data of a change held against the schema of its entity.

    As written (`oneOf`) a quote, which has an id and a number, would be a mission as well, and so be refused.
    """
    change = document["components"]["schemas"]["Change"]
    change["properties"]["data"] = {}
    change["oneOf"] = [
        _change(entity, "upsert", {"$ref": f"#/components/schemas/{entity.title()}"})
        for entity in ("mission", "quote", "photo")
    ] + [_change(entity, "delete", {"type": "null"}) for entity in ("mission", "quote", "photo")]
    return document


def _change(entity: str, op: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"entity": {"const": entity}, "op": {"const": op}, "data": data}}


def described(*modes: GenerationMode) -> schemathesis.BaseSchema:
    return contract(told_apart(yaml.safe_load(CONTRACT.read_text())), REFUSED, *modes)


any_request = described(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
good_request = described(GenerationMode.POSITIVE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(missions=10, photos=1) as running:
        yield running


def credentials(case: schemathesis.Case, sandbox: Sandbox) -> dict[str, str]:
    keys = sandbox.store.keys()
    return {"X-Api-Key": keys["planmanager" if case.method == "GET" else "bodyshop"], "X-Bodyshop-Id": DEMO}


def a_mission_with_a_photo(sandbox: Sandbox) -> tuple[str, str]:
    """Not any mission: earlier requests of this module opened files, which have no photos."""
    missions = [row["id"] for row in sandbox.store.missions(DEMO) if row["transmitted"]]
    photos = ((mission_id, sandbox.store.children(mission_id, "photo")) for mission_id in missions)
    return next((mission_id, found[0]["id"]) for mission_id, found in photos if found)


@any_request.parametrize()
@bounded(12)
def test_every_answer_is_as_the_contract_says(case: schemathesis.Case, sandbox: Sandbox) -> None:
    case.call_and_validate(base_url=sandbox.api_url, headers=credentials(case, sandbox), timeout=PATIENCE)


@good_request.parametrize()
@bounded(12)
def test_so_is_every_answer_about_what_is_there(case: schemathesis.Case, sandbox: Sandbox) -> None:
    mission_id, photo_id = a_mission_with_a_photo(sandbox)
    there = {"mission_id": mission_id, "photo_id": photo_id}
    case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
    case.call_and_validate(base_url=sandbox.api_url, headers=credentials(case, sandbox), timeout=PATIENCE)


def test_a_wrong_method_says_which_are_right(sandbox: Sandbox) -> None:
    for path, right in (("/whoami", "GET"), ("/missions", "POST"), ("/missions/x/vehicle", "PUT")):
        answer = requests.patch(sandbox.api_url + path, timeout=PATIENCE)
        assert (answer.status_code, answer.headers["Content-Type"]) == (405, "application/problem+json")
        assert right in answer.headers["Allow"].split(", ")
    assert requests.get(f"{sandbox.api_url}/missions", timeout=PATIENCE).status_code == 405
    assert requests.get(f"{sandbox.api_url}/nowhere", timeout=PATIENCE).json()["code"] == "not-found"

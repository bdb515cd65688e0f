"""The description of the API: complete, with examples that are true, and a page to read it."""

from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from planmanager.api.reading import kinds_of, operations_of
from planmanager.api.schema import EXAMPLES, description
from repairers.models import Scope, User

OPERATIONS = {
    operation["operationId"]: operation
    for methods in description()["paths"].values()
    for operation in methods.values()
}


def mistakes(schema: dict[str, Any], value: Any) -> list[str]:
    """Where `value` is not as `schema` says, within the whole description."""
    whole = {**schema, "components": description()["components"]}
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(whole).iter_errors(value)]


def example_of(content: dict[str, Any]) -> Any:
    [example] = content["examples"].values()
    return example["value"]


def test_it_is_openapi_3_1_with_the_token_on_every_operation() -> None:
    assert description()["openapi"] == "3.1.0"
    assert len(OPERATIONS) > 30
    assert {str(one["security"]) for one in OPERATIONS.values()} == {"[{'token': []}]"}


def test_every_operation_says_what_it_does_for_which_scope_and_how_it_refuses() -> None:
    for name, one in OPERATIONS.items():
        text, _, scope = one["description"].rpartition("Scope: ")
        assert scope.strip("`.") in Scope.values, name
        assert text.strip() or name.endswith(("_list", "_retrieve")), name
        assert "application/problem+json" in one["responses"]["422"]["content"], name


def bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """What it takes and what it answers as JSON."""
    done = [one for status, one in operation["responses"].items() if status < "300"]
    return [
        content
        for part in (operation.get("requestBody", {}), *done)
        if (content := part.get("content", {}).get("application/json"))
    ]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_an_example_of_what_it_takes_and_answers(name: str) -> None:
    for content in bodies(OPERATIONS[name]):
        assert mistakes(content["schema"], example_of(content)) == []


def test_no_example_is_of_nothing() -> None:
    kinds = description()["components"]["schemas"]
    for name in {*EXAMPLES["asked"], *EXAMPLES["told"]}:
        assert {name, f"{name}Request", f"Patched{name}Request"} & kinds.keys(), name


def test_a_wrong_example_would_be_found() -> None:
    schema = {"$ref": "#/components/schemas/QuoteBodyRequest"}
    assert mistakes(schema, {"version": "two"}) == ["$.version: 'two' is not of type 'integer'"]


def test_it_is_read_on_a_page_without_outside_requests(client: Client, staff: User) -> None:
    client.force_login(staff)
    page = client.get("/api/v1/").content.decode()
    for name, operation in OPERATIONS.items():
        assert f'id="{name}"' in page
        assert operation["description"].splitlines()[0].split("“")[0][:40] in page.replace("&#x27;", "'")
    assert "Bumper front" in page
    assert "//" not in page.replace("http://testserver/api/v1", "").replace("https://www.w3.org", "")


def test_how_a_schema_is_named_for_people() -> None:
    kinds = {kind.name: {field.name: field.kind for field in kind.fields} for kind in kinds_of(description())}
    assert kinds["QuoteInFull"]["versions"] == "list of VersionDocument"
    assert kinds["DossierDocument"]["mileage"] == "integer or null"
    [asked] = [one for one in operations_of(description())["quotes"] if one.name == "quotes_accept"]
    assert (asked.method, asked.asked, asked.told) == ("POST", "QuoteBodyRequest", "QuoteInFull")
    assert kinds["OrderState"].keys() == {"to_order", "ordered", "received"}
    [listed] = [one for one in operations_of(description())["orders"] if one.name == "orders_list"]
    states = {parameter.name: parameter.kind for parameter in listed.parameters}
    assert states["state"] == "one of ordered, received, to_order"


def test_its_page_begins_in_the_language_of_the_reader(client: Client, staff: User) -> None:
    User.objects.filter(pk=staff.pk).update(language="fr")
    client.force_login(staff)
    page = client.get("/api/v1/").content.decode()
    assert "Chaque programme a son propre jeton" in page and "docs/api.md" not in page
    assert '<a href="/api/v1/openapi.json">' in page and client.get("/api/v1/openapi.json").status_code == 200

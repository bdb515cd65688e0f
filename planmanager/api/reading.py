"""The description of the API in the order in which a person reads it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]
PLACES = ("path", "query", "header")  # of a parameter, in the order in which somebody writes a request


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """`asked` and `told` are the documents that go in and come back, with an example each, "" where there is none."""

    name: str
    method: str
    path: str
    text: str
    parameters: list[Field]
    asked: str
    asked_example: str
    told: str
    told_example: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A document by its name, with its fields; or a choice, with what can be chosen."""

    name: str
    text: str
    fields: list[Field]


def operations_of(document: Document) -> dict[str, list[Operation]]:
    """By what they are about, every operation of an OpenAPI `document`."""
    found: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    return found


def kinds_of(document: Document) -> list[Kind]:
    """The documents that have fields and the choices that have words, by name."""
    schemas = document["components"]["schemas"].items()
    documents = [Kind(name, _text(one), list(_fields(one))) for name, one in schemas if "properties" in one]
    choices = [
        Kind(name, "", list(_choices(one))) for name, one in schemas if "description" in one and "enum" in one
    ]
    return sorted(documents + choices, key=lambda kind: kind.name)


def _operation(method: str, path: str, operation: Document) -> Operation:
    asked = _content(operation.get("requestBody", {}))
    told = _content(next(answer for status, answer in operation["responses"].items() if status < "300"))
    return Operation(
        name=operation["operationId"],
        method=method.upper(),
        path=path,
        text=_text(operation),
        parameters=[
            Field(one["name"], kind_of(one["schema"]), _text(one))
            for one in sorted(operation["parameters"], key=lambda one: PLACES.index(one["in"]))
        ],
        asked=kind_of(asked.get("schema", {})),
        asked_example=_example(asked),
        told=kind_of(told.get("schema", {})),
        told_example=_example(told),
    )


def _text(part: Document) -> str:
    """What a part says of itself, without the marks of Markdown and the list of what can be chosen."""
    text: str = part.get("description", "")
    return ("" if text.startswith("* ") else text.partition("\n\n* ")[0]).replace("`", "")


def _content(part: Document) -> Document:
    """What a request or an answer holds, in the first form that it may have."""
    content: Document = next(iter(part.get("content", {}).values()), {})
    return content


def _example(content: Document) -> str:
    values = [one["value"] for one in content.get("examples", {}).values()]
    return json.dumps(values[0], indent=2, ensure_ascii=False) if values else ""


def _fields(schema: Document) -> Iterator[Field]:
    for name, one in schema["properties"].items():
        yield Field(name, kind_of(one), _text(one))


def _choices(schema: Document) -> Iterator[Field]:
    """Each word with what it means: drf-spectacular writes "* `word` - meaning", one a line."""
    for line in schema["description"].splitlines():
        word, _, meaning = line.removeprefix("* ").partition(" - ")
        yield Field(word.strip("`"), "", meaning)


def kind_of(schema: Document) -> str:
    """A schema in a word or two: "integer", "QuoteDocument or null", "list of string"."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[1]
    for joined in ("oneOf", "allOf", "anyOf"):
        if joined in schema:
            return " or ".join(kind_of(one) for one in schema[joined])
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    if "items" in schema:
        return f"list of {kind_of(schema['items'])}"
    types = schema.get("type", "")
    return " or ".join(types) if isinstance(types, list) else types

"""Where an answer differs from docs/claims360-api.yaml. Places and kinds are told, never a value."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

CONTRACT = Path(__file__).resolve().parents[2] / "docs/claims360-api.yaml"


def differences(schema: str, value: Any) -> list[str]:
    """What in `value` is not as the contract's schema of that name has it, each once, with how often."""
    counted = Counter(_found(schema, value))
    return [f"{told} ({times} times)" if times > 1 else told for told, times in sorted(counted.items())]


def _found(schema: str, value: Any) -> Iterator[str]:
    """By entity: as `oneOf` a quote, which has an id and a number, would be a mission as well."""
    for error in _validator(schema).iter_errors(value):
        yield _told("", error)
    for item in value.get("items", []) if schema == "ChangesPage" and isinstance(value, dict) else []:
        entity = item.get("entity") if isinstance(item, dict) else None
        if entity in ("mission", "quote", "photo") and item.get("data") is not None:
            for error in _validator(str(entity).title()).iter_errors(item["data"]):
                yield _told(f"items[].data({entity})", error)


def _told(where: str, error: ValidationError) -> str:
    path = "".join("[]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    place = f"{where}{path}".lstrip(".") or "the whole"
    wanted = error.message if error.validator == "required" else f"{error.validator} {error.validator_value}"
    return f"{place}: {wanted}"


@cache
def _validator(schema: str) -> Draft202012Validator:
    document = yaml.safe_load(CONTRACT.read_text())
    document["components"]["schemas"]["Change"]["properties"]["data"] = {}
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    )

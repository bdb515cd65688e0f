"""A description of an API, against which requests are generated: what both contract tests have in common."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.generation import GenerationMode


def contract(document: dict[str, Any], refused: list[str], *modes: GenerationMode) -> schemathesis.BaseSchema:
    """`refused`: the statuses of a request that the description allows and the words or the rows refuse."""
    config = schemathesis.Config.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *refused]}}}
    )
    schema = schemathesis.openapi.from_dict(document, config=config)
    schema.config.generation.update(modes=list(modes))
    return schema


def bounded(examples: int) -> settings:
    """So many requests an operation, the same at each run."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

"""The API against its own description: every operation, with good and bad requests, by schemathesis."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, settings
from pytest_django import Settings
from schemathesis.generation import GenerationMode

from planmanager.api.schema import description
from repairers.models import Repairer, User
from tests.security.world import World, build

# What the description allows and the rows refuse: an id that is none, a mission that is decided already.
REFUSED = ["401", "403", "404", "409", "412", "422"]


def contract(*modes: GenerationMode) -> schemathesis.BaseSchema:
    config = schemathesis.Config.from_dict(
        {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSED]}}}
    )
    schema = schemathesis.openapi.from_dict(description(), config=config)
    schema.app = WSGIHandler()
    schema.config.generation.update(modes=list(modes))
    return schema


any_request = contract(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
good_request = contract(GenerationMode.POSITIVE)
bounded = settings(
    max_examples=4,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
generated = settings(bounded, phases=[Phase.generate])  # every limit of a value has had its turn above


@pytest.fixture(autouse=True)
def _one_transaction() -> Iterator[None]:
    """A request leaves the test's connection, and so its transaction, as it is."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def world(settings: Settings, active: None, repairer: Repairer, staff: User) -> World:
    settings.ALLOWED_HOSTS = ["*"]
    settings.API_READS_PER_MINUTE = settings.API_WRITES_PER_MINUTE = 0
    cache.clear()
    return build(repairer, staff)


def token(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.secret}"}


def there(path: str, world: World) -> dict[str, Any]:
    """The id of a row that the operation is about."""
    rows = {
        "/missions": world.waiting,
        "/quotes": world.quote,
        "/photos": world.photo,
        "/transmissions": world.transmission,
        "/repairers": world.repairer,
        "/dossiers": world.dossier,
    }
    return {"id": next((row.pk for name, row in rows.items() if path.startswith(f"/api/v1{name}")), 1)}


@any_request.parametrize()
@bounded
def test_every_answer_is_as_the_description_says(case: schemathesis.Case, world: World) -> None:
    case.call_and_validate(headers=token(world))


@good_request.parametrize()
@generated
def test_so_is_every_answer_about_what_is_there(case: schemathesis.Case, world: World) -> None:
    case.path_parameters = there(case.path, world) if case.path_parameters else {}
    case.call_and_validate(headers=token(world))

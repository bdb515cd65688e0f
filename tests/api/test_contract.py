"""The API against its own description: every operation, with good and bad requests, by schemathesis."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import Phase, settings
from pytest_django import Settings
from schemathesis.generation import GenerationMode

from planmanager.api.schema import description
from repairers.models import Repairer, User
from tests.contract import bounded, contract
from tests.security.world import World, build

# What the description allows and the rows refuse: an id that is none, a mission that is decided already.
REFUSED = ["401", "403", "404", "409", "412", "422"]


def described(*modes: GenerationMode) -> schemathesis.BaseSchema:
    schema = contract(description(), REFUSED, *modes)
    schema.app = WSGIHandler()
    return schema


any_request = described(GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
good_request = described(GenerationMode.POSITIVE)
every_limit = bounded(4)
generated = settings(every_limit, phases=[Phase.generate])  # every limit of a value has had its turn above


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
        "/orders": world.line,
        "/transmissions": world.transmission,
        "/repairers": world.repairer,
        "/dossiers": world.dossier,
    }
    return {"id": next((row.pk for name, row in rows.items() if path.startswith(f"/api/v1{name}")), 1)}


@any_request.parametrize()
@every_limit
def test_every_answer_is_as_the_description_says(case: schemathesis.Case, world: World) -> None:
    case.call_and_validate(headers=token(world))


@good_request.parametrize()
@generated
def test_so_is_every_answer_about_what_is_there(case: schemathesis.Case, world: World) -> None:
    case.path_parameters = there(case.path, world) if case.path_parameters else {}
    case.call_and_validate(headers=token(world))

"""A program of the repairer's site that may do everything."""

import pytest
from django.core.cache import cache

from repairers.models import Integration, Repairer
from tests.api.programs import IntegrationFactory, Program, secret_of


@pytest.fixture(autouse=True)
def _own_throttle() -> None:
    """No test is slowed down by another's requests."""
    cache.clear()


@pytest.fixture
def integration(repairer: Repairer) -> Integration:
    return IntegrationFactory(username="workshop", sites=[repairer.site])


@pytest.fixture
def program(integration: Integration) -> Program:
    return Program(secret_of(integration))

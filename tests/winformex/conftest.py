"""A server that takes documents over real HTTP, and the token of a repairer."""

import pytest
from pytest_django.live_server_helper import LiveServer

from dossiers.winformex import tokens
from repairers.models import Repairer, User


@pytest.fixture
def server(live_server: LiveServer, transactional_db: None) -> str:
    """The address of PlanManager."""
    return live_server.url


@pytest.fixture
def secret(repairer: Repairer, helpdesk: User) -> str:
    """What the repairer's Winformex II sends with."""
    return tokens.make(repairer, helpdesk)[1]

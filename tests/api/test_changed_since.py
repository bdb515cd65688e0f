"""Who keeps a copy asks every few minutes: what changed is found by its index, whatever lies in the tables."""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.utils import timezone

from claims360_link.api.missions import MissionApiFilter
from dossiers.api.filters import DossierApiFilter, QuoteFilter
from dossiers.models import Dossier, Mission, Quote
from repairers.access import visible
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory

MANY = 3000
OLD = timezone.now() - dt.timedelta(days=30)


@pytest.fixture
def town(db: None, repairer: Repairer) -> None:
    """Many rows, of many repairers, of which nothing changed lately."""
    theirs = [repairer, *RepairerFactory.create_batch(9)]
    Dossier.objects.bulk_create(Dossier(repairer=theirs[n % 10]) for n in range(MANY))
    Dossier.objects.update(changed_at=OLD)
    came: dict[str, Any] = {"received_at": OLD, "updated_at": OLD}
    missions = Mission.objects.bulk_create(
        Mission(repairer=theirs[n % 10], external_id=f"{n}", state="waiting", **came) for n in range(MANY)
    )
    Quote.objects.bulk_create(
        Quote(repairer_id=one.repairer_id, mission=one, external_id=one.external_id, **came)
        for one in missions
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_no_table_is_read_through(town: None, staff: User, helpdesk: User) -> None:
    asked_for = ((MissionApiFilter, Mission), (QuoteFilter, Quote), (DossierApiFilter, Dossier))
    for user, (kind, model) in product((staff, helpdesk), asked_for):
        found_by_its_index(user, kind, model)


def found_by_its_index(user: User, kind: Any, model: type[Model]) -> None:
    asked = RequestFactory().get("/", {"changed_since": timezone.now().isoformat()})
    asked.user = user
    rows = kind(asked.GET, visible(model._default_manager.all(), user), request=asked).qs
    plan = rows.order_by("-pk")[:51].explain()
    # SQLite and PostgreSQL each say so when they go through a whole table, and name it.
    assert not [line for line in plan.splitlines() if "scan" in line.lower() and reads_all_of(line)], plan
    assert list(rows) == []


def reads_all_of(line: str) -> bool:
    tables = ("dossiers_dossier", "dossiers_mission", "dossiers_quote", "SCAN U", "SCAN V")
    return any(table in line for table in tables) and "index" not in line.lower() and "Bitmap" not in line

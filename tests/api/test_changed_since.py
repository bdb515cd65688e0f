"""Who keeps a copy asks every few minutes: what changed is found by its index, whatever lies in the tables."""

import datetime as dt
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request

from claims360_link.api.missions import MissionApiFilter, Missions
from dossiers.api.dossiers import Dossiers
from dossiers.api.filters import DossierApiFilter, PhotoFilter, QuoteFilter
from dossiers.api.photos import Photos
from dossiers.api.quotes import Quotes
from dossiers.models import Dossier, Mission, Photo, Quote
from repairers.access import visible
from repairers.api.pages import Walk
from repairers.models import Repairer, User
from tests.dossiers.factories import RepairerFactory

MANY = 3000
OLD = timezone.now() - dt.timedelta(days=30)


@pytest.fixture
def town(db: None, repairer: Repairer) -> None:
    """Many rows, of many repairers, of which nothing changed lately."""
    theirs = [repairer, *RepairerFactory.create_batch(9)]
    Dossier.objects.bulk_create(Dossier(repairer=theirs[n % 10]) for n in range(MANY))
    came: dict[str, Any] = {"received_at": OLD, "updated_at": OLD}
    missions = Mission.objects.bulk_create(
        Mission(repairer=theirs[n % 10], external_id=f"{n}", state="waiting", **came) for n in range(MANY)
    )
    Quote.objects.bulk_create(
        Quote(repairer_id=one.repairer_id, mission=one, external_id=one.external_id, **came)
        for one in missions
    )
    Photo.objects.bulk_create(
        Photo(repairer_id=one.repairer_id, mission=one, external_id=one.external_id, received_at=OLD)
        for one in missions
    )
    for model, time in (
        (Dossier, "changed_at"),
        (Mission, "updated_at"),
        (Quote, "updated_at"),
        (Photo, "updated_at"),
    ):
        first = model._default_manager.earliest("pk").pk
        for n in range(0, MANY, 60):  # as many as come on a page
            page = model._default_manager.filter(pk__range=(first + n, first + n + 59))
            page.update(**{time: OLD + dt.timedelta(seconds=n)})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_no_table_is_read_through(town: None, staff: User, helpdesk: User) -> None:
    asked_for = (
        (MissionApiFilter, Mission),
        (QuoteFilter, Quote),
        (PhotoFilter, Photo),
        (DossierApiFilter, Dossier),
    )
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


def test_no_order_sorts_a_table(town: None) -> None:
    """Whoever sees everything has its pages read along an index, which ends with the page."""
    for view, model in ((Missions, Mission), (Quotes, Quote), (Photos, Photo), (Dossiers, Dossier)):
        for sign, name in product(("", "-"), view.sorts):
            for cursor in ({}, {"cursor": f"{MANY // 2}.1773311400000000"}):
                read_along_its_index(view, model, {"sort": f"{sign}{name}", **cursor})


def read_along_its_index(view: Any, model: type[Model], asked: dict[str, str]) -> None:
    request = Request(RequestFactory().get("/", asked))
    with CaptureQueriesContext(connection) as done:
        Walk().paginate_queryset(model._default_manager.all(), request, view)
    plan = plan_of(done.captured_queries[0]["sql"])
    assert "TEMP B-TREE" not in plan or "LAST TERM" in plan, plan
    assert "index" in plan.lower() and "Sort  " not in plan.replace("Incremental Sort", ""), plan


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


def reads_all_of(line: str) -> bool:
    tables = ("dossiers_dossier", "dossiers_mission", "dossiers_quote", "dossiers_photo", "SCAN U", "SCAN V")
    return any(table in line for table in tables) and "index" not in line.lower() and "Bitmap" not in line

"""Alive and ready: what the health checks of the containers and a monitor ask. No login, and nothing that needs one."""

import datetime as dt

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from claims360_link import write_once
from claims360_link.models import Configuration, SyncState
from claims360_link.status import STALE
from dossiers.options import claims360_enabled

OK, UNREACHABLE, PENDING, NEWER, MISSING, STALE_ROUNDS, OFF, UNKNOWN = (
    "ok",
    "unreachable",
    "pending",
    "newer",
    "missing",
    "stale",
    "off",
    "unknown",
)
WELL = (OK, OFF)
OURS = ("repairers", "dossiers", "claims360_link")  # whose tables change with a version of this program


@never_cache
@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The web server answers; neither database nor broker is asked."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """A word a part; 503 while one of them is ill."""
    parts = readiness()
    return JsonResponse(parts, status=200 if all(word in WELL for word in parts.values()) else 503)


def readiness() -> dict[str, str]:
    """The word of each part: ok, off (there is nothing to do), unreachable, pending, newer, missing, stale, unknown."""
    words = {"database": database(), "broker": broker()}
    words |= dict.fromkeys(("migrations", "write-once", "rounds"), UNKNOWN)
    if words["database"] == OK:
        words["migrations"] = migrations()
    if words["migrations"] == OK:
        words["write-once"] = triggers()
        words["rounds"] = rounds(timezone.now())
    return words


def database() -> str:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return UNREACHABLE
    return OK


def broker() -> str:
    """Whether the broker takes a connection."""
    from planmanager.celery import broker_answers  # half of what `manage.py check` would load

    return OK if broker_answers() else UNREACHABLE


def migrations() -> str:
    """Whether the database is as this version of the code wants it; newer: a program was put back without its data."""
    executor = MigrationExecutor(connection)
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    if any(app in OURS for app, _name in unknown):
        return NEWER
    return PENDING if executor.migration_plan(executor.loader.graph.leaf_nodes()) else OK


def triggers() -> str:
    """Whether the database keeps the configurations as they were written."""
    return MISSING if write_once.missing(connection) else OK


def rounds(now: dt.datetime) -> str:
    """Whether every configured repairer was synchronised within the last half hour, however that ended."""
    if not claims360_enabled():
        return OFF
    states = SyncState.objects.filter(repairer=OuterRef("repairer"), bodyshop_id=OuterRef("bodyshop_id"))
    last = Coalesce(Subquery(states.values("last_run_at")), "created_at")
    late = Configuration.objects.annotate(last=last).filter(last__lt=now - STALE)
    return STALE_ROUNDS if late.exists() else OK

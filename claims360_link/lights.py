"""The lights of many repairers as the database sees them, to order, filter and count by; words: `information.tell`."""

import datetime as dt
from typing import Any

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from claims360_link import lease
from claims360_link.models import SyncRun, SyncState
from claims360_link.status import STALE
from dossiers.waiting import is_over
from repairers.models import Repairer

# The kind of the dot, the most urgent first.
LIGHTS = {
    "bad": _("Ill"),
    "wait": _("Tried again"),
    "info": _("Under way"),
    "ok": _("Well"),
    "off": _("Not configured"),
}
URGENCY = {light: place for place, light in enumerate(LIGHTS)}
WORST_FIRST = ("urgency", "name", "pk")


def with_urgency(rows: QuerySet[Repairer]) -> QuerySet[Any]:
    """`rows` with `urgency`: the place in LIGHTS of what `tell` says of each; photos that are to come do not count."""
    bodyshop_id = OuterRef("claims360_configuration__bodyshop_id")
    feeds = SyncState.objects.filter(repairer=OuterRef("pk"), bodyshop_id=bodyshop_id)
    seen_at = Coalesce(F("last_run_at"), F("repairer__claims360_configuration__created_at"))
    judged = feeds.annotate(seen_at=seen_at).annotate(urgency=_of_feed(timezone.now()))
    urgency = Subquery(judged.values("urgency")[:1])
    not_configured = When(claims360_configuration=None, then=_place("off"))
    return rows.annotate(urgency=Case(not_configured, default=Coalesce(urgency, _place("info"))))


def _of_feed(now: dt.datetime) -> Case:
    under_way = Q(asked_at__isnull=False) | ~is_over("lease_until", now, lease.FURTHEST)
    refused = ~Q(error="") & Q(refused_since__isnull=False)
    return Case(
        When(under_way, then=_place("info")),
        When(refused, then=_place("bad")),
        When(seen_at__lt=now - STALE, then=_place("bad")),
        When(seen_at__gt=now + STALE, then=_place("bad")),
        When(~Q(error=""), then=_place("wait")),
        When(~Exists(SyncRun.objects.filter(repairer=OuterRef("repairer"))), then=_place("info")),
        default=_place("ok"),
    )


def _place(light: str) -> Value:
    return Value(URGENCY[light], IntegerField())

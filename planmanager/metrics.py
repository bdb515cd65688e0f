"""/metrics, for Prometheus: what stands in the rows now, and what all processes have counted."""

import datetime as dt
import hmac
import ipaddress
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Min, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from claims360_link import figures
from claims360_link.models import Configuration, Figure, SyncState
from claims360_link.status import STALE
from dossiers import loose_files
from dossiers.models import LooseFile, Mission, MissionState, Photo, Quote, QuoteState, SetAside, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.options import claims360_enabled
from planmanager import __version__, health

COUNTERS = {
    "syncs_total": "Synchronisations that have ended.",
    "photos_total": "Photos that were fetched, or could not be.",
    "sends_total": "Attempts to deliver a transmission.",
    "unknown_total": "Fields and words in what Claims360 sent that are not known.",
}
REQUESTS = "claims360_requests_seconds"
UNSENT = (SendState.PENDING, SendState.IN_FLIGHT, SendState.NEEDS_PERSON)
OF_A_FEED = ("last_run_at", "last_ok_at", "error", "refused_since")
LINKS = ("well", "late", "failing", "refused")


@never_cache
@require_safe
@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """The figures, for whoever has METRICS_TOKEN or asks on this machine; for others there is no such page."""
    if not _may_read(request):
        raise Http404
    return HttpResponse(generate_latest(Families()), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.METRICS_TOKEN
    if token and hmac.compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
    ):
        return True
    through_a_proxy = "X-Forwarded-For" in request.headers
    return not through_a_proxy and _is_this_machine(request.META.get("REMOTE_ADDR", ""))


def _is_this_machine(address: str) -> bool:
    """Not where there is none: over a socket of files anybody may have come to whoever passes it on."""
    return bool(address) and ipaddress.ip_address(address).is_loopback


class Families:
    """What `generate_latest` writes; nothing but the parts where the database is not as it should be."""

    def collect(self) -> Iterator[Metric]:
        parts = health.readiness()
        yield _gauge("info", "1, with the version.", ["version"], {(__version__,): 1})
        well = {(part,): int(word in health.WELL) for part, word in parts.items()}
        yield _gauge("part_well", "Whether a part is as it should be: 1, or 0.", ["part"], well)
        if parts["migrations"] == health.OK:
            yield from _of_links(timezone.now())
            yield from _of_queues(timezone.now())
            yield from _counted()


def _of_links(now: dt.datetime) -> Iterator[Metric]:
    active = claims360_enabled()
    yield _one("claims360_active", "Whether Claims360 is active for this database.", int(active))
    states = SyncState.objects.filter(repairer=OuterRef("repairer"), bodyshop_id=OuterRef("bodyshop_id"))
    newest = {name: Subquery(states.values(name)) for name in OF_A_FEED}
    links = list(Configuration.objects.annotate(**newest).values("created_at", *newest))
    counts = Counter(_how_it_is(link, now) for link in links)
    text = "Configured repairers, by how their link is."
    yield _gauge("links", text, ["link"], {(link,): counts[link] for link in LINKS})
    asked = [link for link in links if active and not link["refused_since"]]
    text = "Since the last synchronisation without error, of the link that waits longest."
    yield _age("sync_lag", text, [now - (link["last_ok_at"] or link["created_at"]) for link in asked])
    text = "Since a synchronisation last ended, of whichever repairer."
    ends = [link["last_run_at"] or link["created_at"] for link in links if active]
    yield _age("last_sync", text, [now - max(ends)] if ends else [])


def _how_it_is(link: dict[str, Any], now: dt.datetime) -> str:
    if link["refused_since"]:
        return "refused"
    if now - (link["last_run_at"] or link["created_at"]) > STALE:
        return "late"
    return "failing" if link["error"] else "well"


def _of_queues(now: dt.datetime) -> Iterator[Metric]:
    """How many wait, and since when the oldest does."""
    missions = Mission.objects.filter(state=MissionState.WAITING)
    yield from _waiting("missions_waiting", "Missions in the queue", missions, "received_at", now)
    quotes = Quote.objects.filter(state=QuoteState.WAITING)
    yield from _waiting("quotes_waiting", "Quotes in the queue", quotes, "updated_at", now)
    aside = SetAside.objects.filter(resolved_at=None)
    yield from _waiting("set_aside", "Records kept aside that nobody resolved", aside, "created_at", now)
    photos = Photo.objects.filter(fetch_state=FetchState.PENDING, withdrawn=False)
    yield from _waiting("photos_pending", "Photos to fetch", photos, "received_at", now)
    unsent = Transmission.objects.filter(state__in=UNSENT)
    on_their_way = unsent.exclude(state=SendState.NEEDS_PERSON)
    yield from _waiting("sends_pending", "Transmissions on their way", on_their_way, "created_at", now)
    for_a_person = unsent.filter(state=SendState.NEEDS_PERSON)
    yield from _waiting(
        "sends_for_a_person", "Transmissions that need a person", for_a_person, "created_at", now
    )
    overdue = LooseFile.objects.filter(loose_files.overdue()).count()
    yield _one("files_to_delete", "Files of deleted photos that are still there.", overdue)


def _waiting(name: str, what: str, rows: QuerySet[Any], since: str, now: dt.datetime) -> Iterator[Metric]:
    found = rows.order_by().aggregate(number=Count("pk"), oldest=Min(since))
    yield _one(name, f"{what}.", found["number"])
    ages = [now - found["oldest"]] if found["oldest"] else []
    yield _age(f"{name}_oldest", f"{what}: since when the oldest waits.", ages)


def _counted() -> Iterator[Metric]:
    """What stands in the rows of `claims360_link.figures`."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for figure in Figure.objects.all():
        found[figure.name][figure.labels] = figure.value
    for name, text in COUNTERS.items():
        labels = sorted({label for row in found[name] for label in json.loads(row)})
        family = CounterMetricFamily(f"planmanager_{name.removesuffix('_total')}", text, labels=labels)
        for row, value in found[name].items():
            family.add_metric([json.loads(row)[label] for label in labels], value)
        yield family
    yield _histogram(found[f"{REQUESTS}_bucket"], found[f"{REQUESTS}_sum"])


def _histogram(buckets: dict[str, float], sums: dict[str, float]) -> Metric:
    """Requests to Claims360; each row counts what fell into its own bucket, Prometheus wants those below it too."""
    text = "Requests to Claims360, until their answer began."
    family = HistogramMetricFamily(f"planmanager_{REQUESTS}", text, labels=["call", "status"])
    for row, total in sums.items():
        labels, below, cumulated = json.loads(row), 0.0, []
        for bound in (*(f"{bound:g}" for bound in figures.BUCKETS), figures.MORE):
            below += buckets.get(json.dumps({**labels, "le": bound}, sort_keys=True, ensure_ascii=False), 0)
            cumulated.append((bound, below))
        family.add_metric([labels["call"], labels["status"]], cumulated, total)
    return family


def _age(name: str, text: str, ages: list[dt.timedelta]) -> Metric:
    """The greatest of `ages`, 0 where there is none."""
    return _one(f"{name}_seconds", text, max((age.total_seconds() for age in ages), default=0))


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"planmanager_{name}", text, value=value)


def _gauge(name: str, text: str, labels: list[str], values: Mapping[tuple[str], float]) -> Metric:
    family = GaugeMetricFamily(f"planmanager_{name}", text, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family

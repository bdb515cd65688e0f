"""/metrics: what waits, what went how, what Claims360 answered; whoever counted it, and for whom it is meant."""

import datetime as dt
import re
from typing import Any

import pytest
import yaml
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from claims360_link import work
from claims360_link.figures import BUCKETS, Figures, figures
from claims360_link.models import Figure
from claims360_link.sandbox.server import Sandbox
from dossiers import outbox
from dossiers.models import SetAside, Source, Transmission
from repairers.models import Repairer, User
from tests.dossiers.factories import DossierFactory, MissionFactory
from tests.link.test_commands import ROOT
from tests.link.world import DEMO, due, pull

pytestmark = pytest.mark.django_db
Read = dict[tuple[str, ...], float]  # by name and the values of its labels, these in the order of their names


@pytest.fixture(autouse=True)
def _own_figures() -> None:
    """No test counts what another did."""
    figures._counts.clear()


def read(client: Client) -> Read:
    figures.save(now=True)
    families = text_string_to_metric_families(client.get("/metrics").content.decode())
    samples = [sample for family in families for sample in family.samples]
    return {(one.name.removeprefix("planmanager_"), *_values(one.labels)): one.value for one in samples}


def _values(labels: dict[str, str]) -> list[str]:
    return [value for _, value in sorted(labels.items())]


def test_what_waits_and_how_it_went(
    configured: Repairer, sandbox: Sandbox, staff: User, client: Client
) -> None:
    for photos in (2, 1):
        sandbox.store.create_mission(photos=photos)
    sandbox.store.faults.add("429", path="/changes", retry_after=3600)
    pull(configured)
    due(configured)
    pull(configured)
    ask(configured, staff, "1-ZZZ-999")
    work.deliver(ask(configured, staff, "1-ZZZ-998").pk)
    two_hours_ago = timezone.now() - dt.timedelta(hours=2)
    SetAside.objects.create(repairer=configured, reason="x", digest="x", raw={}, created_at=two_hours_ago)
    before = read(client)
    assert before["missions_waiting",] == 2 and before["photos_pending",] == 3

    work.fetch_photos(configured.pk)

    found = read(client)
    assert found["photos_pending",] == 0 and found["photos_total", "stored"] == 3
    assert found["syncs_total", "failed", "round"] == found["syncs_total", "ok", "round"] == 1
    assert found["sends_total", "delivered"] == found["sends_pending",] == 1
    assert found["set_aside",] == 1 and 7_200 <= found["set_aside_oldest_seconds",] < 7_300
    assert found["links", "well"] == 1 and found["sync_lag_seconds",] < 60
    assert found["claims360_active",] == found["part_well", "database"] == 1
    requests = "claims360_requests_seconds_count"
    assert found[requests, "GET /changes", "429"] == 1 and found[requests, "GET /changes", "200"] >= 1
    assert (
        found[requests, "GET /photos/{id}/content", "200"] == 3
        and found[requests, "POST /missions", "201"] == 1
    )


def ask(repairer: Repairer, staff: User, plate: str) -> Transmission:
    given = {"plate": plate, "mileage": 1, "photo_ids": [], "mailbox": DEMO}
    return outbox.ask(DossierFactory(repairer=repairer), staff, link=Source.CLAIMS360, **given)


def test_it_costs_the_same_whatever_it_counts(configured: Repairer, client: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/metrics")
        return len(queries)

    few = statements()
    for number in range(20):
        figures.add("sends_total", outcome=f"{number}")
        MissionFactory(repairer=configured, state="waiting")
    figures.save(now=True)
    assert statements() == few


def test_every_alert_is_about_figures_that_are_there(configured: Repairer, client: Client) -> None:
    figures.time("claims360_requests_seconds", 0.1, call="GET /changes", status="200")
    figures.add("unknown_total", place="mission.status", word="paused")
    there = {f"planmanager_{name}" for name, *_ in read(client)} | {"up"}
    groups = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    for rule in rules:
        assert set(re.findall(r"\b(?:planmanager_\w+|up)\b", rule["expr"])) <= there, rule["alert"]
    tested = yaml.safe_load((ROOT / "deploy/prometheus/alerts_test.yml").read_text())["tests"]
    named = {one["alertname"] for test in tested for one in test["alert_rule_test"] if one.get("exp_alerts")}
    assert named == {rule["alert"] for rule in rules}


# --- whom they are for ----------------------------------------------------------------------------------------------


def test_who_may_read(db: None, client: Client, settings: Settings) -> None:
    def asked(**environ: str) -> int:
        return client.get("/metrics", **environ).status_code

    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    through_our_proxy = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}
    assert [asked(), asked(REMOTE_ADDR="::1")] == [200, 200]
    assert [asked(**elsewhere), asked(**through_our_proxy), asked(REMOTE_ADDR="")] == [404, 404, 404]
    assert asked(**elsewhere, HTTP_AUTHORIZATION="Bearer ") == 404
    settings.METRICS_TOKEN = "a-token"
    assert asked(**elsewhere, HTTP_AUTHORIZATION="Bearer a-token") == 200
    assert asked(**elsewhere, HTTP_AUTHORIZATION="Bearer another") == 404
    assert asked(**elsewhere, HTTP_AUTHORIZATION="Bearer é") == 404


# --- who counts ------------------------------------------------------------------------------------------------------


def test_two_processes_count_together(db: None, client: Client) -> None:
    for process in (Figures(), Figures()):
        for seconds in (0.01, 0.3, 99.0):
            process.time("claims360_requests_seconds", seconds, call="GET /changes", status="200")
        process.save(now=True)
    found = read(client)
    name, labels = "claims360_requests_seconds", ("GET /changes", "200")
    assert found[f"{name}_count", *labels] == 6
    assert found[f"{name}_sum", *labels] == pytest.approx(2 * 99.31)
    assert [
        found[f"{name}_bucket", labels[0], bound, labels[1]] for bound in ("0.05", "0.5", "30", "+Inf")
    ] == [
        2,
        4,
        4,
        6,
    ]
    assert len([key for key in found if key[0] == f"{name}_bucket"]) == len(BUCKETS) + 1


def test_the_rows_are_written_now_and_then(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    process = Figures(clock=lambda: now)
    process.add("sends_total", outcome="delivered")
    process.save()
    now = 11.0
    with monkeypatch.context() as patched:
        patched.setattr("claims360_link.figures._add", failing)
        process.save()  # the database is away: they are kept
    now = 22.0
    process.add("sends_total", outcome="delivered")
    with CaptureQueriesContext(connection) as queries:
        process.save()
        process.save()
    assert len(queries) == 1
    assert Figure.objects.get().value == 2


def failing(_counts: Any) -> None:
    raise OperationalError

"""What is kept for long enough goes, by setting, in portions, and once."""

import datetime as dt
import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as now_set
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from claims360_link import sync
from claims360_link.models import ConfigurationReset, Inquiry, SyncRun
from claims360_link.sandbox.server import Sandbox
from dossiers import contents, history
from dossiers.intake import rejudge
from dossiers.models import (
    Content,
    Dossier,
    Event,
    LooseFile,
    Mission,
    MissionState,
    OptionChange,
    Photo,
    Quote,
    QuoteVersion,
    SetAside,
)
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.photo_file import Facts
from planmanager import retention, tasks
from repairers.models import Message, Reading, Repairer, User
from tests.dossiers.factories import (
    DossierFactory,
    MissionFactory,
    PhotoFactory,
    QuoteFactory,
    QuoteVersionFactory,
    TransmissionFactory,
)
from tests.link.world import set_options
from tests.project.place import files_in

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
OLD, YOUNG = NOW - dt.timedelta(days=31), NOW - dt.timedelta(days=29)
FACTS = Facts("JPEG", "image/jpeg", 4, 3, None)
NOTHING = dict.fromkeys(
    (
        "quiet_runs",
        "runs",
        "missions",
        "set_aside",
        "photos",
        "trail",
        "messages",
        "answers",
        "sessions",
        "left_over",
    ),
    0,
)


@pytest.fixture(autouse=True)
def _thirty_days(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEEP_QUIET_RUNS_DAYS = 7
    for kind in ("RUNS", "MISSIONS", "PHOTOS", "TRAIL", "MESSAGES"):
        setattr(settings, f"KEEP_{kind}_DAYS", 30)
    monkeypatch.setattr(retention, "PORTION", 2)


def stored(photo: bytes) -> Content:
    return contents.store_content(io.BytesIO(photo), hashlib.sha256(photo).hexdigest(), FACTS)


def mission(repairer: Repairer, state: str, at: dt.datetime, **more: Any) -> Mission:
    """One with an owner, a quote and a photo."""
    facts = {"owner_name": "Carlier Anne", "plate": "1-ABC-234"}
    row = MissionFactory(
        repairer=repairer, state=state, facts=facts, owner_name="Carlier Anne", updated_at=at, **more
    )
    QuoteVersionFactory(quote=QuoteFactory(mission=row, updated_at=OLD))
    content = stored(f"photo {row.pk}".encode())
    PhotoFactory(repairer=repairer, mission=row, dossier=None, external_id=f"p-{row.pk}", content=content)
    return row


def personal(row: Mission) -> tuple[bool, bool, bool]:
    """Whether it still has its owner, the lines of its quote and its photo."""
    row.refresh_from_db()
    lines = QuoteVersion.objects.get(quote__mission=row).lines
    return (
        bool(row.facts and row.owner_words),
        bool(lines),
        Photo.objects.get(mission=row).content_id is not None,
    )


def test_missions_that_came_to_no_dossier(repairer: Repairer, staff: User) -> None:
    ended = (MissionState.EXCLUDED, MissionState.DENIED, MissionState.ARCHIVED, MissionState.WITHDRAWN)
    old = [mission(repairer, state, OLD, reason_args={"reason": "typed"}) for state in ended]
    kept = [mission(repairer, state, YOUNG) for state in ended]
    kept.append(mission(repairer, MissionState.WAITING, OLD))
    kept.append(mission(repairer, MissionState.DOSSIER, OLD, dossier=DossierFactory(repairer=repairer)))
    kept.append(mission(repairer, MissionState.DENIED, OLD, decided_at=YOUNG))
    kept.append(mission(repairer, MissionState.DENIED, OLD))
    Quote.objects.filter(mission=kept[-1]).update(updated_at=YOUNG)
    set_options(INFORMEX_EXCLUDES="make = Lada")
    given = {"repairer": repairer, "reason": "unreadable-amount", "created_at": OLD}
    for number, at in enumerate((OLD, YOUNG, None)):
        SetAside.objects.create(**given, digest=str(number), raw={"owner": "Carlier Anne"}, resolved_at=at)

    assert retention.delete_what_is_old() == {**NOTHING, "missions": 4, "set_aside": 1}

    assert [personal(row) for row in old] == [(False, False, False)] * 4
    assert [personal(row) for row in kept] == [(True, True, True)] * 8
    assert [row.state for row in old] == ["archived", "denied", "archived", "withdrawn"]
    assert {row.reason_args.get("reason") for row in old} == {None}
    assert SetAside.objects.filter(raw={}).count() == 1
    assert {photo.fetch_state for photo in Photo.objects.filter(mission__in=old)} == {FetchState.FORGOTTEN}
    assert len(files_in(Path(now_set.MEDIA_ROOT))) == Content.objects.count() == 8
    told = Event.objects.filter(mission__in=old)
    assert {(event.verb, event.args["days"]) for event in told} == {("forgotten", 30)} and len(told) == 4
    assert retention.delete_what_is_old() == NOTHING
    rejudge.reconsider_by_rules(repairer.pk)
    assert Mission.objects.filter(pk__in=[row.pk for row in old], state=MissionState.WAITING).count() == 0
    Mission.objects.filter(pk=old[0].pk).update(updated_at=timezone.now(), facts={"plate": "1-ABC-234"})
    assert retention.delete_what_is_old() == NOTHING, "what came since then is kept as long again"


def closed(repairer: Repairer, at: dt.datetime | None) -> Dossier:
    """A dossier with a photo of its own and one of its mission."""
    status = "closed" if at else "ready"
    dossier = DossierFactory(repairer=repairer, status=status, closed_at=at)
    mission(repairer, MissionState.DOSSIER, OLD, dossier=dossier)
    content, prepared = stored(f"own {dossier.pk}".encode()), stored(f"prepared {dossier.pk}".encode())
    PhotoFactory(dossier=dossier, content=content, prepared=prepared)
    return dossier


def test_photos_of_dossiers_that_are_closed(repairer: Repairer) -> None:
    old, young, still_open, unsent = (closed(repairer, at) for at in (OLD, YOUNG, None, OLD))
    row = TransmissionFactory(dossier=unsent, state=SendState.NEEDS_PERSON)
    row.photos.create(photo=Photo.objects.get(dossier=unsent), idempotency_key="k")

    assert retention.delete_what_is_old() == {**NOTHING, "photos": 3}

    held = set(Photo.objects.exclude(content=None).values_list("dossier", "mission__dossier"))
    of = [dossier.pk for dossier in (young, still_open)]
    assert held == {*((pk, None) for pk in [*of, unsent.pk]), *((None, pk) for pk in of)}
    assert len(files_in(Path(now_set.MEDIA_ROOT))) == Content.objects.count() == 8
    events = Event.objects.filter(verb="photos-forgotten", dossier=old)
    assert sum(event.args["photos"] for event in events) == 2
    old.refresh_from_db()
    assert old.owner_name == "Carlier Anne", "the dossier stays"
    assert retention.delete_what_is_old() == NOTHING


def test_runs_and_the_trail(repairer: Repairer, staff: User) -> None:
    def run(at: dt.datetime, of: Repairer) -> SyncRun:
        return SyncRun.objects.create(repairer=of, trigger="round", outcome="ok", started_at=at, ended_at=at)

    another = Repairer.objects.create(name="another", site=repairer.site)
    for _ in range(5):
        run(OLD, repairer)
    kept = [run(YOUNG, repairer), run(OLD, another)]
    for at in (OLD, YOUNG):
        Inquiry.objects.create(repairer=repairer, mission_external_id="m", asked_at=at, ended_at=at)
    for at in (OLD, YOUNG):
        history.record("commented", repairer_id=repairer.pk, actor=staff)
        OptionChange.objects.create(name="INFORMEX_QUEING")
        ConfigurationReset.objects.create(repairer=repairer, configured_at=OLD, reason="x")
        for model, name in ((Event, "at"), (OptionChange, "changed_at"), (ConfigurationReset, "reset_at")):
            model.objects.filter(pk=model.objects.order_by("-pk")[0].pk).update(**{name: at})

    assert retention.delete_what_is_old() == {**NOTHING, "runs": 6, "trail": 3}

    assert list(SyncRun.objects.order_by("pk")) == kept, "of each repairer the newest stays"
    assert [model.objects.count() for model in (Event, OptionChange, ConfigurationReset)] == [1, 1, 1]


def test_rounds_that_found_nothing_new_go_after_a_week(configured: Repairer, sandbox: Sandbox) -> None:
    def run(days: int, trigger: str = SyncRun.Trigger.ROUND) -> SyncRun:
        with time_machine.travel(NOW - dt.timedelta(days=days)):
            return sync.sync(configured.pk, trigger)

    sandbox.store.create_mission()
    found, *quiet, asked_for, young = run(9), run(8), run(8), run(8, SyncRun.Trigger.BUTTON), run(6)
    assert retention.delete_what_is_old() == {**NOTHING, "quiet_runs": len(quiet)}
    assert list(SyncRun.objects.order_by("pk")) == [found, asked_for, young]


def test_for_good_where_nothing_is_set(repairer: Repairer, settings: Settings) -> None:
    for kind in ("QUIET_RUNS", "RUNS", "MISSIONS", "PHOTOS", "TRAIL"):
        setattr(settings, f"KEEP_{kind}_DAYS", 0)
    row = mission(repairer, MissionState.DENIED, NOW - dt.timedelta(days=10_000))
    closed(repairer, NOW - dt.timedelta(days=10_000))
    call_command("retention")
    assert retention.delete_what_is_old() == NOTHING
    assert personal(row) == (True, True, True)


def test_a_file_that_a_killed_worker_left_goes_the_next_night_unless_it_is_wanted_again(db: None) -> None:
    for photo in (b"left", b"wanted again"):
        content = stored(photo)
        LooseFile.objects.create(sha256=content.pk, name=content.file.name)
        content.delete()
    again = stored(b"wanted again")
    tasks.delete_what_is_old()
    with contents.open_content(again) as file:
        assert file.read() == b"wanted again"
    assert len(files_in(Path(now_set.MEDIA_ROOT))) == 1 and not LooseFile.objects.exists()


def test_a_settled_message_goes_and_one_that_stands_stays(repairer: Repairer, staff: User) -> None:
    kept = {"repairer": repairer, "kind": "sending", "changed_at": OLD}
    for subject, settled_at in (("1", OLD), ("2", YOUNG), ("3", None)):
        row = Message.objects.create(subject=subject, settled_at=settled_at, **kept)
        Reading.objects.create(user=staff, message=row, read_at=OLD)
    assert retention.delete_what_is_old() == {**NOTHING, "messages": 2}  # with who had read it
    assert sorted(Message.objects.values_list("subject", flat=True)) == ["2", "3"]
    assert Reading.objects.count() == 2

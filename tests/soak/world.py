"""A garage, its Claims360 and the workers between them, for one history; all of it made anew for the next."""

import datetime as dt
import itertools
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import time_machine
from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection
from django.db.models import Q
from django.test import override_settings

from claims360_link import credentials, nudges, photos, portions, sync, work
from claims360_link.circuit import Circuit
from claims360_link.client import Claims360Client, shared_session
from claims360_link.sandbox.server import make_server, serving
from claims360_link.sandbox.store import Store
from dossiers import stock
from dossiers.intake.desk import CannotDecide
from dossiers.intake.twins import DECIDED
from dossiers.models import Mission, MissionState, QuoteVersion, Source
from dossiers.outbox import CannotSend
from dossiers.sentences import ERRORS, REASONS
from dossiers.uploads import CannotAdd
from dossiers.winformex import sending
from dossiers.winformex.nudges import PICK_UP_PENDING
from planmanager.celery import app
from repairers.models import Repairer
from tests.dossiers.factories import RepairerFactory, StaffFactory
from tests.link.world import set_options
from tests.processes import PATIENCE
from tests.soak.points import Doorkeeper, Line

START = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
A_MOMENT = dt.timedelta(seconds=10)  # between one deed and the next
HOMES = ("475869429", "475869430")  # the body shops that the two repairers begin with
OTHER_HOME = "475869431"  # where the first one may move
OURS = ("repairers", "dossiers", "claims360_link", "constance")
NO_PATIENCE = 0.1  # seconds that an answer is waited for where the sandbox stalls
TASKS = {
    nudges.SYNC: work.sync_for_who_asked,
    nudges.SYNC_PORTION: lambda *ids: work.sync_portion(ids),
    nudges.ASK: work.ask_anew,
    nudges.PHOTOS: work.fetch_photos,
    nudges.DELIVER: work.deliver,
    nudges.RECONSIDER: work.reconsider,
    nudges.RECONSIDER_ALL: work.reconsider_all,
    PICK_UP_PENDING: sending.pick_up_pending,
}


Deed = Callable[..., None]


@dataclass(frozen=True)
class Click:
    """What one click on the "i" may send."""

    dossier_id: int
    plate: str
    hashes: frozenset[str]


class House:
    """What all histories share: a server for their sandboxes, and the way to it."""

    def __init__(self) -> None:
        self._store = Store()
        self._server = make_server(self._store, "127.0.0.1", 0)
        self._server.app = self._door = Doorkeeper(self._server.app)
        self.line = Line(self._door.wait_for)
        self.broker: list[tuple[str, tuple[Any, ...]]] = []

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self._server.socket.getsockname()[1]}/v1"

    @contextmanager
    def open(self, patch: Any) -> Iterator["House"]:
        """Serves; the broker is a list, photos come one by one, and nobody sleeps."""
        self._server.start()
        shared_session().mount("http://", self.line)
        patch.setattr(app, "send_task", self._take)
        patch.setattr(photos, "AT_ONCE", 1)
        patch.setattr(stock, "PARTS", [""])  # what little a history has, at a time
        patch.setattr(portions, "PATIENCE", 3600)  # in no history does it hang on how fast this machine is
        patch.setitem(Claims360Client.__init__.__kwdefaults__, "sleep", lambda seconds: None)
        try:
            yield self
        finally:
            del shared_session().adapters["http://"]
            shared_session().mount("http://", type(self.line).__base__())
            self._server.stop()

    def _take(self, name: str, ids: Iterable[int], *_: Any, **__: Any) -> None:
        self.broker.append((name, tuple(ids)))

    def furnish(self) -> Store:
        """Empties everything; gives the sandbox of a new history."""
        self._door.wait_for(len(self.line.sent))
        self._store.db.close()
        self._store = Store()
        self._door.app, self._door.done = serving(self._store), 0
        self.line.sent.clear()
        self.line.points.__init__()  # type: ignore[misc]
        self.broker.clear()
        sync.circuit = Circuit()  # put back by the fixture that every test has
        models = [model for model in apps.get_models() if model._meta.app_label in OURS]
        tables = [model._meta.db_table for model in models]
        tables += [field.m2m_db_table() for model in models for field in model._meta.local_many_to_many]
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables, reset_sequences=True))
        shutil.rmtree(Path(settings.MEDIA_ROOT), ignore_errors=True)
        return self._store


class World:
    """One history: who is there, what was decided, and what of it must last."""

    def __init__(self, house: House, page_size: int = 50) -> None:
        self._clock = time_machine.travel(START, tick=False)
        self._settings = override_settings(
            CLAIMS360_API_URL=house.api_url,
            CLAIMS360_CONNECT_TIMEOUT=PATIENCE,
            CLAIMS360_PAGE_SIZE=page_size,
            CLAIMS360_REQUESTS_PER_SECOND=0,
        )
        self.clock = self._clock.start()
        self._settings.enable()
        self.patience(PATIENCE)
        self.house, self.store = house, house.furnish()
        self.line, self.points, self.broker = house.line, house.line.points, house.broker
        connection.execute_wrappers.append(self.points.statement)
        self.counts: Counter[str] = Counter()
        self.memory = Memory()
        self.repairers = [RepairerFactory() for _ in HOMES]
        self.staff = StaffFactory(sites=[one.site for one in self.repairers])
        self.homes = {one.pk: [home] for one, home in zip(self.repairers, HOMES, strict=True)}
        set_options(CLAIMS360_ENABLED=True, INFORMEX_QUEING="missions", INFORMEX_EXCLUDES="")
        for repairer in self.repairers:
            self.configure(repairer)

    def close(self) -> None:
        """The history is over, however it ended."""
        connection.execute_wrappers.remove(self.points.statement)
        self._settings.disable()
        self._clock.stop()

    def do(self, deed: Deed, /, **args: Any) -> None:
        """One deed, a moment after the one before; what had to last still stands."""
        self.counts["steps"] += 1
        self.clock.shift(A_MOMENT)
        with self.refusals():
            deed(self, **args)
        self.memory.check()

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """What the product refuses, it refuses with a sentence."""
        try:
            yield
        except (CannotDecide, CannotSend, CannotAdd) as refusal:
            assert refusal.code in {*ERRORS, *REASONS}, refusal.code
            self.counts["refusals"] += 1

    def patience(self, seconds: float) -> None:
        """How long an answer is waited for."""
        settings.CLAIMS360_READ_TIMEOUT = seconds

    def configure(self, repairer: Repairer) -> None:
        """The repairer gets its present body shop, with the keys of today."""
        home = self.homes[repairer.pk][-1]
        keys = self.store.keys(home)
        credentials.configure(repairer.pk, home, keys["bodyshop"], keys["planmanager"], None, unchecked=True)

    def is_configured(self, repairer: Repairer) -> bool:
        """Whether it has its present body shop, with the keys of today."""
        home = self.homes[repairer.pk][-1]
        wanted = {kind: credentials.fingerprint(key) for kind, key in self.store.keys(home).items()}
        row = credentials.configuration_of(repairer.pk)
        has = {"bodyshop": row.bodyshop_key_sha256, "planmanager": row.planmanager_key_sha256} if row else {}
        return row is not None and row.bodyshop_id == home and has == wanted

    def reset(self, repairer: Repairer) -> None:
        """The helpdesk takes the configuration away."""
        configuration = credentials.configuration_of(repairer.pk)
        if configuration is not None:
            credentials.reset(configuration.pk, None, "for the history")

    def run_task(self) -> None:
        """A worker takes the oldest task and carries it out, or dies over it."""
        name, ids = self.broker.pop(0)
        self.counts["tasks"] += 1
        with self.points.worker():
            TASKS[name](*ids)

    def run_tasks(self) -> None:
        """All tasks, and those that they wake."""
        while self.broker:
            self.run_task()


class Memory:
    """What lasts, whatever happens: dossiers of missions, versions of quotes, denials, what staff wrote."""

    def __init__(self) -> None:
        self.dossiers: dict[int, int] = {}  # mission -> dossier
        self.pairs: set[tuple[str, int]] = (
            set()
        )  # (external id of a mission, dossier) that ever were together
        self.versions: dict[tuple[int, int], str] = {}  # (quote, version) -> digest
        self.denied: set[int] = set()
        self.joined: set[tuple[int, int]] = (
            set()
        )  # (mission of Claims360, its twin of Winformex II) that ever were
        self.apart: set[tuple[int, int]] = (
            set()
        )  # and those that were decided each alone before they were known to be
        self.edits: dict[tuple[int, str], Any] = {}  # (dossier, fact) -> what staff wrote
        self.clicks: dict[int, Click] = {}  # by mileage (km), of which each has its own
        self.not_again: dict[int, str] = {}  # transmission -> why a person could not try it again
        self.kilometres = itertools.count(10_000)

    def release(self, mission_id: int) -> None:
        """A person takes a mission out of its dossier, or back from denial; its twin comes along."""
        both = Mission.objects.filter(Q(pk=mission_id) | Q(twin_of=mission_id) | Q(twins=mission_id))
        for pk in both.values_list("pk", flat=True):
            self.dossiers.pop(pk, None)
            self.denied.discard(pk)

    def namesakes(self) -> Iterator[tuple[Mission, Mission]]:
        """The missions of Claims360 and of Winformex II that are of one repairer and number, and not withdrawn."""
        rows = Mission.objects.exclude(state=MissionState.WITHDRAWN).exclude(number_key="")
        found: dict[tuple[int, str], dict[str, Mission]] = defaultdict(dict)
        for row in rows.defer("facts", "comments", "notes", "applied"):
            found[row.repairer_id, row.number_key][row.source] = row
        for by_source in found.values():
            if len(by_source) == len(Source):
                yield by_source[Source.CLAIMS360], by_source[Source.WINFORMEX]

    def check(self) -> None:
        """Fails where something that had to last is gone."""
        rows = {row.pk: row for row in Mission.objects.only("external_id", "dossier", "state", "reason")}
        for pk, dossier_id in self.dossiers.items():
            assert rows[pk].dossier_id == dossier_id, f"{rows[pk]} left its dossier by itself"
        for pk in self.denied:
            assert rows[pk].state in ("denied", "withdrawn") or rows[pk].reason == "opened-here", rows[
                pk
            ].state
        self.dossiers = {pk: row.dossier_id for pk, row in rows.items() if row.dossier_id}
        self.pairs |= {(row.external_id, row.dossier_id) for row in rows.values() if row.dossier_id}
        self._note_twins()
        self._check_versions()

    def _note_twins(self) -> None:
        for claims360, winformex in self.namesakes():
            pair = claims360.pk, winformex.pk
            if claims360.pk == winformex.twin_of_id or winformex.pk == claims360.twin_of_id:
                self.joined.add(pair)
            elif pair not in self.joined and {claims360.state, winformex.state} <= {*DECIDED}:
                self.apart.add(pair)

    def _check_versions(self) -> None:
        versions = QuoteVersion.objects.values_list("quote", "version", "digest")
        now = {(quote, version): digest for quote, version, digest in versions}
        assert now.items() >= self.versions.items(), "a version of a quote was overwritten"
        self.versions = now

"""What must hold once it is quiet: PlanManager has what Claims360 has, and says why everything is as it is.

What came by Winformex II too is one with it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any

from claims360_link.sandbox.store import Store
from dossiers import stock
from dossiers.contents import open_content
from dossiers.intake.same_quotes import SAME
from dossiers.models import (
    Content,
    Dossier,
    LooseFile,
    Mission,
    MissionState,
    OrderLine,
    Photo,
    Quote,
    QuoteState,
    SetAside,
    Source,
)
from dossiers.models.photo import FetchState
from dossiers.normalise import key
from dossiers.sentences import ERRORS, REASONS
from planmanager.retention import delete_what_is_old
from repairers.models import Repairer
from tests.soak.claims360 import NO_PICTURE
from tests.soak.world import World

Row = dict[str, Any]
CLAIMS360, WINFORMEX = Source


def what_claims360_has(world: World, *, explained: bool) -> None:
    """Missions, every version of every quote, and photos; `explained`: what is not held may be set aside instead."""
    for repairer in world.repairers:
        aside = _set_aside(repairer) if explained else set()
        travelled = [row for home in world.homes[repairer.pk] for row in _travelled(world.store, home)]
        _missions([row for row in travelled if row["entity"] == "mission"], repairer, aside)
        _quotes([row for row in travelled if row["entity"] == "quote"], world.store, repairer, aside)
        photos = [row for row in travelled if row["entity"] == "photo"]
        _photos(photos, repairer, aside)
        _contents_of(photos, world.store, explained)
        _nothing_else(travelled, repairer)
        if not explained:
            left = SetAside.objects.filter(repairer=repairer, resolved_at=None)
            assert not left, [(row.entity, row.external_id, row.version, row.reason) for row in left]
    contents()


def contents() -> None:
    """Each file has the hash that it is found by."""
    for content in Content.objects.all():
        with open_content(content) as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == content.sha256


def files_that_are_wanted() -> None:
    """Once the night is over each file is of a row, and each row has its file: whoever was killed over one."""
    delete_what_is_old()
    assert not LooseFile.objects.exists()
    assert [one for part in stock.take() for one in (*part.lost, *part.strays)] == []
    assert not Content.objects.filter(photos=None, prepared_for=None)


def decisions(world: World) -> None:
    """Every state has a reason with a sentence, quotes are where their missions are, and local edits have won."""
    for mission in Mission.objects.all():
        assert mission.reason in REASONS, (mission.state, mission.reason)
        assert mission.state != MissionState.DOSSIER or mission.dossier_id
    for quote in Quote.objects.select_related("mission"):
        _quote_is_where_it_belongs(quote)
    for row in SetAside.objects.all():
        assert row.reason in REASONS, row.reason
    for photo in Photo.objects.filter(fetch_state=FetchState.FAILED):
        assert photo.fetch_error in ERRORS, photo.fetch_error
    for (dossier_id, fact), value in world.memory.edits.items():
        assert getattr(Dossier.objects.get(pk=dossier_id), fact) == value


def one_mission_by_both_ways(world: World) -> None:
    """What came by both ways is decided once, unless people keep it apart; of its quotes each counts once."""
    for claims360, winformex in world.memory.namesakes():
        if (claims360.pk, winformex.pk) in world.memory.apart or claims360.is_apart or winformex.is_apart:
            continue
        assert claims360.pk == winformex.twin_of_id or winformex.pk == claims360.twin_of_id, "two missions"
        assert (claims360.state, claims360.dossier_id) == (winformex.state, winformex.dossier_id)
        both = Quote.objects.filter(mission__in=(claims360, winformex), state=QuoteState.DOSSIER)
        _once((key(quote.number), quote.supplement) for quote in both)
    lines = OrderLine.objects.filter(in_quote=True).select_related("quote")
    _once((line.dossier_id, key(line.quote.number), line.part_key, line.occurrence) for line in lines)


def _once(things: Iterable[Any]) -> None:
    counted = Counter(things)
    assert not counted or max(counted.values()) == 1, counted.most_common(1)


def _quote_is_where_it_belongs(quote: Quote) -> None:
    needs_reason = quote.state not in (QuoteState.FOLLOWS, QuoteState.DOSSIER)
    assert quote.reason in REASONS if needs_reason else quote.reason in ("", *REASONS), quote.reason
    if quote.state in (QuoteState.DOSSIER, QuoteState.WAITING, QuoteState.EXCLUDED, QuoteState.DENIED):
        assert quote.mission.state in (MissionState.DOSSIER, MissionState.WITHDRAWN), quote.mission.state
        assert quote.mission.dossier_id is not None
    elif quote.state == QuoteState.FOLLOWS:
        in_dossier = quote.mission.state == MissionState.DOSSIER
        assert quote.reason == SAME or not in_dossier, "nobody has decided about this quote"
    if quote.state == QuoteState.DOSSIER:
        assert quote.versions.filter(version=quote.accepted_version).exists()


def _travelled(store: Store, home: str) -> list[Row]:
    """Everything of a body shop that was ever transmitted, oldest first."""
    rows = store.db.rows("SELECT id, entity FROM entities WHERE bodyshop_id = ? ORDER BY n", home)
    found = [store.entity(row["entity"], row["id"]) for row in rows]
    return [row for row in found if row["transmitted"]]


def _set_aside(repairer: Repairer) -> set[tuple[str, int | None]]:
    return set(SetAside.objects.filter(repairer=repairer).values_list("external_id", "version"))


def _is_aside(aside: set[tuple[str, int | None]], external_id: str, version: int) -> bool:
    return (external_id, version) in aside or (external_id, None) in aside


def _missions(rows: list[Row], repairer: Repairer, aside: set[tuple[str, int | None]]) -> None:
    held = {row.external_id: row for row in Mission.objects.filter(repairer=repairer, source=CLAIMS360)}
    for row in rows:
        mission = held.get(row["id"])
        if mission is None or mission.version != row["version"]:
            assert _is_aside(aside, row["id"], row["version"]), (
                f"mission {row['id']} v{row['version']} is not held: {mission and mission.version}"
            )
            continue
        withdrawn = mission.state == MissionState.WITHDRAWN
        assert withdrawn == bool(row["deleted"])
        assert mission.number == row["data"]["number"] or (
            withdrawn and not mission.number
        )  # only its end was read
        if not (row["deleted"] or row["shell"]):
            _facts(mission, row["data"])


def _facts(mission: Mission, data: Row) -> None:
    vehicle, owner, claim = (data.get(name) or {} for name in ("vehicle", "owner", "claim"))
    assert mission.status == data["status"]
    assert mission.plate == (vehicle.get("plate") or "")
    assert mission.facts.get("mileage") == vehicle.get("mileage")
    assert mission.owner_name == (owner.get("name") or "")
    assert mission.claim_number == (claim.get("number") or "")


def _quotes(rows: list[Row], store: Store, repairer: Repairer, aside: set[tuple[str, int | None]]) -> None:
    quotes = Quote.objects.filter(repairer=repairer).prefetch_related("versions")
    held = {quote.external_id: quote for quote in quotes}
    for row in rows:
        quote = held.get(row["id"])
        versions = {one.version: (one.status, one.gross) for one in quote.versions.all()} if quote else {}
        for data in store.feed.versions(row["id"]):
            there = versions.get(data["version"])
            assert there == (data["status"], data["totals"]["gross"]) or (
                there is None and _is_aside(aside, row["id"], data["version"])
            ), f"quote {row['id']} v{data['version']}: {there}"
        if quote is not None and not _is_aside(aside, row["id"], row["version"]):
            _newest(quote, row)


def _newest(quote: Quote, row: Row) -> None:
    assert quote.version == row["version"]
    assert (quote.state == QuoteState.WITHDRAWN) == bool(row["deleted"]), (quote.state, row["deleted"])
    assert quote.mission.external_id == row["mission_id"]
    if not row["deleted"]:
        assert quote.status == row["data"]["status"]
        assert f"{quote.gross:.2f}" == row["data"]["totals"]["gross"]


def _photos(rows: list[Row], repairer: Repairer, aside: set[tuple[str, int | None]]) -> None:
    held = {photo.external_id: photo for photo in Photo.objects.filter(repairer=repairer)}
    for row in rows:
        photo, data = held.get(row["id"]), row["data"]
        if photo is None or photo.version != row["version"]:
            assert _is_aside(aside, row["id"], row["version"]), f"photo {row['id']} is not held"
            continue
        assert photo.withdrawn == bool(row["deleted"])
        if not row["deleted"]:
            assert (photo.sha256, photo.bytes) == (data["sha256"], data["bytes"])
            assert photo.mission is not None and photo.mission.external_id == data["mission_id"]


def _contents_of(rows: list[Row], store: Store, explained: bool) -> None:
    """Every photo has its content, but for what is none; `explained`: or says why it has not."""
    wanted = [row["id"] for row in rows if not row["deleted"]]
    for photo in Photo.objects.filter(external_id__in=wanted):
        if photo.fetch_state == FetchState.STORED:
            assert photo.content_id == photo.sha256
            continue
        assert photo.fetch_state == FetchState.FAILED, photo.fetch_state
        if not explained:
            assert store.content(photo.external_id).startswith(NO_PICTURE), photo.fetch_error


def _nothing_else(travelled: list[Row], repairer: Repairer) -> None:
    """No row beside those that came; of a mission that has not travelled, a placeholder for its quotes and photos."""
    ids = {row["id"] for row in travelled}
    owners = {row["mission_id"] for row in travelled}
    for model in (Mission, Quote, Photo):
        rows = model.objects.filter(repairer=repairer).exclude(external_id="").exclude(source=WINFORMEX)
        assert {row.external_id for row in rows} <= ids | owners

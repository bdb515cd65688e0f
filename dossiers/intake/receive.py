"""Records in: taken against what is held, judged by the options, stored in bulk."""

import datetime as dt
from typing import Any

from django.db.models import Model

from dossiers import history
from dossiers.intake import bulk, filing, matching, twins
from dossiers.intake.held import Held, hold
from dossiers.intake.judge import Verdict, judge_mission, judge_quote
from dossiers.intake.orders import sync_orders
from dossiers.intake.pairs import Pairs
from dossiers.intake.records import Batch
from dossiers.intake.same_quotes import Originals, digest_of, judge_same, originals_of
from dossiers.intake.take import OTHER_MISSION, take_mission, take_photo, take_quote, take_unreadable
from dossiers.intake.tally import Tally
from dossiers.models import (
    Dossier,
    Event,
    Mission,
    MissionState,
    Photo,
    Quote,
    QuoteState,
    QuoteVersion,
    SetAside,
    Source,
)
from dossiers.options import Options, read_options
from repairers.models import Repairer

CANCELLED = "cancelled"
PARENTS = (Dossier, Mission, Quote)  # other rows point to them


def receive(repairer: Repairer, source: Source, batch: Batch, now: dt.datetime) -> Tally:
    """Store and decide all of `batch` for `repairer`; call it within `repairers.locking.one_writer`.

    Gives what was counted. Received twice, in another order or in other batches, the same records lead to the same
    end. Statements: a constant number, whatever the size of the batch.
    """
    options = read_options()
    held = hold(repairer, source, batch, now)
    changed = _take(held, batch)
    pairs = Pairs(held.namesakes)
    events, dossiers = _decide_missions(held, changed, pairs, options)
    quotes = _decide_quotes(held, options)
    _save(held, pairs, dossiers, quotes, events)
    _decide_quotes_of_twins(held, pairs, options)
    _resolve(held)
    return held.tally


def _take(held: Held, batch: Batch) -> list[tuple[Mission, str]]:
    """The missions that changed, each with the remote status that it had before."""
    changed: dict[str, str] = {}
    for record in sorted(batch.missions, key=lambda record: record.version):
        before = held.missions.get(record.external_id)
        status = before.status if before else ""
        if take_mission(held, record):
            changed.setdefault(record.external_id, status)
    for quote in sorted(batch.quotes, key=lambda record: record.version):
        take_quote(held, quote)
    for photo in sorted(batch.photos, key=lambda record: record.version):
        take_photo(held, photo)
    for unreadable in batch.unreadable:
        take_unreadable(held, unreadable)
    return [(held.missions[external_id], status) for external_id, status in changed.items()]


def _decide_missions(
    held: Held, changed: list[tuple[Mission, str]], pairs: Pairs, options: Options
) -> tuple[list[Event], list[Dossier]]:
    """Give every changed mission its state; the events to record and the dossiers to save."""
    events: list[Event] = []
    dossiers: dict[int, Dossier] = {}
    undecided = [
        mission for mission, _ in changed if mission.state not in (MissionState.DENIED, MissionState.DOSSIER)
    ]
    book = matching.books(undecided).get(held.repairer.pk) or matching.Book()
    for mission, status in changed:
        verdict = judge_mission(mission, options.queueing, options.excludes, held.repairer.name)
        mission.rules_digest = options.digest
        twin = pairs.twin_of(mission)
        if twin is not None and twins.leads(twin, mission, verdict.state):
            events += pairs.lead(mission, twin, held.now)
        else:
            _carry_out(held, mission, verdict, book, events)
            events += pairs.take_along(twin, mission, held.now) if twin else []
        if mission.dossier is not None and mission.state == MissionState.DOSSIER:
            _keep_up(mission, status, events)
            dossiers[id(mission.dossier)] = mission.dossier
        if mission.twin_of is None:
            _count(held, "missions", mission.state)
    return events, list(dossiers.values())


def _carry_out(
    held: Held, mission: Mission, verdict: Verdict, book: matching.Book, events: list[Event]
) -> None:
    if mission.state == MissionState.DENIED:
        mission.changed_since_denied = True
    mission.state, mission.reason, mission.reason_args = verdict.state, verdict.reason, verdict.args
    if verdict.state not in (MissionState.WAITING, MissionState.EXCLUDED) or mission.dossier is not None:
        return
    match = matching.match(mission, book)
    if match.opened_by_us and match.dossier is not None:
        # The garage opened this file from its own dossier: there is nothing left to decide.
        _file(mission, match.dossier, "opened-here", held, events)
        book.note(match.dossier, mission)
    elif verdict.opens and not match.doubt:
        dossier = match.dossier or filing.new_dossier(mission)
        _file(mission, dossier, "matched" if match.dossier else "opened", held, events)
        book.note(dossier, mission)
    elif match.doubt and verdict.state == MissionState.WAITING:
        mission.reason = match.doubt


def _file(mission: Mission, dossier: Dossier, reason: str, held: Held, events: list[Event]) -> None:
    dossier = held.one(dossier)
    filing.file_into(mission, dossier, reason=reason, by=None, now=held.now)
    event = history.event("linked-by-rule", repairer_id=held.repairer.pk, args={"number": mission.number})
    event.mission, event.dossier = mission, dossier
    events.append(event)


def _keep_up(mission: Mission, status_before: str, events: list[Event]) -> None:
    """A mission that is in a dossier changed: fill what nobody edited, and say so when it was cancelled."""
    assert mission.dossier is not None
    filing.fill(mission, mission.dossier)
    if mission.status == CANCELLED != status_before:
        event = history.event(
            "cancelled-at-source", repairer_id=mission.repairer_id, args={"number": mission.number}
        )
        event.mission, event.dossier = mission, mission.dossier
        events.append(event)


def _decide_quotes(held: Held, options: Options) -> list[Quote]:
    """Judge the quotes that have a new newest version, and those that go along with their missions."""
    renewed = {
        version.quote.external_id
        for version in held.new_versions
        if version.version == version.quote.version  # an older one that comes late decides nothing
    }
    judged = [quote for quote in held.quotes.values() if quote.external_id in renewed or _goes_along(quote)]
    filed = any(quote.mission.state == MissionState.DOSSIER for quote in judged)
    originals = originals_of(judged) if filed and held.has_twins else None
    for quote in judged:
        newest = held.versions.get(quote.external_id, {}).get(quote.version)
        _decide_quote(held, quote, newest.digest if newest else "", originals, options)
        held.touch(quote)
    return judged


def _decide_quotes_of_twins(held: Held, pairs: Pairs, options: Options) -> None:
    """What came to a dossier with a twin, once the quotes that it came with are there."""
    quotes = pairs.quotes()
    if quotes:
        originals = originals_of(quotes)
        for quote in quotes:
            _decide_quote(held, quote, digest_of(quote), originals, options)
        bulk.upsert(Quote, quotes)
        sync_orders(quotes)


def _goes_along(quote: Quote) -> bool:
    """Whether a quote's mission has just found its dossier, or was withdrawn: then nobody can decide the quote."""
    if quote.state == QuoteState.FOLLOWS:
        return quote.mission.state == MissionState.DOSSIER
    undecided = quote.state in (QuoteState.WAITING, QuoteState.EXCLUDED)
    return undecided and quote.mission.state == MissionState.WITHDRAWN


def _decide_quote(
    held: Held, quote: Quote, digest: str, originals: Originals | None, options: Options
) -> None:
    in_dossier = quote.mission.state == MissionState.DOSSIER and quote.state != QuoteState.WITHDRAWN
    original = originals.of(quote) if originals and in_dossier else None
    if original is not None:
        verdict = judge_same(digest, original)
    else:
        verdict = judge_quote(quote, options.queueing, options.excludes, held.repairer.name)
    if verdict.state != quote.state:
        quote.decided_at = held.now
    quote.state, quote.reason, quote.reason_args = verdict.state, verdict.reason, verdict.args
    if quote.state == QuoteState.DOSSIER and quote.accepted_version != quote.version:
        quote.accepted_version, quote.decided_by, quote.decided_at = quote.version, None, held.now
    _count(held, "quotes", quote.state)


def _count(held: Held, kind: str, state: str) -> None:
    if state in ("waiting", "excluded"):
        held.tally.count(kind, state)


def _save(
    held: Held, pairs: Pairs, dossiers: list[Dossier], quotes: list[Quote], events: list[Event]
) -> None:
    """Parents before children, each kind in one statement."""
    rows: dict[type[Model], list[Any]] = {Dossier: dossiers, Mission: [], Quote: [], Photo: []}
    for row in held.touched.values():
        rows[type(row)].append(row)
    rows[Mission] += pairs.touched
    rows |= {QuoteVersion: held.new_versions, Event: events}
    set_aside = list({row.digest: row for row in held.set_aside}.values())
    new = {model: all(row.pk is None for row in many) for model, many in rows.items()}
    numbered = {model: many for model, many in rows.items() if model in PARENTS or not new[model]}
    bulk.number({**numbered, SetAside: set_aside})
    for model, many in rows.items():
        bulk.point_anew(many)
        if many:
            (bulk.insert if new[model] else bulk.upsert)(model, many)
    _save_set_aside(set_aside)
    accepted = [quote for quote in quotes if quote.accepted_version is not None]
    if accepted:
        sync_orders(accepted, held.new_versions)


def keep_aside(rows: list[SetAside]) -> None:
    """Save `rows`: the same record is kept aside once; one that was resolved and comes again is open again."""
    once = list({row.digest: row for row in rows}.values())
    bulk.number({SetAside: once})
    _save_set_aside(once)


def _save_set_aside(rows: list[SetAside]) -> None:
    if rows:
        unique = ("repairer_id", "source", "digest")
        bulk.upsert(SetAside, rows, unique=unique, columns=("resolved_at", "reason", "detail"))


def _resolve(held: Held) -> None:
    """A good version clears what was set aside of the same entity up to that version."""
    if not held.seen:
        return
    by_id, ids = bulk.among("external_id", {external_id for _, external_id in held.seen})
    still_open = f"repairer_id = %s AND resolved_at IS NULL AND source = %s AND reason <> %s AND {by_id}"
    rows = bulk.rows(SetAside, still_open, [held.repairer.pk, held.source, OTHER_MISSION, *ids])
    cleared = [row.pk for row in rows if _clears(held, row)]
    if cleared:
        SetAside.objects.filter(pk__in=cleared).update(resolved_at=held.now)


def _clears(held: Held, row: SetAside) -> bool:
    good = held.seen.get((row.entity, row.external_id), 0)
    if row.reason == "same-version-other-content":
        return good > (row.version or 0)
    return good >= (row.version or 1)

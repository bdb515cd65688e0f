"""A document's records as intake takes them. Pure; versions are numbered later, by what is held."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from dossiers import facts
from dossiers.intake.records import MissionRecord, QuoteRecord, UnreadableRecord
from dossiers.normalise import key
from dossiers.winformex.documents import Comment, Document, Mission, Quote, Unreadable, read, value_or

AMOUNTS = ("deductible", "vat_recoverable_pct")
UNNUMBERED = 0  # a version that `receive` has yet to number


def mission_id(document: Document) -> str:
    """What a mission of Winformex II is known by: its number, however it is written."""
    return key(document.number)


def mission_record(document: Document, notes: dict[str, str], at: dt.datetime) -> MissionRecord:
    """The mission of a list 09; `notes` are those of the envelope, `at` when it was sent."""
    mission, more = read(Mission, document.mission, "mission")
    return MissionRecord(
        external_id=mission_id(document),
        version=UNNUMBERED,
        changed_at=at,
        number=document.number,
        status=value_or(mission.status, ""),
        task_code=value_or(document.task_code, ""),
        smart_expertise=value_or(mission.smart_expertise, None),
        facts=_facts(mission),
        comments=_comments(mission.comments),
        notes={**notes, **more},
    )


def shell_record(document: Document, at: dt.datetime) -> MissionRecord:
    """What an album tells of a mission that has not come yet: its number."""
    return MissionRecord(mission_id(document), UNNUMBERED, at, number=document.number)


def quote_records(document: Document, at: dt.datetime) -> tuple[list[QuoteRecord], list[UnreadableRecord]]:
    """The quotes of a list 09, and those that can't be read, for keeping."""
    records: list[QuoteRecord] = []
    aside: list[UnreadableRecord] = []
    for position, raw in enumerate(document.quotes):
        try:
            records.append(_quote_record(document, raw, f"quotes.{position}", at))
        except Unreadable as why:
            number = raw.get("number") if isinstance(raw, dict) else None
            known = key(number)[:120] if isinstance(number, str) else ""
            aside.append(aside_record("quote", known, mission_id(document), why, raw))
    return records, aside


def aside_record(
    entity: str, external_id: str, of_mission: str, why: Unreadable, raw: Any
) -> UnreadableRecord:
    """What could not be taken over, for keeping."""
    return UnreadableRecord(entity, external_id, of_mission, None, why.reason, why.detail, raw)


def _quote_record(document: Document, raw: Any, path: str, at: dt.datetime) -> QuoteRecord:
    quote, notes = read(Quote, raw, path)
    supplement = value_or(quote.supplement, 0)
    number = key(quote.number)
    return QuoteRecord(
        external_id=f"{number}/{supplement}" if supplement else number,
        mission_external_id=mission_id(document),
        version=UNNUMBERED,
        changed_at=at,
        number=quote.number,
        supplement=supplement,
        status=value_or(quote.status, ""),
        previous_status=value_or(quote.previous_status, ""),
        status_label=value_or(quote.status_label, ""),
        currency=value_or(quote.currency, "EUR"),
        vat_rate=value_or(quote.vat_rate, ""),
        lines=[msgspec.to_builtins(line) for line in value_or(quote.lines, [])],
        totals=msgspec.to_builtins(value_or(quote.totals, {})),
        notes=notes,
    )


def _facts(mission: Mission) -> facts.Facts:
    found = {name: getattr(mission, name) for name in facts.NAMES}
    known = {name: value for name, value in found.items() if value is not msgspec.UNSET}
    return {
        name: Decimal(value) if name in AMOUNTS and value is not None else value
        for name, value in known.items()
    }


def _comments(comments: Any) -> list[dict[str, str]] | None:
    if comments is msgspec.UNSET:
        return None
    return [_comment(one) for one in comments or []]


def _comment(comment: Comment) -> dict[str, str]:
    return {name: value_or(getattr(comment, name), "") for name in ("author", "at", "text")}

"""The tables of the link to take away: missions, quotes, and the history of the synchronisation."""

from collections.abc import Callable

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from claims360_link.information import outcome
from claims360_link.models import SyncRun
from claims360_link.rows import Row, rows_in_order
from dossiers.event_text import LABELS
from dossiers.exports import Table, of_model
from dossiers.intake.tally import Tally
from dossiers.models import Mission, Quote, QuoteVersion, SetAside
from dossiers.quote_diff import decimal_of
from dossiers.sentences import sentence
from dossiers.spreadsheet import Column, Value
from dossiers.words import entity_kind, mission_status, quote_status


def quotes_of(missions: QuerySet[Mission]) -> QuerySet[Quote]:
    """The quotes of these missions, each with the amounts of its newest version."""
    newest = QuoteVersion.objects.filter(quote=OuterRef("pk"), version=OuterRef("version"))
    shown = missions.order_by().values("pk")
    quotes = Quote.objects.filter(Q(mission__in=shown) | Q(mission__twin_of__in=shown))
    return (
        quotes.select_related("repairer", "mission")
        .annotate(totals=Subquery(newest.values("totals")[:1]))
        .order_by("-mission__updated_at", "number", "pk")
    )


def _mission_of(row: Row) -> Mission:
    return row.mission


def _fact(name: str) -> Column[Row]:
    """What was received of the fact `name`, under the label that it has in a dossier."""
    return Column(capfirst(LABELS[name]), lambda row: row.mission.facts.get(name))


def _of_quote(read: Callable[[Quote], Value]) -> Callable[[Row], Value]:
    """Of the quote that the list shows beside the mission."""
    return lambda row: read(row.quote) if row.quote else None


def _total(name: str) -> Callable[[Quote], Value]:
    """The amount `name` of the newest version, as it was sent."""
    return lambda quote: decimal_of((quote.totals or {}).get(name))  # type: ignore[attr-defined]


def _tallied(kind: str) -> Callable[[SyncRun], Value]:
    """How many came or changed."""
    return lambda run: sum(Tally(run.tally).counts[kind][name] for name in ("new", "updated"))


def _status(quote: Quote) -> str:
    return quote_status(quote.status, quote.status_label)


MISSIONS: Table[Mission, Row] = Table(
    "missions",
    [
        *of_model(Mission, "repairer", "source", "external_id", "number", "state", of=_mission_of),
        Column(_("Reason"), lambda row: sentence(row.mission.reason, row.mission.reason_args)),
        Column(_("Status in Claims360"), lambda row: mission_status(row.mission.status)),
        *of_model(Mission, "task_code", of=_mission_of),
        Column(_("Smart expertise"), lambda row: _now("yes") if row.mission.smart_expertise else _now("no")),
        *of_model(Mission, "plate", "make", "model", of=_mission_of),
        _fact("power_kw"),
        *of_model(Mission, "owner_name", "owner_number", "insurer_name", of=_mission_of),
        _fact("claim_number"),
        Column(_("Dossier"), lambda row: row.mission.dossier_id),
        Column(_("Quote"), _of_quote(str)),
        Column(_("Version"), _of_quote(lambda quote: quote.version)),
        Column(_("Status of the quote"), _of_quote(_status)),
        Column(_("Amount"), _of_quote(lambda quote: quote.gross)),
        Column(_("Difference"), lambda row: row.difference),
        Column(_("Currency"), _of_quote(lambda quote: quote.currency)),
        Column(_("Photos"), lambda row: row.photos),
        *of_model(Mission, "changed_at", "received_at", "updated_at", of=_mission_of),
    ],
    rows_in_order,
)
QUOTES: Table[Quote, Quote] = Table(
    "quotes",
    [
        Column(_("Repairer"), lambda quote: str(quote.repairer)),
        Column(_("Mission"), lambda quote: str(quote.mission)),
        Column(_("Dossier"), lambda quote: quote.mission.dossier_id),
        Column(_("Source"), lambda quote: quote.get_source_display()),
        Column(_("Id"), lambda quote: quote.external_id),
        Column(_("Number"), lambda quote: quote.number),
        Column(_("Supplement"), lambda quote: quote.supplement),
        Column(_("Version"), lambda quote: quote.version),
        Column(_("Status"), _status),
        Column(_("State"), lambda quote: quote.get_state_display()),
        Column(_("Reason"), lambda quote: sentence(quote.reason, quote.reason_args)),
        Column(_("Accepted version"), lambda quote: quote.accepted_version),
        Column(_("Without VAT"), _total("net")),
        Column(_("VAT"), _total("vat")),
        Column(_("Amount"), lambda quote: quote.gross),
        Column(_("Amount before"), lambda quote: quote.previous_gross),
        Column(_("Currency"), lambda quote: quote.currency),
        Column(_("Received"), lambda quote: quote.received_at),
        Column(_("Changed"), lambda quote: quote.updated_at),
    ],
    list,
)
SET_ASIDE: Table[SetAside, SetAside] = Table(
    "set-aside",
    [
        *of_model(SetAside, "repairer", "source"),
        Column(_("Kind"), lambda record: entity_kind(record.entity)),
        *of_model(SetAside, "external_id", "mission_external_id", "version"),
        Column(_("Reason"), lambda record: sentence(record.reason)),
        *of_model(SetAside, "detail", "created_at"),
    ],
    list,
)
SYNCHRONISATIONS: Table[SyncRun, SyncRun] = Table(
    "synchronisations",
    [
        *of_model(
            SyncRun, "repairer", "bodyshop_id", "started_at", "ended_at", "trigger", "asked_by", "outcome"
        ),
        Column(_("Missions"), _tallied("missions")),
        Column(_("Quotes"), _tallied("quotes")),
        Column(_("Photos"), lambda run: Tally(run.tally).counts["photos"]["received"]),
        Column(_("Set aside"), lambda run: Tally(run.tally).set_aside),
        Column(_("What it brought"), outcome),
        Column(_("Error"), lambda run: sentence(run.error)),
    ],
    list,
)

"""What became of a mission, moment by moment: received, decided, new version, photos, sent. Constant statements."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby, pairwise

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from claims360_link.information import asked
from claims360_link.models import Inquiry
from dossiers import event_text, formats, words
from dossiers.models import Event, Mission, Photo, QuoteVersion, SetAside, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.quote_diff import decimal_of
from dossiers.sentences import sentence
from repairers.models import User

MOST = 200  # of each kind


@dataclass(frozen=True, slots=True)
class Moment:
    at: dt.datetime
    kind: str  # of the dot: ok, wait, bad, info, off
    text: str
    who: str = ""
    where: str = ""  # the address that somebody worked from
    event: Event | None = None


def timeline(missions: Sequence[Mission]) -> list[Moment]:
    """All that happened to `missions` (one, or the two that are one to the garage), the newest first."""
    received = [moment for mission in missions for moment in _received(mission)]
    # What came or was done at one moment stands in the order of the flow, its end first.
    moments = [
        *_sent(missions),
        *_asked(missions),
        *_deeds(missions),
        *_kept_aside(missions),
        *_photos(missions),
        *reversed(list(_versions(missions))),
        *reversed(received),
    ]
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _received(mission: Mission) -> Iterator[Moment]:
    from_where = {"source": mission.get_source_display()}
    if not (mission.version or mission.facts):
        yield Moment(mission.received_at, "info", _("announced by what belongs to it: it has not come yet"))
        return
    yield Moment(mission.received_at, "info", _("received from %(source)s") % from_where)
    if mission.updated_at > mission.received_at:
        args = {**from_where, "version": mission.version}
        yield Moment(mission.updated_at, "info", _("changed in %(source)s: version %(version)s") % args)


def _versions(missions: Sequence[Mission]) -> Iterator[Moment]:
    rows = QuoteVersion.objects.filter(quote__mission__in=missions).select_related("quote").defer("lines")
    newest = sorted(rows.order_by("-received_at", "-pk")[:MOST], key=lambda row: (row.quote_id, row.version))
    for _quote, versions in groupby(newest, key=lambda row: row.quote_id):
        for before, version in pairwise([None, *versions]):
            assert version is not None
            yield Moment(version.received_at, "info", _version_text(version, before))


def _version_text(version: QuoteVersion, before: QuoteVersion | None) -> str:
    told = {
        "number": version.quote,
        "version": version.version,
        "status": words.quote_status(version.status, version.status_label),
        "amount": formats.euro(version.gross, version.currency),
    }
    text = _("quote %(number)s, version %(version)s: %(status)s, %(amount)s") % told
    change = _difference(version, before)
    return f"{text} ({'+' if change > 0 else ''}{formats.euro(change, version.currency)})" if change else text


def _difference(version: QuoteVersion, before: QuoteVersion | None) -> Decimal:
    new, old = decimal_of(version.gross), decimal_of(before.gross) if before else None
    return new - old if new is not None and old is not None else Decimal()


def _photos(missions: Sequence[Mission]) -> Iterator[Moment]:
    """Those that were announced together are one moment."""
    rows = Photo.objects.filter(mission__in=missions, withdrawn=False).exclude(external_id="")
    together = (
        rows.order_by()
        .values("received_at")
        .annotate(
            n=Count("pk"),
            to_come=Count("pk", filter=Q(fetch_state=FetchState.PENDING)),
            failed=Count("pk", filter=Q(fetch_state=FetchState.FAILED)),
        )
    )
    for row in together.order_by("-received_at")[:MOST]:
        kind = "bad" if row["failed"] else "wait" if row["to_come"] else "info"
        yield Moment(row["received_at"], kind, _photos_text(row["n"], row["to_come"], row["failed"]))


def _photos_text(n: int, to_come: int, failed: int) -> str:
    parts = [ngettext("%(n)d photo", "%(n)d photos", n) % {"n": n}]
    if to_come:
        parts.append(ngettext("%(n)d still to come", "%(n)d still to come", to_come) % {"n": to_come})
    if failed:
        gone = ngettext("%(n)d could not be fetched", "%(n)d could not be fetched", failed)
        parts.append(gone % {"n": failed})
    return ", ".join(parts)


def _deeds(missions: Sequence[Mission]) -> Iterator[Moment]:
    for event in Event.objects.filter(mission__in=missions)[:MOST]:
        kind = "ok" if event.actor_name else "off"
        yield Moment(
            event.at, kind, event_text.text(event), event_text.who(event), event.address or "", event
        )


def _asked(missions: Sequence[Mission]) -> Iterator[Moment]:
    rows = Inquiry.objects.filter(repairer=missions[0].repairer_id, mission_external_id__in=_ids(missions))
    for row in rows.select_related("asked_by")[:MOST]:
        telling = asked(row)
        text = _("Claims360 asked for it: %(answer)s") % {"answer": telling.detail or telling.title}
        yield Moment(row.asked_at, telling.kind, text, _name(row.asked_by))


def _sent(missions: Sequence[Mission]) -> Iterator[Moment]:
    """What the "i" of its dossier sent for it; what waits for a receipt may not name its mission yet."""
    dossiers = {mission.dossier_id for mission in missions if mission.dossier_id}
    rows = Transmission.objects.filter(
        Q(mission__in=missions)
        | Q(dossier__in=dossiers, mission=None, link__in={one.source for one in missions})
    )
    for row in _with_photos(rows).order_by("-pk")[:MOST]:
        yield Moment(
            row.delivered_at or row.created_at,
            SENT[SendState(row.state)],
            _sent_text(row),
            _name(row.created_by),
        )


SENT = {
    SendState.PENDING: "wait",
    SendState.IN_FLIGHT: "wait",
    SendState.DELIVERED: "ok",
    SendState.NEEDS_PERSON: "bad",
    SendState.CANCELLED: "off",
}


def _with_photos(rows: QuerySet[Transmission]) -> QuerySet[Transmission]:
    return rows.select_related("created_by").annotate(photo_count=Count("photos"))


def _sent_text(row: Transmission) -> str:
    """ "delivered to Claims360: 1-ABC-234, 84 210 km, 2 photos": how far it is, and what it takes along."""
    photos = row.photo_count  # type: ignore[attr-defined]
    told = [row.body.get("plate") or "", formats.kilometres(row.body.get("mileage"))]
    told += [ngettext("%(n)d photo", "%(n)d photos", photos) % {"n": photos}] if photos else []
    how = {
        "state": row.get_state_display(),
        "link": row.get_link_display(),
        "what": ", ".join(filter(None, told)),
    }
    text = _("sending to %(link)s, %(state)s: %(what)s") % how
    return f"{text}. {sentence(row.error)}" if row.error else text


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


def _kept_aside(missions: Sequence[Mission]) -> Iterator[Moment]:
    ids = _ids(missions)
    rows = SetAside.objects.filter(repairer=missions[0].repairer_id, mission_external_id__in=ids)
    for row in rows.defer("raw").order_by("-pk")[:MOST]:
        told = {"what": words.entity_kind(row.entity), "why": sentence(row.reason)}
        if row.resolved_at is None:
            yield Moment(row.created_at, "bad", _("%(what)s kept aside: %(why)s") % told)
        else:
            yield Moment(row.created_at, "off", _("%(what)s kept aside for a while: %(why)s") % told)


def _ids(missions: Iterable[Mission]) -> list[str]:
    return [mission.external_id for mission in missions]

"""Order lines follow the approved quote's parts: by quote, supplement and part, never by position."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Q

from dossiers.intake import bulk
from dossiers.models import OrderLine, Quote, QuoteVersion
from dossiers.models.mission import MissionState
from dossiers.models.order import OrderState
from dossiers.normalise import key

APPROVED = "approved"
FIELDS = ("dossier_id", "code", "description", "quantity", "amount", "in_quote")

Identity = tuple[int, int, str, int]


def sync_orders(quotes: Iterable[Quote]) -> None:
    """Bring the order lines of `quotes` in line with their accepted versions where those are approved.

    Parts that came are added, parts that went are marked; what was ordered or received stays as it is, and goes
    along when the mission moves to another dossier.
    """
    accepted = _approved_versions([quote.pk for quote in quotes])
    if not accepted:
        return
    lines = OrderLine.objects.filter(quote__in=[version.quote_id for version in accepted])
    held = {(line.quote_id, line.supplement, line.part_key, line.occurrence): line for line in lines}
    wanted = {identity: line for version in accepted for identity, line in _parts(version)}
    new = [line for identity, line in wanted.items() if identity not in held]
    changed = [_brought_up(line, wanted.get(identity)) for identity, line in held.items()]
    to_save = [*new, *(line for line in changed if line is not None)]
    if to_save:
        bulk.number({OrderLine: to_save})
        bulk.upsert(OrderLine, to_save, columns=FIELDS)


def leave_dossier(quote_ids: Iterable[int], dossier_id: int) -> None:
    """Their mission leaves the dossier: what was not ordered goes, what was ordered stays and is marked."""
    lines = OrderLine.objects.filter(quote__in=quote_ids, dossier=dossier_id)
    lines.filter(state=OrderState.TO_ORDER).delete()
    lines.update(in_quote=False)


def _approved_versions(quote_ids: list[int]) -> list[QuoteVersion]:
    rows = QuoteVersion.objects.filter(
        Q(quote__in=quote_ids),
        version=F("quote__accepted_version"),
        status=APPROVED,
        quote__mission__state=MissionState.DOSSIER,
    )
    return list(rows.select_related("quote__mission"))


def _parts(version: QuoteVersion) -> Iterator[tuple[Identity, OrderLine]]:
    seen: Counter[str] = Counter()
    for line in version.lines:
        if line.get("kind") != "part":
            continue
        part = (key(line.get("code") or "") or key(line.get("description") or ""))[:255]
        seen[part] += 1
        order = _order_line(version, line, part, seen[part])
        yield (order.quote_id, order.supplement, part, order.occurrence), order


def _order_line(version: QuoteVersion, line: dict[str, Any], part: str, occurrence: int) -> OrderLine:
    return OrderLine(
        dossier_id=version.quote.mission.dossier_id or 0,  # it has one: see _approved_versions
        quote_id=version.quote_id,
        supplement=version.supplement,
        part_key=part,
        occurrence=occurrence,
        code=line.get("code") or "",
        description=line.get("description") or "",
        quantity=line.get("quantity") or "",
        amount=line.get("amount"),
    )


def _brought_up(line: OrderLine, wanted: OrderLine | None) -> OrderLine | None:
    """`line` as the quote now has it; None where nothing changed."""
    before = [str(getattr(line, name)) for name in FIELDS]
    if wanted is None:
        line.in_quote = False
    else:
        for name in FIELDS:
            setattr(line, name, getattr(wanted, name))
    return line if before != [str(getattr(line, name)) for name in FIELDS] else None

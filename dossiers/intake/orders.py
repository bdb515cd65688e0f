"""Order lines follow the approved quote's parts: by quote, supplement and part, never by position."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, TypeGuard

from django.db.models import F, Q

from dossiers.intake import bulk
from dossiers.models import OrderLine, Quote, QuoteVersion
from dossiers.models.mission import MissionState
from dossiers.models.order import OrderState
from dossiers.normalise import key

APPROVED = "approved"
FIELDS = ("dossier_id", "code", "description", "quantity", "amount", "in_quote")

Identity = tuple[int, int, str, int]


def sync_orders(quotes: Iterable[Quote], at_hand: Iterable[QuoteVersion] = ()) -> None:
    """Bring the order lines of `quotes` in line with their accepted versions where those are approved.

    Parts that came are added, parts that went are marked; what was ordered or received stays as it is, and goes
    along when the mission moves to another dossier. `at_hand`: versions that need not be read anew.
    """
    accepted = _approved_versions(list(quotes), {(one.quote_id, one.version): one for one in at_hand})
    if not accepted:
        return
    lines = OrderLine.objects.filter(quote__in=[version.quote_id for version in accepted])
    held = {(line.quote_id, line.supplement, line.part_key, line.occurrence): line for line in lines}
    wanted = {identity: line for version in accepted for identity, line in _parts(version)}
    new = [line for identity, line in wanted.items() if identity not in held]
    changed = [_brought_up(line, wanted.get(identity)) for identity, line in held.items()]
    old = [line for line in changed if line is not None]
    bulk.number({OrderLine: new})
    if old:
        bulk.upsert(OrderLine, [*new, *old], columns=FIELDS)
    elif new:
        bulk.insert(OrderLine, new)


def leave_dossier(quote_ids: Iterable[int]) -> None:
    """Their missions leave the dossiers that they are in: what was not ordered goes, what was stays and is marked.

    Call it before the missions are saved. Two statements, none for no quotes.
    """
    if quotes := list(quote_ids):
        lines = OrderLine.objects.filter(quote__in=quotes, dossier=F("quote__mission__dossier"))
        lines.filter(state=OrderState.TO_ORDER).delete()
        lines.update(in_quote=False)


def _approved_versions(
    quotes: list[Quote], at_hand: dict[tuple[int, int | None], QuoteVersion]
) -> list[QuoteVersion]:
    known = [at_hand.get((quote.pk, quote.accepted_version)) for quote in quotes]
    far = [quote.pk for quote, version in zip(quotes, known, strict=True) if version is None]
    rows = QuoteVersion.objects.filter(
        Q(quote__in=far),
        version=F("quote__accepted_version"),
        status=APPROVED,
        quote__mission__state=MissionState.DOSSIER,
    )
    return [*filter(_is_approved, known), *rows.select_related("quote__mission")]


def _is_approved(version: QuoteVersion | None) -> TypeGuard[QuoteVersion]:
    if version is None:
        return False
    return version.status == APPROVED and version.quote.mission.state == MissionState.DOSSIER


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
    order = bulk.blank(OrderLine)
    order.dossier_id = version.quote.mission.dossier_id or 0  # it has one: see _approved_versions
    order.quote_id, order.supplement = version.quote_id, version.supplement
    order.part_key, order.occurrence = part, occurrence
    order.code, order.description = line.get("code") or "", line.get("description") or ""
    order.quantity, order.amount = line.get("quantity") or "", line.get("amount")
    return order


def _brought_up(line: OrderLine, wanted: OrderLine | None) -> OrderLine | None:
    """`line` as the quote now has it; None where nothing changed."""
    before = [str(getattr(line, name)) for name in FIELDS]
    if wanted is None:
        line.in_quote = False
    else:
        for name in FIELDS:
            setattr(line, name, getattr(wanted, name))
    return line if before != [str(getattr(line, name)) for name in FIELDS] else None

"""Liste commandes: what staff do with order lines; the lines come from `dossiers.intake.orders`."""

from collections import defaultdict
from collections.abc import Collection

from django.utils import timezone

from dossiers.history import event, record_all
from dossiers.models import Event, OrderLine
from dossiers.models.order import OrderState
from repairers.locking import one_writer
from repairers.models import User

SET = "order-state"


def set_state(line_ids: Collection[int], state: str, user: User) -> int:
    """Set those order lines to `state`, one of OrderState (ValueError otherwise); gives how many changed.

    The caller has checked that `user` may see them. The history of each dossier names the parts.
    """
    wanted = OrderState(state)
    lines = OrderLine.objects.filter(pk__in=line_ids).exclude(state=wanted)
    repairer_ids = sorted(set(lines.values_list("dossier__repairer_id", flat=True)))
    return sum(_set_for(repairer_id, line_ids, wanted, user) for repairer_id in repairer_ids)


def _set_for(repairer_id: int, line_ids: Collection[int], state: OrderState, user: User) -> int:
    """One repairer at a time: two people who mark many lines never wait for each other."""
    with one_writer(repairer_id):
        rows = OrderLine.objects.filter(pk__in=line_ids, dossier__repairer_id=repairer_id).exclude(
            state=state
        )
        lines = list(rows.select_related("dossier"))
        now = timezone.now()
        for line in lines:
            line.state, line.state_changed_at = state, now
        OrderLine.objects.bulk_update(lines, ["state", "state_changed_at"])
        record_all(_events(lines, state, user))
    return len(lines)


def _events(lines: list[OrderLine], state: OrderState, user: User) -> list[Event]:
    parts = defaultdict(list)
    for line in lines:
        parts[line.dossier].append(line.description)
    return [
        event(
            SET,
            repairer_id=dossier.repairer_id,
            actor=user,
            dossier=dossier,
            args={"state": state.value, "parts": names},
        )
        for dossier, names in parts.items()
    ]

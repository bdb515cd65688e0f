"""The one gate: who may see which repairer's data."""

from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from repairers.models import Repairer, User

Row = TypeVar("Row", bound=Model)
MAX_ID = 2**63 - 1


def repairers_of(user: User | AnonymousUser) -> QuerySet[Repairer]:
    """The repairers whose data `user` may see: all for the helpdesk, their own and those of their sites for others."""
    if not isinstance(user, User) or not user.is_active:
        return Repairer.objects.none()
    if user.is_staff:
        return Repairer.objects.all()
    return Repairer.objects.filter(Q(site__in=user.sites.all()) | Q(pk__in=user.repairers.all()))


def visible(rows: QuerySet[Row], user: User | AnonymousUser, path: str = "repairer") -> QuerySet[Row]:
    """`rows` cut to those whose repairer (found along the lookup `path`) `user` may see."""
    if isinstance(user, User) and user.is_active and user.is_staff:
        return rows
    return rows.filter(**{f"{path}__in": repairers_of(user).values("pk")})


def own_row(rows: QuerySet[Row], pk: int, **where: int) -> Row:
    """The row `pk` of `rows`, which are cut to what the user may see; Http404 when it is not among them."""
    if any(number > MAX_ID for number in (pk, *where.values())):
        raise Http404
    return get_object_or_404(rows, pk=pk, **where)

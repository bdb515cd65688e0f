"""The one gate: who may see which repairer's data."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Model, OuterRef, Q, QuerySet, Value, When
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from repairers.models import Repairer, User

Row = TypeVar("Row", bound=Model)
MAX_ID = 2**63 - 1
MANY = 200  # repairers that a menu still offers


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


def who_sees(path: str = "repairer") -> QuerySet[User]:
    """The same gate from its other side: who may see the repairer of an outer row, found along the lookup `path`."""
    of_sites, of_repairers = Q(sites=OuterRef(f"{path}__site")), Q(repairers=OuterRef(path))
    return User.objects.filter(Q(is_staff=True) | of_sites | of_repairers, is_active=True)


def own_row(rows: QuerySet[Row], pk: int, **where: int) -> Row:
    """The row `pk` of `rows`, which are cut to what the user may see; Http404 when it is not among them."""
    if any(number > MAX_ID for number in (pk, *where.values())):
        raise Http404
    return get_object_or_404(rows, pk=pk, **where)


@dataclass(frozen=True, slots=True)
class Own:
    """The repairers that somebody may see, with their sites, by name; of the helpdesk's MANY at most."""

    repairers: Sequence[Repairer]
    are_all: bool  # of the database, whether they are here or not
    are_many: bool  # too many for a menu

    def cut(self, rows: QuerySet[Row], path: str = "repairer") -> QuerySet[Row]:
        """What `visible` gives, without reading them again."""
        return rows if self.are_all else rows.filter(**{f"{path}__in": [one.pk for one in self.repairers]})


def own_repairers(request: HttpRequest, first: int | None = None) -> Own:
    """Those of `request.user`, read once a request, in one statement; `first`, if it is theirs, is always there."""
    if not hasattr(request, "own_repairers"):
        request.own_repairers = _own(request.user, first)  # type: ignore[attr-defined]
    own: Own = request.own_repairers  # type: ignore[attr-defined]
    return own


def _own(user: User | AnonymousUser, first: int | None) -> Own:
    rows = repairers_of(user).select_related("site").distinct()
    if not (isinstance(user, User) and user.is_active and user.is_staff):
        return Own(list(rows), are_all=False, are_many=False)
    chosen_first = Case(When(pk=first, then=Value(0)), default=Value(1))
    found = list(rows.annotate(place=chosen_first).order_by("place", "name", "pk")[: MANY + 1])
    listed = sorted(found[:MANY], key=lambda one: (one.name, one.pk))
    return Own(listed, are_all=True, are_many=len(found) > MANY)

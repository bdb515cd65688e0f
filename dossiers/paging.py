"""One page of a list, however long it is: counted up to a limit, and read from the end where that is nearer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Case, Exists, IntegerField, OuterRef, QuerySet, Subquery, When
from django.db.models.expressions import Combinable
from django.db.models.lookups import GreaterThan

SIZE = 50  # rows of a page
LIMIT = 10_000  # up to which a count is exact
FURTHEST = 10**9  # page number


class Counted(Subquery):
    """How many rows a queryset has, as an expression; LIMIT + 1 where there are more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(limited(rows))


def both(first: Combinable, second: Combinable) -> Combinable:
    """What both count; the second is not even looked for where the first is beyond the limit."""
    return Case(When(GreaterThan(first, LIMIT), then=first), default=first + second)


def counted(counts: Mapping[str, Combinable]) -> dict[str, int]:
    """What each of the expressions is, all in one statement."""
    one_row = ContentType.objects.order_by("pk").annotate(**{f"n_{name}": counts[name] for name in counts})
    return dict(zip(counts, one_row.values_list(*(f"n_{name}" for name in counts))[0], strict=True))


@dataclass(frozen=True, slots=True)
class Page:
    """`number` counts from 1; where the count is beyond its limit, from the end too: -1 is the last page."""

    rows: list[Any]
    number: int
    count: int  # of the whole list, LIMIT + 1 where there are more
    has_more: bool = False  # beyond this page, away from the end that `number` counts from

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    @property
    def pages(self) -> int | None:
        """How many there are, None where that is not known."""
        return max(1, -(-self.count // SIZE)) if self.count <= LIMIT else None

    @property
    def limit(self) -> int:
        return LIMIT

    @property
    def previous(self) -> int | None:
        more = self.has_more if self.number < 0 else self.number > 1
        return self.number - 1 if more else None

    @property
    def next(self) -> int | None:
        more = self.has_more if self.number > 0 else self.number < -1
        return self.number + 1 if more else None

    @property
    def from_end(self) -> int:
        return -self.number

    @property
    def first_index(self) -> int | None:
        """The place of its first row in the list, from 1; None where it is not known."""
        return (self.number - 1) * SIZE + 1 if self.number > 0 else None

    @property
    def last_index(self) -> int:
        return (self.number - 1) * SIZE + len(self.rows)


def limited(rows: QuerySet[Any]) -> QuerySet[Any]:
    """No more of `rows` than it takes to know that there are more than LIMIT; to be counted."""
    plain = rows.order_by()
    return (plain if plain.query.values_select else plain.values("pk"))[: LIMIT + 1]


def page_of(
    dressed: QuerySet[Any],
    matches: QuerySet[Any],
    order: Sequence[str],
    wanted: str | None,
    *,
    count: int | None = None,
    narrowed: QuerySet[Any] | None = None,
    named: Callable[[QuerySet[Any]], QuerySet[Any]] = lambda rows: rows,
) -> Page:
    """The page `wanted` ("3", "-1" for the last) of `matches` in an `order` that ends with the pk.

    `dressed` reads its rows with what they show. `narrowed` is the same as `matches`, found by way of an index that
    is of use where few match. `count`: of `matches`, where it is known already, as `limited` gives it. `named` gives
    rows what `order` names beside their columns; those of `dressed` have it.
    """
    narrowed = matches if narrowed is None else narrowed
    count = limited(narrowed).count() if count is None else count
    few = matches.model._default_manager.filter(pk__in=limited(narrowed))
    source = few if count <= LIMIT else _walked(matches)
    number = _number(wanted, count)
    page = _read(dressed, named(source), order, number, count)
    return page if page.rows or count <= LIMIT else _read(dressed, named(source), order, -1, count)


def _number(wanted: str | None, count: int) -> int:
    try:
        number = max(-FURTHEST, min(int(wanted or 1), FURTHEST)) or 1
    except ValueError:
        number = 1
    pages = Page([], number, count).pages
    return number if pages is None else max(1, min(number if number > 0 else pages + 1 + number, pages))


def _read(
    dressed: QuerySet[Any], source: QuerySet[Any], order: Sequence[str], number: int, count: int
) -> Page:
    start = (abs(number) - 1) * SIZE
    read = order if number > 0 else backwards(order)
    pks = source.order_by(*read).values("pk")[start : start + SIZE + 1]
    rows = list(dressed.filter(pk__in=pks).order_by(*read))
    shown = rows[:SIZE] if number > 0 else rows[:SIZE][::-1]
    return Page(shown, number, count, has_more=len(rows) > SIZE)


def backwards(order: Sequence[str]) -> list[str]:
    return [name[1:] if name.startswith("-") else f"-{name}" for name in order]


def _walked(matches: QuerySet[Any]) -> QuerySet[Any]:
    """The same rows, for a statement that goes through them in their order and stops early.

    SQLite knows no statistics: it would rather collect what an index of a filter finds, and sort all of that.
    """
    if connection.vendor != "sqlite":
        return matches
    return matches.model._default_manager.filter(Exists(matches.filter(pk=OuterRef("pk"))))

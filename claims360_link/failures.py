"""What failed and needs a person, or will never come by itself: by kind and reason, of one repairer or of many."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value
from django.urls import reverse
from django.utils.translation import ngettext

from claims360_link.filters import SET_ASIDE
from dossiers.models import Photo, SetAside, Transmission
from dossiers.models.photo import FetchState
from dossiers.models.transmission import SendState
from dossiers.sentences import sentence

UNSENT, PHOTOS = "unsent", "photos"
KINDS = (UNSENT, SET_ASIDE, PHOTOS)  # in the order in which they are told
REASONS = 3  # of a kind that a line names


@dataclass(frozen=True, slots=True)
class Failure:
    """`n` of a kind failed, each for the reason `code`, of dossiers.sentences."""

    kind: str
    code: str
    n: int

    @property
    def what(self) -> str:
        return told(self.kind, self.n)

    @property
    def why(self) -> str:
        return sentence(self.code)


@dataclass(frozen=True, slots=True)
class OfKind:
    """All that failed of a kind, the most frequent reason first."""

    repairer_id: int
    kind: str
    failures: list[Failure]

    @property
    def what(self) -> str:
        return told(self.kind, sum(failure.n for failure in self.failures))

    @property
    def first(self) -> list[Failure]:
        return self.failures[:REASONS]

    @property
    def more(self) -> int:
        """How many further reasons there are."""
        return len(self.failures[REASONS:])

    @property
    def url(self) -> str:
        """Where the rows are, or what to do about them."""
        if self.kind == SET_ASIDE:
            return f"{reverse('claims360:list')}?repairer={self.repairer_id}&state={SET_ASIDE}"
        return f"{reverse('claims360:repairer', args=[self.repairer_id])}#troubles"


def told(kind: str, n: int) -> str:
    """ "2 photos could not be fetched"."""
    texts = {
        UNSENT: ngettext("%(n)d sending needs a person", "%(n)d sendings need a person", n),
        SET_ASIDE: ngettext("%(n)d record was kept aside", "%(n)d records were kept aside", n),
        PHOTOS: ngettext("%(n)d photo could not be fetched", "%(n)d photos could not be fetched", n),
    }
    return texts[kind] % {"n": n}


def failures_of(repairer_ids: Collection[int]) -> dict[int, list[OfKind]]:
    """What failed of each of these repairers, by its id. One statement."""
    counts = [_counted(kind, repairer_ids) for kind in KINDS]
    found: dict[int, dict[str, list[Failure]]] = defaultdict(lambda: defaultdict(list))
    for repairer_id, kind, code, n in counts[0].union(*counts[1:], all=True):
        found[repairer_id][kind].append(Failure(kind, code, n))
    return {
        one: [_of_kind(one, kind, kinds[kind]) for kind in KINDS if kind in kinds]
        for one, kinds in found.items()
    }


def something_failed() -> Q:
    """Of a repairer: whether anything did."""
    unsent, aside, photos = (_failed(kind) for kind in KINDS)
    mine = {"repairer": OuterRef("pk")}
    # Few transmissions wait for a person: they are found first, and once for all repairers.
    of_dossiers = Q(pk__in=unsent.values("dossier__repairer"))
    return of_dossiers | Q(Exists(aside.filter(**mine))) | Q(Exists(photos.filter(**mine)))


def _of_kind(repairer_id: int, kind: str, failures: list[Failure]) -> OfKind:
    return OfKind(repairer_id, kind, sorted(failures, key=lambda failure: (-failure.n, failure.code)))


def _failed(kind: str) -> QuerySet[Any]:
    if kind == UNSENT:
        return Transmission.objects.filter(state=SendState.NEEDS_PERSON)
    if kind == SET_ASIDE:
        return SetAside.objects.filter(resolved_at=None)
    return Photo.objects.filter(fetch_state=FetchState.FAILED, withdrawn=False)


def _counted(kind: str, repairer_ids: Collection[int]) -> QuerySet[Any]:
    """(repairer, kind, code, how many)."""
    path = "dossier__repairer" if kind == UNSENT else "repairer"
    code = {UNSENT: "error", SET_ASIDE: "reason", PHOTOS: "fetch_error"}[kind]
    rows = _failed(kind).filter(**{f"{path}__in": repairer_ids}).order_by()
    by = rows.values(of=F(path), code=F(code)).annotate(kind=Value(kind), n=Count("pk"))
    return by.values_list("of", "kind", "code", "n")

"""What is held on one owner. Each repairer answers for its own cases."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q, QuerySet

from dossiers import facts
from dossiers.forgetting import rows_about
from dossiers.models import Dossier, Event, Mission, OptionChange, SetAside
from dossiers.normalise import all_words, key
from repairers.models import KeptAnswer

KNOWN_BY = ("owner_name", "owner_number", "owner_phone", "owner_email")
NAMED_BY = ("owner_name", "owner_phone", "owner_email")  # a customer number may stand in any text
# What belongs to no case, and may name somebody all the same in these columns.
LOOSE: dict[type[Model], tuple[str, ...]] = {
    SetAside: ("raw", "detail"),
    Event: ("args",),
    OptionChange: ("old", "new"),
    KeptAnswer: ("body",),
}
Known = tuple[int, int, facts.Facts]  # id, repairer, what is known of the case


@dataclass(frozen=True, slots=True)
class Case:
    """What one repairer has about the owner: ids of missions and dossiers."""

    repairer_id: int
    missions: set[int]
    dossiers: set[int]


@dataclass(frozen=True, slots=True)
class Held:
    """All that is held on one owner; `loose` are ids of rows that belong to no case, by table."""

    cases: list[Case]
    loose: dict[type[Model], set[int]]

    def rows(self) -> Iterator[QuerySet[Any]]:
        """Every row, a table after the other."""
        for case in self.cases:
            yield from rows_about(case.repairer_id, case.missions, case.dossiers).values()
        for model, ids in self.loose.items():
            yield model._base_manager.filter(pk__in=ids)


def find(owner: str, plate: str = "", repairer_id: int | None = None) -> Held:
    """What is held on `owner`: a whole name in any order of its words, a customer number, a phone or an e-mail.

    With `plate` only the cases of that vehicle, with `repairer_id` those of one repairer. What belongs together is
    found together: a dossier with its missions, whatever name stands in each.
    """
    mine = Q() if repairer_id is None else Q(repairer=repairer_id)
    found: dict[int, Case] = {}
    names = {owner}
    for model, known in (("missions", _missions(mine)), ("dossiers", _dossiers(mine))):
        for pk, of, about in known:
            if is_about(about, owner, plate):
                getattr(found.setdefault(of, Case(of, set(), set())), model).add(pk)
                names.update(about.get(name) or "" for name in NAMED_BY)
    for case in found.values():
        _complete(case)
    return Held(list(found.values()), _loose(names, mine))


def is_about(about: facts.Facts, owner: str, plate: str = "") -> bool:
    """Whether these facts are of a vehicle of `owner`, and with that `plate` where one is given."""
    same_plate = not plate or key(about.get("plate") or "") == key(plate)
    return same_plate and any(_same(about.get(name) or "") == _same(owner) for name in KNOWN_BY)


def mentions(value: Any, names: Iterable[str]) -> bool:
    """Whether one of `names` stands as a whole somewhere in `value`, a text or what JSON may hold.

    A name may begin with any of its words: "Peeters Jan", "Jan Peeters".
    """
    if isinstance(value, dict):
        return mentions([*value.keys(), *value.values()], names)
    if isinstance(value, list):
        return any(mentions(one, names) for one in value)
    text = f"{all_words(value)} " if isinstance(value, str) else ""
    return any(f" {way} " in text for name in names for way in _ways(name))


def _ways(name: str) -> Iterator[str]:
    words = all_words(name).split()
    for first in range(len(words)):
        yield " ".join([*words[first:], *words[:first]])


def _missions(mine: Q) -> Iterator[Known]:
    yield from Mission.objects.filter(mine).values_list("pk", "repairer", "facts").iterator()


def _dossiers(mine: Q) -> Iterator[Known]:
    for row in Dossier.objects.filter(mine).values("pk", "repairer", "plate", *KNOWN_BY).iterator():
        yield row.pop("pk"), row.pop("repairer"), row


def _complete(case: Case) -> None:
    """Add what belongs to it: the missions of its dossiers, their twins, and the dossiers of these."""
    size = 0
    while size < len(case.missions) + len(case.dossiers):
        size = len(case.missions) + len(case.dossiers)
        mine = Q(pk__in=case.missions) | Q(dossier__in=case.dossiers)
        twins = Q(twin_of__in=case.missions) | Q(twins__in=case.missions)
        found = list(Mission.objects.filter(mine | twins).values_list("pk", "dossier"))
        case.missions.update(pk for pk, _ in found)
        case.dossiers.update(pk for _, pk in found if pk is not None)


def _loose(names: set[str], mine: Q) -> dict[type[Model], set[int]]:
    found: dict[type[Model], set[int]] = defaultdict(set)
    of_nobody = Event.objects.filter(mine, mission=None, dossier=None)
    tables = (SetAside.objects.filter(mine), of_nobody, OptionChange.objects.all(), KeptAnswer.objects.all())
    for rows in tables:
        for row in rows.iterator():
            if any(mentions(getattr(row, column), names) for column in LOOSE[rows.model]):
                found[rows.model].add(row.pk)
    return found


def _same(text: str) -> list[str]:
    """Two names are the same if these are."""
    return sorted(all_words(text).split())

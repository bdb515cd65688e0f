"""Tables to take away: which columns a file has, and how its rows are read, a chunk at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from dossiers import facts, formats
from dossiers.models import Dossier
from dossiers.spreadsheet import Column, Value

Found = TypeVar("Found", bound=Model)
Shown = TypeVar("Shown")
CHUNK = 500  # rows that are held in memory at once
AS_WORDS = ("damage_zones", "owner_language")  # codes, which no spreadsheet needs


@dataclass(frozen=True, slots=True)
class Table(Generic[Found, Shown]):
    """`name`: of the file, and in the trail. `read`: the rows of a chunk of what was found."""

    name: str
    columns: Sequence[Column[Shown]]
    read: Callable[[list[Found]], Iterable[Shown]]

    def rows(self, found: QuerySet[Found]) -> Iterator[Shown]:
        """All rows, the statements of one chunk at a time."""
        return chain.from_iterable(self.read(chunk) for chunk in _chunks(found))


def itself(row: Any) -> Any:
    return row


def of_model(model: type[Model], *names: str, of: Callable[[Any], Any] = itself) -> list[Column[Any]]:
    """A column for each of these fields of a model, by its own name; `of` finds the model's row in what is shown."""
    return [Column(_label(model, name), _reader(model, name, of)) for name in names]


def _label(model: type[Model], name: str) -> Any:
    return capfirst(getattr(model._meta.get_field(name), "verbose_name", name))


def _reader(model: type[Model], name: str, of: Callable[[Any], Any]) -> Callable[[Any], Value]:
    """What a spreadsheet shows of a field: the word for a choice, a code in words, the value of any other."""
    field = model._meta.get_field(name)
    if getattr(field, "choices", None):
        return lambda row: str(getattr(of(row), f"get_{name}_display")())
    if field.is_relation:
        return lambda row: str(getattr(of(row), name) or "")
    if name in AS_WORDS:
        return lambda row: formats.fact(name, getattr(of(row), name))
    return lambda row: getattr(of(row), name)


def _chunks(found: QuerySet[Found]) -> Iterator[list[Found]]:
    rows = found.iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


DOSSIERS: Table[Dossier, Dossier] = Table(
    "dossiers",
    [
        Column(_("Dossier"), lambda dossier: dossier.pk),
        *of_model(Dossier, "repairer"),
        Column(_("Site"), lambda dossier: str(dossier.repairer.site)),
        *of_model(Dossier, "status", *facts.NAMES),
        Column(_("Missions"), lambda dossier: ", ".join(map(str, dossier.linked))),  # type: ignore[attr-defined]
        *of_model(Dossier, "created_at", "changed_at"),
    ],
    list,
)

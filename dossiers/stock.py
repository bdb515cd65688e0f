"""Stock-taking: rows whose file is not there, and files that no row names; a part of the hashes at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db.models import QuerySet

from dossiers import kept_aside, loose_files
from dossiers.contents import SIZES
from dossiers.models import Content, LooseFile, SetAside
from dossiers.store import files

PARTS = [f"{number:02x}" for number in range(256)]  # how hashes begin


@dataclass(frozen=True, slots=True)
class Stock:
    """`lost`: files that a row names and that are not there; `strays`: files that no row names. By name."""

    lost: list[str]
    strays: list[str]


def take() -> Iterator[Stock]:
    """What is amiss, a part at a time; what others store or delete meanwhile is not. Raises OSError."""
    yield _compared(kept_aside.files_of(SetAside.objects.all()), files.below(kept_aside.FOLDER))
    for part, rows in zip(PARTS, _rows(), strict=True):
        yield _compared(set(rows.values_list("file", flat=True)), files.below(f"photos/{part}"))
        hashes = set(rows.values_list("pk", flat=True))
        for size in SIZES:
            shown = files.below(f"renditions/{size}/{part}")
            yield Stock([], _strays(name for name in shown if _hash(name) not in hashes))


def give_up(strays: Iterable[str]) -> None:
    """Note them: they go after a day, unless a row names them by then."""
    for name in strays:
        loose_files.expect(name, _hash(name))


def _rows() -> Iterator[QuerySet[Content]]:
    """All contents, a query set for each of PARTS."""
    for first, after in zip(["", *PARTS[1:]], [*PARTS[1:], None], strict=True):
        rows = Content.objects.filter(pk__gte=first).order_by()
        yield rows.filter(pk__lt=after) if after else rows


def _compared(named: set[str], found: Iterable[str]) -> Stock:
    there = set(found)
    lost = [name for name in sorted(named - there) if _is_named(name) and not files.exists(name)]
    return Stock(lost, _strays(there - named))


def _strays(names: Iterable[str]) -> list[str]:
    """Those that nobody is storing, or has stored meanwhile."""
    return [name for name in sorted(names) if not (_is_loose(name) or _is_named(name))]


def _is_loose(name: str) -> bool:
    return LooseFile.objects.filter(name=name).exists()


def _is_named(name: str) -> bool:
    contents = Content.objects.filter(pk=_hash(name))
    if name.startswith("renditions/"):
        return contents.exists()
    return contents.filter(file=name).exists() or kept_aside.is_named(name)


def _hash(name: str) -> str:
    return Path(name).name[:64]

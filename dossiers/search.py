"""What somebody types to find a mission: the condition that decides, and candidates from an index of trigrams."""

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from dossiers.normalise import key, words
from dossiers.search_index import FIELDS, INDEX, KEYS

SHORTEST = 3  # characters that are looked for anywhere; fewer only at a beginning
# what a mission goes by: its number or its claim's, its car's plate or VIN
NAMES = ("number", "plate", "vin")


def fits(field: str, text: str) -> Q:
    """The missions with `text` in a field of FIELDS: any part of it from three characters on, else a word's beginning.

    Case, accents and punctuation do not count; a text of nothing else fits none.
    """
    wanted = _wanted(field, text)
    if len(wanted) >= SHORTEST:
        return _any_of(field, "contains", wanted)
    if not wanted:
        return Q(pk__in=[])
    return _any_of(field, "startswith", wanted) if field in KEYS else _any_of(field, "contains", f" {wanted}")


def candidates(field: str, text: str) -> Q:
    """The missions, of all repairers, that the index finds for the same; all of them on PostgreSQL, which asks its own.

    A few too many, so `fits` decides; none too few.
    """
    return _matching((field,), _wanted(field, text))


def named(text: str) -> Q:
    """The missions that go by `text`, or by a part of it from three characters on, in any of NAMES."""
    found = Q(pk__in=[])
    for field in NAMES if is_long_enough(text) else ():
        found |= fits(field, text)
    return found


def named_candidates(text: str) -> Q:
    """As `candidates`, for `named`."""
    return _matching(NAMES, key(text))


def is_long_enough(text: str) -> bool:
    """Whether `text` has enough in it to be looked for anywhere."""
    return len(key(text)) >= SHORTEST


def _matching(fields: tuple[str, ...], wanted: str) -> Q:
    if connection.vendor != "sqlite" or not wanted:
        return Q()
    query = f"{{{' '.join(fields)}}} : ({' AND '.join(_trigrams(wanted))})"
    found = f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s"  # noqa: S608 (own names)
    return Q(pk__in=RawSQL(found, [query]))  # noqa: S611


def _wanted(field: str, text: str) -> str:
    return key(text) if field in KEYS else words(text).strip()


def _any_of(field: str, how: str, wanted: str) -> Q:
    found = Q()
    for column in FIELDS[field]:
        found |= Q(**{f"{column}__{how}": wanted})
    return found


def _trigrams(wanted: str) -> list[str]:
    """As they stand in the index, where two spaces precede a word."""
    spaced = wanted.replace(" ", "  ")
    spaced = spaced if len(spaced) >= SHORTEST else f"  {spaced}"[-SHORTEST:]
    return [f'"{spaced[at : at + SHORTEST]}"' for at in range(len(spaced) - SHORTEST + 1)]

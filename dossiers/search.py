"""What somebody types into a list of missions: the condition that decides, and candidates from an index of trigrams."""

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from dossiers.normalise import key, words
from dossiers.search_index import FIELDS, INDEX, KEYS

SHORTEST = 3  # characters that are looked for anywhere; fewer only at a beginning


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
    wanted = _wanted(field, text)
    if connection.vendor != "sqlite" or not wanted:
        return Q()
    query = f"{field} : ({' AND '.join(_trigrams(wanted))})"
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

"""What `manage.py check --database` and every start look at: the index of the search in missions."""

from collections.abc import Iterable
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from dossiers.search_index import TABLE, missing

WITHOUT = {
    "sqlite": Warning(
        "The index of the search in missions is not in place, or not kept.",
        hint="Run manage.py migrate: it makes it anew.",
        id="dossiers.W001",
    ),
    "postgresql": Warning(
        "The search in missions has no index of trigrams: it finds the same, slower.",
        hint="Have pg_trgm installed on the server (Debian: postgresql-contrib) and allowed to this user "
        "(CREATE EXTENSION pg_trgm), then run manage.py migrate: it makes the index.",
        id="dossiers.W002",
    ),
}


@register(Tags.database)
def search_index(databases: Iterable[str] | None = None, **_: Any) -> list[CheckMessage]:
    """The index of trigrams is in place, or what to do; a migration of an older database has yet to make it."""
    looked_at = [connections[alias] for alias in databases or ()]
    there = [one for one in looked_at if TABLE in one.introspection.table_names()]
    return [WITHOUT[one.vendor] for one in there if missing(one)]

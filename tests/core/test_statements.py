"""A page takes the same few statements, whatever its size: counted at 1, 20 and 200 of every kind at once."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.search_index import INDEX
from repairers.models import Repairer
from tests.core.records import (
    FACTS,
    Record,
    mission,
    no_mission,
    no_quote,
    options,
    part,
    photo,
    quote,
    take_in,
)
from tests.dossiers.factories import DossierFactory


def many(count: int, version: int, name: str) -> list[Record]:
    """Missions with an approved quote and a photo each; every tenth is of an excluded make."""
    records: list[Record] = []
    for n in range(count):
        key = f"{name}{n}"
        facts = {**FACTS, "plate": key, "claim_number": key, "mileage": version}
        facts["make"] = "Tesla" if n % 10 == 9 else "Audi"
        lines = [part("Bumper", "B1"), part("Lamp", f"L{version}")]
        records += [
            mission(version, f"m-{key}", facts=facts),
            quote(version, f"q-{key}", f"m-{key}", status="approved", lines=lines),
            photo(version, f"p-{key}", f"m-{key}"),
        ]
    return records


def of_every_kind(count: int) -> list[Record]:
    """New ones, changed ones, deleted ones, and contradictions, of missions that came before."""
    records = [*many(count, 1, "new"), *many(count, 2, "old")]
    for n in range(count):
        records += [no_mission(2, f"m-gone{n}"), no_quote(2, f"q-gone{n}", f"m-gone{n}")]
        records += [photo(1, f"p-kept{n}", f"m-kept{n}", sha256="f" * 64)]
    return records


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements of a block; on PostgreSQL those on the wire, for COPY passes by Django's log."""
    found: list[str] = []
    if connection.vendor == "postgresql":
        with tempfile.TemporaryFile("w+") as wire:
            connection.ensure_connection()
            connection.connection.pgconn.trace(wire.fileno())
            yield found
            connection.connection.pgconn.untrace()
            wire.seek(0)
            found += [
                line for line in wire if "\tF\t" in line and ("\tQuery\t" in line or "\tParse\t" in line)
            ]
    else:
        with CaptureQueriesContext(connection) as queries:
            yield found
        found += [query["sql"] for query in queries]
    found[:] = [one for one in found if "SAVEPOINT" not in one]


@pytest.mark.parametrize("count", [1, 20, 200])
@pytest.mark.parametrize(
    ("queueing", "page", "statements"),
    [
        pytest.param("missions", "first", 10, id="new missions and quotes that wait"),
        pytest.param("off", "first", 15, id="new missions and quotes into new dossiers"),
        pytest.param("missions", "every", 14, id="every kind, the queue on"),
        pytest.param("off", "every", 20, id="every kind, into dossiers"),
    ],
)
def test_statements_of_a_page(
    repairer: Repairer, queueing: str, page: str, statements: int, count: int
) -> None:
    options(INFORMEX_QUEING=queueing, INFORMEX_EXCLUDES="make = tesla")
    before = [*many(count, 1, "old"), *many(count, 1, "gone"), *many(count, 1, "kept")]
    take_in(repairer, *before)
    DossierFactory(repairer=repairer, plate="new0", claim_number="new0")
    records = of_every_kind(count) if page == "every" else many(count, 1, "new")
    if page == "first":
        records = [record for record in records if not record.external_id.startswith("p-")]
    with counted() as found:
        take_in(repairer, *records)
    assert len(found) == statements, "\n".join(one[:120] for one in found)


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="it is SQLite whose index is written out after a statement"
)
def test_a_page_is_written_into_the_index_of_trigrams_at_once(repairer: Repairer) -> None:
    """Written out after each row, it cost an eighth of a first import."""
    take_in(repairer, *many(200, 1, "new"))
    assert segments() == 1


def segments() -> int:
    """The parts that the index consists of: one for each time that it was written out, until they are merged."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(DISTINCT segid) FROM {INDEX}_idx")
        return int(cursor.fetchone()[0])

"""The yardstick: fetch, json.loads, executemany (SQLite) or COPY and INSERT … SELECT (PostgreSQL); nothing is judged.

`python -m tests.bench.importing.bare_loop FEED DATABASE TABLES` prints what it took, as JSON. TABLES: "own", three of
few columns and no index beside their keys; or "product", those of the product, as `prepared` made them, with all that
lists and search need of indexes and triggers.
"""

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import psycopg
import requests

from tests.bench.importing.tables import OWN, PRODUCT, Table
from tests.bench.taken import taken

Page = list[dict[str, Any]]
TABLES = {"own": OWN, "product": PRODUCT}


def fetched(feed: str) -> Iterator[Page]:
    session, cursor, more = requests.Session(), "", True
    while more:
        page = json.loads(
            session.get(f"{feed}/changes", params={"limit": 200, "cursor": cursor or "0"}).content
        )
        cursor, more = page["next_cursor"], page["has_more"]
        yield page["items"]


def into_sqlite(feed: str, path: str, tables: Iterable[Table]) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;")
    for table in tables:
        if table.is_own:
            database.execute(f"CREATE TABLE {table.name} ({table.names}, PRIMARY KEY ({table.key}))")
    for items in fetched(feed):
        database.execute("BEGIN IMMEDIATE")
        for table in tables:
            marks = ", ".join("?" for _ in table.columns)
            database.executemany(
                f"INSERT INTO {table.name} ({table.names}) VALUES ({marks}) {table.or_update}",
                table.rows(items),
            )
        database.execute("COMMIT")


def into_postgresql(feed: str, url: str, tables: Iterable[Table]) -> None:
    with psycopg.connect(url) as database:
        for table in tables:
            if table.is_own:
                database.execute(f"CREATE TABLE {table.name} ({table.typed}, PRIMARY KEY ({table.key}))")
            database.execute(
                f"CREATE TEMPORARY TABLE new_{table.name} ON COMMIT DELETE ROWS AS"
                f" SELECT {table.names} FROM {table.name} LIMIT 0"
            )
        database.commit()
        for items in fetched(feed):
            for table in tables:
                with database.cursor().copy(f"COPY new_{table.name} FROM STDIN") as copy:
                    for row in table.rows(items):
                        copy.write_row(row)
                database.execute(
                    f"INSERT INTO {table.name} ({table.names}) SELECT * FROM new_{table.name} {table.or_update}"
                )
            database.commit()


def main() -> None:
    feed, database, tables = sys.argv[1:]
    into = into_postgresql if database.startswith("postgres") else into_sqlite
    with taken():
        into(feed, database, TABLES[tables])


if __name__ == "__main__":
    main()

"""The yardstick: fetch, json.loads, executemany (SQLite) or COPY and INSERT … SELECT (PostgreSQL); nothing is judged.

`python -m tests.bench.importing.bare_loop FEED DATABASE` prints what it took, as JSON.
"""

import json
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import requests

from tests.bench.taken import taken

TABLES = {
    "missions": ("external_id", "version", "number", "status", "plate", "owner", "insurer", "claim", "facts"),
    "quotes": ("external_id", "mission", "version", "number", "status", "gross"),
    "quote_versions": ("external_id", "version", "status", "lines", "totals"),
}
KEYS = {"missions": "external_id", "quotes": "external_id", "quote_versions": "external_id, version"}
DOCUMENTS = ("facts", "lines", "totals")
Rows = dict[str, list[tuple[Any, ...]]]


def fetched(feed: str) -> Iterator[Rows]:
    """The rows of each page, by table."""
    session, cursor, more = requests.Session(), "", True
    while more:
        page = json.loads(
            session.get(f"{feed}/changes", params={"limit": 200, "cursor": cursor or "0"}).content
        )
        cursor, more = page["next_cursor"], page["has_more"]
        yield rows_of(page["items"])


def rows_of(items: list[dict[str, Any]]) -> Rows:
    rows: Rows = {table: [] for table in TABLES}
    for item in items:
        data, key, version = item["data"], item["id"], item["version"]
        if item["entity"] == "mission":
            found = (
                data["vehicle"]["plate"],
                data["owner"]["name"],
                data["insurer"]["name"],
                data["claim"]["number"],
            )
            rows["missions"].append((key, version, data["number"], data["status"], *found, json.dumps(data)))
        else:
            gross, status = data["totals"]["gross"], data["status"]
            documents = json.dumps(data["lines"]), json.dumps(data["totals"])
            rows["quotes"].append((key, item["mission_id"], version, data["number"], status, gross))
            rows["quote_versions"].append((key, version, status, *documents))
    return rows


def into_sqlite(feed: str, path: str) -> None:
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")
    for table, columns in TABLES.items():
        database.execute(f"CREATE TABLE {table} ({', '.join(columns)}, PRIMARY KEY ({KEYS[table]}))")
    for rows in fetched(feed):
        database.execute("BEGIN IMMEDIATE")
        for table, columns in TABLES.items():
            values = ", ".join("?" for _ in columns)
            database.executemany(f"INSERT INTO {table} VALUES ({values}) {or_update(table)}", rows[table])
        database.execute("COMMIT")


def into_postgresql(feed: str, url: str) -> None:
    with psycopg.connect(url) as database:
        for table, columns in TABLES.items():
            typed = ", ".join(f"{name} {'jsonb' if name in DOCUMENTS else 'text'}" for name in columns)
            database.execute(f"CREATE TABLE {table} ({typed}, PRIMARY KEY ({KEYS[table]}))")
            database.execute(f"CREATE TEMPORARY TABLE new_{table} (LIKE {table}) ON COMMIT DELETE ROWS")
        database.commit()
        for rows in fetched(feed):
            for table in TABLES:
                with database.cursor().copy(f"COPY new_{table} FROM STDIN") as copy:
                    for row in rows[table]:
                        copy.write_row(row)
                database.execute(f"INSERT INTO {table} SELECT * FROM new_{table} {or_update(table)}")
            database.commit()


def or_update(table: str) -> str:
    changes = ", ".join(f"{name} = excluded.{name}" for name in TABLES[table])
    return f"ON CONFLICT ({KEYS[table]}) DO UPDATE SET {changes}"


def main() -> None:
    feed, database = sys.argv[1:]
    postgresql = database.startswith("postgres")
    with taken():
        (into_postgresql if postgresql else into_sqlite)(feed, database)


if __name__ == "__main__":
    main()

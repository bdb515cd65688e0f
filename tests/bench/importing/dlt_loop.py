"""dlt, as its own documentation has it: a resource that yields the pages, merged by id. Runs where dlt is installed.

`python -m tests.bench.importing.dlt_loop FEED DATABASE [NESTING]` prints what it took, as JSON. NESTING 0: lists within
a record stay JSON, as the product keeps them; without it they become tables of their own, as dlt does by itself.
"""

import sys
from collections.abc import Iterator
from typing import Any

import dlt
import requests

from tests.bench.taken import taken


def changes(feed: str) -> Iterator[list[dict[str, Any]]]:
    session, cursor, more = requests.Session(), "", True
    while more:
        page = session.get(f"{feed}/changes", params={"limit": 200, "cursor": cursor or "0"}).json()
        cursor, more = page["next_cursor"], page["has_more"]
        yield page["items"]


def main() -> None:
    feed, database, *nesting = sys.argv[1:]
    resource = dlt.resource(
        changes(feed),
        name="changes",
        table_name=lambda item: f"{item['entity']}s",
        primary_key="id",
        write_disposition="merge",
        max_table_nesting=int(nesting[0]) if nesting else None,
    )
    pipeline = dlt.pipeline("feed", destination=destination(database), dataset_name="feed")
    with taken():
        pipeline.run(resource)


def destination(database: str) -> Any:
    """By its address; dlt wants a host even where the address names a socket."""
    if database.startswith("postgres"):
        return dlt.destinations.postgres(database.replace("@/", "@localhost/"))
    return dlt.destinations.sqlalchemy(f"sqlite:///{database}")


if __name__ == "__main__":
    main()

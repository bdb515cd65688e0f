"""The feed of a body shop: one row a change, in the order in which changes were committed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from claims360_link.sandbox.database import Database

COLUMNS = "seq, entity, op, id, mission_id, version, changed_at, data"


class CursorExpired(ValueError):
    """The cursor is of another body shop, of another feed, or none at all."""


@dataclass(frozen=True)
class Page:
    """`items` are texts (the JSON of one change each); `next_seq` is where the following page starts."""

    items: list[str]
    next_seq: int
    has_more: bool


class Feed:
    def __init__(self, db: Database, secret: str, clock: Callable[[], datetime]) -> None:
        self._db, self._clock = db, clock
        self._cursors = URLSafeSerializer(secret, salt="cursor")

    def append(self, of: dict[str, Any], data: dict[str, Any] | None) -> None:
        """Adds an upsert of the entity row `of` at its version, or a delete where data is None."""
        self._db.execute(
            "INSERT INTO feed (bodyshop_id, entity, op, id, mission_id, version, changed_at, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            of["bodyshop_id"], of["entity"], "delete" if data is None else "upsert", of["id"],
            of["mission_id"], of["version"], self._clock().isoformat(), json.dumps(data, ensure_ascii=False),
        )  # fmt: skip

    def page(self, bodyshop_id: str, after: int, limit: int) -> Page:
        rows = self._db.rows(
            f"SELECT {COLUMNS} FROM feed WHERE bodyshop_id = ? AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608
            bodyshop_id, after, limit + 1,
        )  # fmt: skip
        held = rows[:limit]
        return Page([_text(row) for row in held], held[-1]["seq"] if held else after, len(rows) > limit)

    def cursor(self, bodyshop_id: str, seq: int) -> str:
        text = self._cursors.dumps([bodyshop_id, seq])
        return text if isinstance(text, str) else text.decode()

    def position(self, bodyshop_id: str, cursor: str | None) -> int:
        """The seq that a cursor stands for, 0 without one. Raises CursorExpired."""
        if cursor is None:
            return 0
        try:
            owner, seq = self._cursors.loads(cursor)
        except BadData:
            raise CursorExpired from None
        if owner != bodyshop_id:
            raise CursorExpired
        return int(seq)

    def versions(self, entity_id: str) -> list[dict[str, Any]]:
        """Every upsert of an entity that was ever transmitted, oldest first: its data."""
        rows = self._db.rows(
            "SELECT data FROM feed WHERE id = ? AND op = 'upsert' ORDER BY version", entity_id
        )
        return [json.loads(row["data"]) for row in rows]

    def first_mission(self, bodyshop_id: str, after: int, *, with_children: bool = False) -> str | None:
        """The first mission after a place in the feed; on wish one that has quotes or photos there too."""
        found = self._db.row(
            "SELECT id FROM feed f WHERE bodyshop_id = ? AND seq > ? AND entity = 'mission' AND op = 'upsert'"
            " AND (NOT ? OR EXISTS (SELECT 1 FROM feed c WHERE c.mission_id = f.id AND c.entity != 'mission'"
            " AND c.op = 'upsert' AND c.seq > f.seq)) ORDER BY seq LIMIT 1",
            bodyshop_id, after, with_children,
        )  # fmt: skip
        return found["id"] if found else None

    def move_to_end(self, mission_id: str, after: int) -> None:
        """Lets a mission come after its quotes and photos, for good."""
        with self._db.transaction():
            for row in self._db.rows(
                "SELECT seq FROM feed WHERE id = ? AND seq > ? ORDER BY seq", mission_id, after
            ):
                self._db.execute(
                    "INSERT INTO feed (bodyshop_id, entity, op, id, mission_id, version, changed_at, data)"
                    " SELECT bodyshop_id, entity, op, id, mission_id, version, changed_at, data"
                    " FROM feed WHERE seq = ?",
                    row["seq"],
                )
                self._db.execute("DELETE FROM feed WHERE seq = ?", row["seq"])

    def make_shell(self, mission_id: str, after: int, shell: dict[str, Any]) -> None:
        """Rewrites what the feed holds of a mission after that place as a shell, for good."""
        self._db.execute(
            "UPDATE feed SET data = ? WHERE id = ? AND seq > ? AND op = 'upsert'",
            json.dumps(shell),
            mission_id,
            after,
        )


def _text(row: Any) -> str:
    return (
        f'{{"seq":{row["seq"]},"entity":"{row["entity"]}","op":"{row["op"]}","id":"{row["id"]}",'
        f'"mission_id":"{row["mission_id"]}","version":{row["version"]},"changed_at":"{row["changed_at"]}",'
        f'"data":{row["data"]}}}'
    )

"""What PlanManager returned, and the idempotency keys by which a repeated request is known again."""

import json
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from claims360_link.sandbox.database import Database

KEPT_FOR = timedelta(hours=24)


class Mismatch(ValueError):
    """The key was used for another request."""


@dataclass(frozen=True)
class Request:
    """One returning request: the body shop, its idempotency key, and a fingerprint of all that it says."""

    bodyshop_id: str
    key: str
    fingerprint: str


class Returns:
    def __init__(self, db: Database, clock: Callable[[], datetime]) -> None:
        self._db, self._clock = db, clock

    def earlier_answer(self, request: Request) -> tuple[int, str] | None:
        """Status and body of the first answer to this key within 24 hours. Raises Mismatch."""
        found = self._db.row(
            "SELECT * FROM idempotency WHERE bodyshop_id = ? AND key = ? AND created_at > ?",
            request.bodyshop_id, request.key, (self._clock() - KEPT_FOR).timestamp(),
        )  # fmt: skip
        if found is None:
            return None
        if found["fingerprint"] != request.fingerprint:
            raise Mismatch
        self._db.execute("UPDATE returns SET requests = requests + 1 WHERE n = ?", found["return_n"])
        return found["status"], found["body"]

    def keep(
        self, request: Request, kind: str, mission_id: str, said: dict[str, Any], status: int, body: str
    ) -> None:
        """Writes down what was received and how it was answered."""
        n = self._db.execute(
            "INSERT INTO returns (kind, bodyshop_id, mission_id, key, body, received_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            kind, request.bodyshop_id, mission_id, request.key, json.dumps(said), self._clock().isoformat(),
        )  # fmt: skip
        self._db.execute(
            "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?)",
            request.bodyshop_id, request.key, request.fingerprint, status, body, n, self._clock().timestamp(),
        )  # fmt: skip

    def received(self, bodyshop_id: str | None = None) -> dict[str, Any]:
        """All that came: `vehicles`, `opened` and `photos`; each opened file is a fee."""
        rows = self._db.rows(
            "SELECT * FROM returns WHERE ? IS NULL OR bodyshop_id = ? ORDER BY n", bodyshop_id, bodyshop_id
        )
        found: dict[str, Any] = {"vehicles": [], "opened": [], "photos": []}
        for row in rows:
            found[row["kind"]].append({
                "bodyshop_id": row["bodyshop_id"], "mission_id": row["mission_id"], "key": row["key"],
                **json.loads(row["body"]), "received_at": row["received_at"], "requests": row["requests"],
            })  # fmt: skip
        return {**found, "fees": len(found["opened"])}


class RequestLog:
    """Which requests came since the start, by method, path and status (0: the connection was reset)."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.last: deque[dict[str, Any]] = deque(maxlen=500)

    def add(self, method: str, path: str, status: int, **more: str | None) -> None:
        """`more`: whose request it was, and under which id."""
        self.counts[method, path, status] += 1
        self.last.append({"method": method, "path": path, "status": status, **more})

    def clear(self) -> None:
        self.counts.clear()
        self.last.clear()

    def as_list(self) -> list[dict[str, Any]]:
        return [
            {"method": method, "path": path, "status": status, "count": count}
            for (method, path, status), count in sorted(self.counts.items())
        ]
